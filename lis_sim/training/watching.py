"""The watch for drift beside a run: it adds its fields to the record of every window."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from lis_sim.data.dataset import Dataset
from lis_sim.scores.sums import Cells
from lis_sim.scores.window_series import window_series
from lis_sim.training.folder import RunFolder
from lis_sim.training.plan import RunPlan

if TYPE_CHECKING:
    from lis_sim.drift import DriftWatch, StreamWatch


class Watching:
    """The watch of one run, in the process that puts windows together.

    It adds nothing where ``drift.enabled`` is false. Checkpoints know nothing of it: it is made
    again from the committed records, and reads again what it must of the log.
    """

    def __init__(self, plan: RunPlan, dataset: Dataset) -> None:
        self._plan = plan
        self._stream: StreamWatch | None = None
        self._watch: DriftWatch | None = None
        config = plan.config
        if not config.drift.enabled:
            return
        # The detectors take a second to import, which a search's trials do without.
        from lis_sim.drift import DriftSettings, DriftWatch, StreamWatch, WatchPlan

        settings = DriftSettings(**config.drift.model_dump())
        self._stream = StreamWatch(
            dataset,
            plan.windows,
            settings,
            tuple(filter(None, (*config.representations, config.content))),
            first=plan.family.warmup,
            seed=config.seed,
        )
        self._watch = DriftWatch(
            settings,
            WatchPlan(
                plan.family.warmup,
                plan.family.minimum_effect,
                plan.family.preferences,
                tuple(one.name for one in plan.family.representations),
            ),
            self._stream,
        )

    def start(self, first: int, folder: RunFolder) -> None:
        """Take in the committed windows before ``first``, the one that comes next.

        Workers that went back to a checkpoint find later ones committed too; those come again.
        """
        if self._watch is not None:
            self._watch.replay(islice(folder.windows(), first))

    def follow(self, plan: RunPlan, dataset: Dataset) -> None:
        """Go on in a log that has grown; ``plan`` has further windows, no more."""
        self._plan = plan
        if self._stream is not None:
            self._stream.extend(dataset, plan.windows)

    def fields(self, window: int, cells: Cells) -> dict[str, Any]:
        """Return what is added to the record of ``window``, the next one."""
        if self._watch is None:
            return {}
        series = window_series(self._plan.family, window, cells)
        return self._watch.observe(window, self._plan.windows[window].start_us, series)
