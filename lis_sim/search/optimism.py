"""How much too good a search looked: its own score against the one on later windows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Interval = Mapping[str, Any]  # value, low, high; None where undefined


def optimism(mode: str, search: Interval, later: Interval) -> float | None:
    """Return by how much ``search`` looked better than ``later``; None where one is undefined.

    Values are compared with values, also where the objective takes the lower bound: bounds of
    more windows or replicates are tighter, which is no optimism. For an objective that is
    minimised (``mode`` ``"min"``) the sign is turned, so above 0 is always too good a promise.

    Of one config, optimism also holds what the stream itself did: later windows may be harder
    for everybody; and another training, for trials have a seed of their own. That part is also the
    baseline's, whose config nobody chose; what remains in :func:`gain_optimism` is the search's
    own.

    >>> round(optimism("max", {"value": 0.031}, {"value": 0.024}), 6)
    0.007
    >>> round(optimism("min", {"value": 0.50}, {"value": 0.52}), 6)
    0.02
    >>> print(optimism("max", {"value": None}, {"value": 0.024}))
    None
    """
    difference = _difference(search.get("value"), later.get("value"))
    return difference if difference is None or mode == "max" else -difference


def gain_optimism(mode: str, search: float | None, later: float | None) -> float | None:
    """Return by how much a gain over the baseline shrank after the search.

    >>> round(gain_optimism("max", 0.004, 0.001), 6)
    0.003
    """
    return optimism(mode, {"value": search}, {"value": later})


def search_gain(best: Interval, baseline: Interval) -> float | None:
    """Return the gain over the baseline as the search saw it: of values, ``best`` less baseline.

    >>> round(search_gain({"value": 0.031}, {"value": 0.020}), 6)
    0.011
    """
    return _difference(best.get("value"), baseline.get("value"))


def _difference(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other
