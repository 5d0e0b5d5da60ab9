"""What the lines of a run folder add up to: drift events, wall times, progress."""

from __future__ import annotations

from dataclasses import dataclass, field

from lis_sim.monitoring.drift_tally import DriftTally
from lis_sim.monitoring.wall_times import WallTimes


@dataclass(frozen=True, slots=True)
class RunAccount:
    """A run as the lines of ``windows.jsonl`` and ``timings.jsonl`` read so far tell it."""

    window: int = -1  # the newest one; -1 before the first
    drift: DriftTally = field(default_factory=DriftTally)
    times: WallTimes = field(default_factory=WallTimes)
    committed_s: float | None = None  # when, wall clock, seconds since 1970 UTC
    finished: bool = False
