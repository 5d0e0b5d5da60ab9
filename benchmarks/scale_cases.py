"""The runs behind ``docs/scale.md``: what is varied, and the log each needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.alone import alone
from benchmarks.scale_case import arms_of
from benchmarks.uniform_log import write_uniform
from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic

WINDOW_EVENTS = 100_000  # of every run: what a window holds is a part of the peak
USERS, ITEMS = 50_000, 20_000
_FIVE = 5


@dataclass(frozen=True, slots=True)
class Case:
    """One run. ``sweep`` and ``line`` say to which plot and line of it the point belongs."""

    sweep: str  # length, arms, items
    line: str
    events: int
    arms: int = 1
    replicates: int = 1
    items: int = ITEMS
    uniform: bool = False  # the log: drawn evenly, else the built-in world

    @property
    def x(self) -> int:
        """Where on its plot the point lies."""
        arms = self.arms * self.replicates
        return {"length": self.events, "arms": arms, "items": self.items}[self.sweep]


def cases(most: int, most_five: int, small: int = 1_000_000) -> list[Case]:
    """Return all runs: logs of at most ``most`` events for one arm, ``most_five`` for five.

    Arms and items are varied over ``small`` events. Short logs come first.

    >>> len(cases(most=10**8, most_five=10**7))
    24
    """
    found = [
        Case("length", line, events, arms)
        for line, arms, end in (("clean", 1, most), ("five arms", _FIVE, most_five))
        for events in _powers(100_000, end)
    ]
    found += [Case("arms", "arms of one run", small, arms) for arms in (1, 2, 5, 9, 16)]
    found += [Case("arms", "replicates of clean", small, 1, many) for many in (1, 2, 4, 8, 16)]
    for line, arms, end in (("clean", 1, 10_000_000), ("five arms", _FIVE, 1_000_000)):
        found += [
            Case("items", line, small, arms, items=items, uniform=True)
            for items in _powers(10_000, end)
        ]
    return sorted(found, key=lambda case: (case.events, case.sweep))


def _powers(first: int, last: int) -> Iterator[int]:
    while first <= last:
        yield first
        first *= 10


def measured(case: Case, folder: Path) -> dict[str, Any]:
    """Play ``case`` in a process of its own; return it with what was found.

    Logs are written to ``folder`` once and read again by the cases that share them.
    """
    settings = {
        "log": str(log_of(case, folder).path),
        "arms": arms_of(case.arms),
        "window_events": WINDOW_EVENTS,
        "replicates": case.replicates,
    }
    found = alone("benchmarks.scale_case", settings)
    return asdict(case) | {"x": case.x} | found


def log_of(case: Case, folder: Path) -> Dataset:
    """Return the log of ``case``, written if ``folder`` lacks it."""
    kind = "uniform" if case.uniform else "world"
    out = folder / f"{kind}-{case.events}-{case.items}"
    if out.exists():
        return Dataset.open(out)
    if case.uniform:
        return write_uniform(case.events, USERS, case.items, out)
    return write_synthetic(SyntheticSpec(events=case.events, users=USERS, items=case.items), out)
