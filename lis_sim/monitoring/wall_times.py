"""Where the wall time of a run went, from its ``timings.jsonl``."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Upper ends of the buckets of a window's seconds; a last one without an end follows.
BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14400.0)


@dataclass(slots=True)
class WallTimes:
    """Seconds per stage, and windows by how long they took.

    >>> times = WallTimes()
    >>> times.add({"seconds": 0.7, "stages": {"train": 0.5}, "waited_for_builder": 0.1})
    >>> times.stages, times.seconds, times.windows[BUCKETS.index(1.0)]
    ({'train': 0.5}, 0.7, 1)
    """

    stages: dict[str, float] = field(default_factory=dict)
    windows: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))  # per bucket
    seconds: float = 0.0  # of all windows
    waited: float = 0.0  # of them, for representations

    def add(self, line: Mapping[str, Any]) -> None:
        """Add one line of ``timings.jsonl``."""
        for stage, seconds in line.get("stages", {}).items():
            self.stages[stage] = self.stages.get(stage, 0.0) + seconds
        self.waited += line.get("waited_for_builder", 0.0)
        seconds = line.get("seconds")
        if seconds is not None:
            self.seconds += seconds
            self.windows[bisect_left(BUCKETS, seconds)] += 1

    def copy(self) -> WallTimes:
        """Return times that later lines leave alone."""
        return WallTimes(dict(self.stages), list(self.windows), self.seconds, self.waited)
