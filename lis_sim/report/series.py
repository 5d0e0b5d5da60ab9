"""The committed records turned into lines over time, for the charts of a report.

Axis legend: ``k`` windows. Undefined values are NaN, which a line leaves as a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lis_sim.report.columns import Columns
from lis_sim.report.drift_series import DriftLog, DriftSeries
from lis_sim.report.words import score_group, score_label
from lis_sim.types import Bool, Float64, Int64

Record = Mapping[str, Any]

_BAND = ("value", "low", "high", "anytime_low", "anytime_high")
_RECENT = ("value", "low", "high")
_ARM = ("auc_mean", "calibration")


@dataclass(frozen=True)
class Band:
    """A value with its interval of one look and, where it has one, its anytime interval, (k,)."""

    value: Float64
    low: Float64
    high: Float64
    anytime_low: Float64 | None = None
    anytime_high: Float64 | None = None


@dataclass(frozen=True)
class Series:
    """What the charts show of a run.

    ``end_us`` (k,) int64 are the windows' ends. ``scores[group][label]`` and ``recent`` hold the
    scores so far and those in which older windows count less; ``auc[arm]`` and
    ``calibration[arm]`` are of each window by itself; all of slice ``all``. ``window``, ``events``
    and ``positives`` (k,) describe the windows; ``warmup_end_us`` ends the last warm-up window.
    ``last`` is the newest record, None before the first.
    """

    end_us: Int64
    scores: dict[str, dict[str, Band]]
    recent: dict[str, dict[str, Band]]
    auc: dict[str, Float64]
    calibration: dict[str, Float64]
    window: Int64
    events: Float64
    positives: Float64
    warmup: Bool
    drift: DriftSeries | None = None
    last: Record | None = None

    @property
    def warmup_end_us(self) -> int | None:
        """End of the last warm-up window, None without one."""
        ends = self.end_us[self.warmup]
        return int(ends[-1]) if len(ends) else None


@dataclass
class Collector:
    """Takes committed records in, one after the other, and keeps what a report shows of them.

    >>> collector = Collector()
    >>> arm = {"arm": "clean", "slice": "all", "auc_mean": 0.7}
    >>> collector.add({"end_us": 9, "warmup": False, "arms": [arm], "scores": []})
    >>> collector.series().auc["clean"].tolist()
    [0.7]
    """

    _windows: list[tuple[int, int, float | None, float | None, bool]] = field(default_factory=list)
    _scores: Columns = field(default_factory=Columns)
    _recent: Columns = field(default_factory=Columns)
    _arms: Columns = field(default_factory=Columns)
    _drift: DriftLog = field(default_factory=DriftLog)
    _last: Record | None = None

    def add(self, record: Record) -> None:
        """Take the record of the next window in."""
        k = len(self._windows)
        self._windows.append(
            (
                record.get("window", k),
                record["end_us"],
                record.get("events"),
                record.get("positives"),
                bool(record.get("warmup")),
            )
        )
        for entry in _of_all(record["scores"]):
            name = (score_group(entry), score_label(entry))
            self._scores.put(name, k, *map(entry.get, _BAND))
            if entry.get("recent"):
                self._recent.put(name, k, *map(entry["recent"].get, _RECENT))
        for entry in _of_all(record["arms"]):
            self._arms.put((entry["arm"],), k, *map(entry.get, _ARM))
        self._drift.add(k, record)
        self._last = record

    def series(self) -> Series:
        """Return the lines of all records so far."""
        count = len(self._windows)
        window, end_us, events, positives, warmup = (
            list(zip(*self._windows, strict=True)) or [()] * 5
        )
        arms = {str(name[0]): self._arms.array(name, count) for name in self._arms}
        return Series(
            end_us=np.array(end_us, dtype=np.int64),
            scores=_bands(self._scores, count),
            recent=_bands(self._recent, count),
            auc={arm: rows[0] for arm, rows in arms.items()},
            calibration={arm: rows[1] for arm, rows in arms.items()},
            window=np.array(window, dtype=np.int64),
            events=np.array(events, dtype=np.float64),
            positives=np.array(positives, dtype=np.float64),
            warmup=np.array(warmup, dtype=np.bool_),
            drift=self._drift.series(count),
            last=self._last,
        )


def collect(records: Iterable[Record]) -> Series:
    """Return the lines of slice ``all`` in one pass over the records.

    >>> band = {"value": 0.01, "low": None, "high": None}
    >>> score = {"score": "lis", "preference": "p", "representation": None, "slice": "all"}
    >>> series = collect([{"end_us": 9, "warmup": False, "arms": [], "scores": [score | band]}])
    >>> series.end_us.tolist(), series.scores["p"]["lis"].value.tolist()
    ([9], [0.01])
    """
    collector = Collector()
    for record in records:
        collector.add(record)
    return collector.series()


def _bands(columns: Columns, count: int) -> dict[str, dict[str, Band]]:
    found: dict[str, dict[str, Band]] = {}
    for name in columns:
        group, label = map(str, name)
        found.setdefault(group, {})[label] = Band(*columns.array(name, count))
    return found


def _of_all(entries: Iterable[Record]) -> Iterator[Record]:
    return (entry for entry in entries if entry["slice"] == "all")
