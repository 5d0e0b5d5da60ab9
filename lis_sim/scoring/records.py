"""What is kept of scored windows: the records that a run writes, as far as scores tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lis_sim.drift import DriftSettings, DriftWatch, WatchPlan
from lis_sim.scores import LisFamily
from lis_sim.scores.records import Record
from lis_sim.scores.window_series import window_series
from lis_sim.scoring.cells import Cells
from lis_sim.scoring.plan import ScorePlan
from lis_sim.scoring.settings import ScoreSettings
from lis_sim.scoring.unlike_logits import without_probabilities
from lis_sim.training.folder import SCORED
from lis_sim.training.record import family_summary, window_record
from lis_sim.types import Window

_CALIBRATION = "calibration"


class Records:
    """Makes the record of every window and the summary; watches the series for drift.

    Features, items and representations are not watched: the file does not have them.
    """

    def __init__(self, plan: ScorePlan, settings: ScoreSettings) -> None:
        self._plan, self._logits = plan, settings.logits
        family = plan.family
        representations = tuple(one.name for one in family.representations)
        self._drift = DriftWatch(
            DriftSettings(),
            WatchPlan(family.warmup, family.minimum_effect, family.preferences, representations),
        )

    def of_window(self, window: Window, family: LisFamily, cells: Cells) -> Record:
        """Return the record of ``window`` after ``family`` has taken its cells in."""
        record = window_record(self._plan, window.index, self._clock_us(window), family, cells)
        series = window_series(self._plan.family, window.index, cells)
        if not self._logits:
            record["arms"] = without_probabilities(record["arms"])
            series = [one for one in series if one["series"] != _CALIBRATION]
        return record | self._drift.observe(window.index, window.start_us, series)

    def summary(self, run: str, family: LisFamily, facts: Mapping[str, Any]) -> Record:
        """Return ``summary.json``; ``facts`` are of the file."""
        settings = {"logits": self._logits}
        summary = family_summary(self._plan, run, family, settings, {"engine": SCORED, **facts})
        if not self._logits:
            summary["arms"] = without_probabilities(summary["arms"])
        return summary

    def _clock_us(self, window: Window) -> int:
        """Return when the window is over, as a run's clock says: when the next one begins."""
        later = self._plan.windows[window.index + 1 :]
        return later[0].start_us if later else window.end_us
