"""The numbers in what a training function reports."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from numbers import Real
from typing import Any


def reported_numbers(
    reported: Mapping[str, Any], only: Collection[str] | None = None, most: int | None = None
) -> dict[str, float]:
    """Return the numbers of a report, by name.

    Nested groups give names with slashes, as Ray Tune shows them; texts, truth values, lists and
    whatever else is no number are left out. NaN and infinities stay: a training that diverges
    should be seen to.

    Parameters:
        reported: what ``report()`` was called with.
        only: names to keep; None: all.
        most: how many to keep at most, in the order of their names; None: all.

    >>> reported_numbers({"loss": 0.5, "eval": {"auc": 0.7, "done": True}, "note": "fine"})
    {'eval/auc': 0.7, 'loss': 0.5}
    """
    found = sorted(
        (name, number) for name, number in _numbers(reported) if only is None or name in only
    )
    return dict(islice(found, most))


def _numbers(group: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, float]]:
    for name, value in group.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{above}{name}/")
        elif isinstance(value, bool):
            continue  # Python counts it among the numbers
        elif isinstance(value, Real):
            yield f"{above}{name}", float(value)
