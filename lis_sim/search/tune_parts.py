"""What Ray Tune asks of a search: a searcher and a scheduler that only pass on.

Both lie in the driver's process and share one :class:`~lis_sim.search.progress.Progress`. Tune
writes pickles of them beside its own state; nobody reads those, and nothing of ours is in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ray.tune.experiment import Trial
from ray.tune.schedulers import FIFOScheduler, TrialScheduler
from ray.tune.search import Searcher

from lis_sim.search.ledger import TrialReport
from lis_sim.search.progress import BASELINE, Progress
from lis_sim.search.stopping import Action
from lis_sim.search.trial_error import read_error

TRIAL = "trial"
_WORDS: Mapping[Action, str] = {
    "go on": TrialScheduler.CONTINUE,
    "pause": TrialScheduler.PAUSE,
    "stop": TrialScheduler.STOP,
}


class TuneSearcher(Searcher):  # type: ignore[misc, unused-ignore]  # Ray ships no types
    """Hands on the trials that the search suggests."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress

    def __getstate__(self) -> dict[str, Any]:
        return {}

    def suggest(self, trial_id: str) -> Any:
        """Return Tune's config of the next trial."""
        found = self._progress.next()
        if isinstance(found, str):
            return Searcher.FINISHED if found == "end" else None
        trial, settings = found
        return {TRIAL: trial, "settings": dict(settings)}

    def on_trial_complete(
        self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False
    ) -> None:
        """The scheduler has said so already."""

    def save(self, checkpoint_path: str) -> None:
        """Write nothing: the ledger has it all."""

    def restore(self, checkpoint_path: str) -> None:
        """Read nothing."""


class TuneScheduler(FIFOScheduler):  # type: ignore[misc, unused-ignore]  # Ray ships no types
    """Hands on what trials report, and what the search says to it."""

    def __init__(self, progress: Progress, objectives: tuple[str, ...]) -> None:
        super().__init__()  # type: ignore[no-untyped-call, unused-ignore]
        self._progress = progress
        self._objectives = objectives

    def __getstate__(self) -> dict[str, Any]:
        return {}

    def on_trial_result(self, controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """Take a report."""
        return _WORDS[self._progress.report(number(trial), self._report(result))]

    def on_trial_complete(self, controller: Any, trial: Any, result: dict[str, Any]) -> None:
        """Take the end of a trial that played; Tune brings its last report here only."""
        if "windows" in result:
            self._progress.report(number(trial), self._report(result))
        self._progress.end(number(trial))

    def on_trial_remove(self, controller: Any, trial: Any) -> None:
        """Take the end of a trial that was paused."""
        self._progress.end(number(trial))

    def on_trial_error(self, controller: Any, trial: Any) -> None:
        """Take that a trial failed."""
        # The text of what Tune has just written for the trial; beside it lies a pickle of the same,
        # which nobody reads.
        error = read_error(trial.error_file)
        self._progress.fail(number(trial), error.words)
        if number(trial) == BASELINE and error.told:
            self._progress.refused = error.words
            controller.request_stop_experiment()

    def choose_trial_to_run(self, controller: Any) -> Any:
        """Return the trial that plays next, a new one first; end the paused that lost."""
        trials = sorted(controller.get_trials(), key=number)
        for trial in trials:
            if trial.status == Trial.PENDING:
                return trial
        for trial in trials:
            if trial.status == Trial.PAUSED:
                action = self._progress.resume(number(trial))
                if action == "go on":
                    return trial
                if action == "stop":
                    controller.stop_trial(trial)
        return None

    def _report(self, result: Mapping[str, Any]) -> TrialReport:
        return TrialReport(
            windows=int(result["windows"]),
            events=int(result["events"]),
            seconds=float(result["time_total_s"]),
            objective={name: float(result[name]) for name in self._objectives},
        )


def number(trial: Any) -> int:
    """Return the number that the search gave a trial of Tune's."""
    return int(trial.config[TRIAL])
