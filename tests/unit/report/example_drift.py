"""Committed records of a run that is watched: series, measures, and one drift event."""

from __future__ import annotations

import math
from typing import Any

from tests.unit.monitoring.records import drift_event
from tests.unit.report.example import HOUR_US, START_US, records

REFERENCE = 6  # windows until z is known
SEEN, SINCE = 14, 12


def watched_records(windows: int = 20, warmup: int = 5) -> list[dict[str, Any]]:
    """Return the records of ``records`` with drift fields; ``lis_crossfit`` falls in window 14."""
    return [record | fields(record["window"]) for record in records(windows, warmup)]


def fields(k: int) -> dict[str, Any]:
    """Return the drift fields of window ``k``."""
    return {
        "series": [
            series("label_rate", k, 0.4),
            series("auc", k, 0.68, arm="clean"),
            series("calibration", k, 1.0, arm="clean"),
            series("lis_crossfit", k, 0.0023, preference="co_click", moved=k >= SINCE),
        ],
        "measures": [
            measure("psi", "items", 0.05 + 0.01 * math.sin(k)),
            measure("mmd", "representation:title", None),
        ],
        "drift": [event()] if k == SEEN else [],
    }


def series(name: str, k: int, level: float, *, moved: bool = False, **of: str) -> dict[str, Any]:
    """Return one entry of ``series``; ``moved`` lets it fall by five standard errors."""
    error = 0.01 * level
    known = k >= REFERENCE
    z = 0.5 * math.sin(k) - 5.0 * moved
    nothing = {"arm": None, "preference": None, "representation": None}
    return nothing | {
        "series": name,
        "value": level + z * error,
        "standard_error": error,
        "reference": level if known else None,
        "reference_standard_error": 0.2 * error if known else None,
        "z": z if known else None,
        **of,
    }


def measure(name: str, of: str, value: float | None) -> dict[str, Any]:
    """Return one entry of ``measures``."""
    return {"measure": name, "of": of, "value": value, "threshold": 0.2}


def event(**changes: Any) -> dict[str, Any]:
    """Return the drift event that window 14 holds."""
    return (
        drift_event(
            value=0.0012,
            reference=0.0023,
            change=-0.0011,
            standard_error=0.0002,
            since_window=SINCE,
            since_us=START_US + (SINCE + 1) * 6 * HOUR_US,
            words="lis_crossfit of co_click fell from +0.0023 to +0.0012 since window 12",
        )
        | changes
    )
