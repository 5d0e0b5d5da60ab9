"""A trial as Ray Tune runs it: one actor that plays trial after trial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ray.tune import Trainable

from lis_sim.data.decoded import keeps_copies
from lis_sim.data.storing import KEPT, storage_error
from lis_sim.errors import LisSimError, RunError
from lis_sim.search.candidate import Cut, digits
from lis_sim.search.nested_share import NestedShare
from lis_sim.search.settings import TuneConfig
from lis_sim.search.trial import TrialRun
from lis_sim.search.trial_error import tell
from lis_sim.training.source import cache_folder, open_source

SETTINGS = "settings"


def make_trainable(
    tune: TuneConfig, cut: Cut, folder: Path, share: NestedShare | None = None
) -> type[SearchTrial]:
    """Return what Tune runs for every candidate; call it in the process of the search.

    Tune's config of a trial is ``{"settings": {path: value, ...}}``. Every result has the
    objectives by name, ``windows``, ``events`` and ``done``. A trial's run folder is
    ``folder/DIGITS``.

    ``share`` is what each of several nested trials takes of Ray (:func:`nested_share`).

    The log is opened (imported, generated) here, once: trials work in other folders and are
    told where it lies.
    """
    found = data_found(tune)
    place = folder.resolve()

    class Trial(SearchTrial):
        tune = found
        cut_at = cut
        trials = place
        share_of_ray = share

    return Trial


def data_found(tune: TuneConfig) -> TuneConfig:
    """Return ``tune`` with its log as an absolute folder, imported or generated if need be.

    Trials read one decoded copy of it, unless the config says not to or the cache takes none:
    that is tried, and said, before they start.
    """
    given = tune.base.data
    dataset, cache = open_source(given), cache_folder(given)
    data = {
        "source": str(dataset.path),
        "cache": str(cache),
        "decoded": given.decoded is not False and keeps_copies(dataset, cache),
    }
    config = type(given).model_validate(data)
    return replace(
        tune,
        base=tune.base.model_copy(update={"data": config}),
        raw={**tune.raw, "data": data},
    )


class SearchTrial(Trainable):  # type: ignore[misc, unused-ignore]  # Ray ships no types
    """Plays one candidate at a time, a reported window at a step.

    Tune stops and pauses it between steps. Its state is the trial's run folder; a checkpoint of
    Tune's holds no more than how many windows were reported.
    """

    tune: TuneConfig
    cut_at: Cut
    trials: Path
    share_of_ray: NestedShare | None

    def setup(self, config: dict[str, Any]) -> None:
        """Begin the first trial of this actor."""
        self._run: TrialRun | None = None
        self._candidate: Mapping[str, Any] = config
        self._reported = 0

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Begin another trial in the same process, where everything is imported."""
        self._rest()
        self._candidate = new_config
        self._reported = 0
        return True

    def step(self) -> dict[str, Any]:
        """Play to the next report."""
        with told_in_words(self.trials):
            report = self._playing().next()
            if report is None:  # asked again after its end
                return {"done": True}
            self._reported = report.windows
            if report.done:
                self._rest()
        return {
            **report.objective,
            "windows": report.windows,
            "events": report.events,
            "done": report.done,
        }

    def save_checkpoint(self, checkpoint_dir: str) -> dict[str, int]:
        """Make the folder whole and give it free: the trial may go on in another actor.

        Tune keeps a paused trial's actor for whatever comes next and does not tell it.
        """
        with told_in_words(self.trials):
            if self._run is not None:
                self._run.save()
            self._rest()
        return {"windows": self._reported}

    def load_checkpoint(self, checkpoint: Mapping[str, int] | None) -> None:
        """Go on after what was reported before the pause."""
        with told_in_words(self.trials):
            self._rest()
        self._reported = int((checkpoint or {}).get("windows", 0))

    def cleanup(self) -> None:
        """Give the folder free."""
        self._rest()

    def _playing(self) -> TrialRun:
        if self._run is None:
            settings = self._candidate[SETTINGS]
            self._run = TrialRun(
                self.tune,
                settings,
                self.cut_at,
                self.trials / digits(settings),
                reported=self._reported,
                share=self.share_of_ray,
            )
        return self._run

    def _rest(self) -> None:
        """Let go of the run; :meth:`step` takes it up again where it was."""
        if self._run is not None:
            self._run.close()
            self._run = None


@contextmanager
def told_in_words(folder: Path | None = None) -> Iterator[None]:
    """Make an error of ours of one that is none, with its words: a :class:`RunError` with its kind.

    Or a :class:`StorageError` where ``folder``, or the file that the error names, took nothing.

    Tune copies the error and all of its causes, which a user's own errors need not survive: those
    made from other arguments than their words, or that hold a lock. So nothing is a cause here;
    what was raised first is only where it came up, and in the traceback. The words are also a note
    under it, from which the search's process reads them.
    """
    try:
        yield
    except LisSimError as error:
        error.__context__ = error.__cause__ or error.__context__
        error.__cause__, error.__suppress_context__ = None, False
        tell(error)
        raise
    except Exception as error:
        told = storage_error(error, folder, KEPT) or RunError(f"{type(error).__name__}: {error}")
        tell(told)
        raise told  # noqa: B904  # with a cause it would be copied
