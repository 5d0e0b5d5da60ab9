"""The committed records turned into lines over time, for the figures of a report.

Axis legend: ``k`` windows. Undefined values are NaN, which a line leaves as a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lis_sim.report.words import score_group, score_label
from lis_sim.types import Float64, Int64

Record = Mapping[str, Any]

_BAND = ("value", "low", "high", "anytime_low", "anytime_high")


@dataclass(frozen=True)
class Band:
    """A running value with its interval of one look and its anytime interval, each (k,)."""

    value: Float64
    low: Float64
    high: Float64
    anytime_low: Float64
    anytime_high: Float64


@dataclass(frozen=True)
class Series:
    """What the figures show of a run.

    ``end_us`` (k,) int64 are the windows' ends; ``scores[group][label]`` and ``auc[arm]``
    hold values of slice ``all`` at them; ``warmup_end_us`` is the end of the last warm-up window.
    """

    end_us: Int64
    scores: dict[str, dict[str, Band]]
    auc: dict[str, Float64]
    warmup_end_us: int | None = None


@dataclass
class _Columns:
    """Sparse columns: a value is kept with the number of its window."""

    values: dict[tuple[str, ...], dict[int, tuple[float | None, ...]]] = field(default_factory=dict)

    def put(self, name: tuple[str, ...], window: int, *values: float | None) -> None:
        self.values.setdefault(name, {})[window] = values

    def array(self, name: tuple[str, ...], windows: int) -> Float64:
        found = self.values[name]
        width = len(next(iter(found.values())))
        array = np.full((width, windows), np.nan)
        for window, row in found.items():
            array[:, window] = [np.nan if value is None else value for value in row]
        return array


def collect(records: Iterable[Record]) -> Series:
    """Return the lines of slice ``all`` in one pass over the records.

    >>> score = {
    ...     "score": "lis",
    ...     "preference": "p",
    ...     "representation": None,
    ...     "slice": "all",
    ...     "value": 0.01,
    ...     "low": None,
    ...     "high": None,
    ... }
    >>> arm = {"arm": "clean", "slice": "all", "auc_mean": 0.7}
    >>> series = collect([{"end_us": 9, "warmup": False, "arms": [arm], "scores": [score]}])
    >>> series.end_us.tolist(), series.scores["p"]["lis"].value.tolist()
    ([9], [0.01])
    """
    ends: list[int] = []
    scores, auc = _Columns(), _Columns()
    warmup_end_us = None
    for k, record in enumerate(records):
        ends.append(record["end_us"])
        if record.get("warmup"):
            warmup_end_us = record["end_us"]
        for entry in _of_all(record["scores"]):
            name = (score_group(entry), score_label(entry))
            scores.put(name, k, *(entry.get(field) for field in _BAND))
        for entry in _of_all(record["arms"]):
            auc.put((entry["arm"],), k, entry.get("auc_mean"))
    bands: dict[str, dict[str, Band]] = {}
    for group, label in scores.values:
        rows = scores.array((group, label), len(ends))
        bands.setdefault(group, {})[label] = Band(*rows)
    lines = {name[0]: auc.array(name, len(ends))[0] for name in auc.values}
    return Series(np.array(ends, dtype=np.int64), bands, lines, warmup_end_us)


def _of_all(entries: Iterable[Record]) -> Iterable[Record]:
    return (entry for entry in entries if entry["slice"] == "all")
