"""Does a run's memory grow with its log? The peak of five arms over a long one and a short one.

Clean, leaked, crossfit (5 folds), causal and placebo, one process, windows of 250,000 events and
20,000 items in both logs. What is remembered of a user is bounded: 512 errors of the residual arms,
``per_user`` events of preference data. While those lists fill, memory follows their filling; so

- ``memory_ratio`` is over 2,000 users with ``per_user: 512``, who have 500 events each in the
  shorter log already: what grows here grows with the log;
- ``memory_ratio_filling`` is over 50,000 users with the default of 2,048, who have 20 events each
  in the shorter log and full lists only in a much longer one.

``MEMORY_EVENTS`` (10^8) is the longer log of the first, ``MEMORY_FILLING_EVENTS`` (10^7) of the
second; the shorter one has 10^6. 10^8 events take half an hour, and 3 GB of disk.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.alone import PEAK, alone
from benchmarks.scale_case import arms_of
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.experiments.figure import Figure

SHORT = 1_000_000
LONG = int(float(os.environ.get("MEMORY_EVENTS", "1e8")))
FILLING = int(float(os.environ.get("MEMORY_FILLING_EVENTS", "1e7")))
_ITEMS = 20_000
_WINDOW = 250_000


@dataclass(frozen=True, slots=True)
class Setting:
    """Two runs that differ in the length of their logs alone."""

    name: str
    users: int
    per_user: int
    events: int  # of the longer log
    target: str = ""
    short: int = SHORT
    items: int = _ITEMS
    window_events: int = _WINDOW

    def figure(self) -> Figure:
        """Measure both, each in a process of its own."""
        short, long = self._measured(self.short), self._measured(self.events)
        detail = (
            f"{long[PEAK]:,.0f} MiB over {self.events:,} events, {short[PEAK]:,.0f} over "
            f"{self.short:,}; {short['start_mib']:,.0f} before anything is opened; {self.users:,} "
            f"users, {self.items:,} items, per_user {self.per_user:,}; "
            f"{self.events / long['cpu_seconds']:,.0f} events a core-second"
        )
        return Figure(self.name, long[PEAK] / short[PEAK], target=self.target, detail=detail)

    def _measured(self, events: int) -> dict[str, Any]:
        spec = SyntheticSpec(events=events, users=self.users, items=self.items)
        with tempfile.TemporaryDirectory(prefix="lis-memory-") as folder:
            log = write_synthetic(spec, Path(folder) / "log")
            settings = {"log": str(log.path), "arms": arms_of(5), "per_user": self.per_user}
            settings["window_events"] = self.window_events
            return alone("benchmarks.scale_case", settings)


def figures() -> list[Figure]:
    """Return ``memory_ratio`` and ``memory_ratio_filling``."""
    full = Setting("memory_ratio", 2_000, 512, LONG, "<= 1.2")
    filling = Setting("memory_ratio_filling", 50_000, 2_048, FILLING)
    return [full.figure(), filling.figure()]
