"""A committed record, and as small a run folder as can be, for the tests of this folder."""

from __future__ import annotations

from typing import Any


def score(
    name: str, value: float | None, *, representation: str | None = None, part: str = "all"
) -> dict[str, Any]:
    half = 0.001
    return {
        "score": name,
        "preference": "co_click",
        "representation": representation,
        "slice": part,
        "value": value,
        "low": None if value is None else value - half,
        "high": None if value is None else value + half,
        "standard_error": None if value is None else half / 2,
        "users": 100,
    }


def arm(name: str, value: float | None, *, part: str = "all") -> dict[str, Any]:
    defined = value is not None
    return {
        "arm": name,
        "slice": part,
        "auc": [value, value],
        "auc_mean": value,
        "log_loss": 0.6 if defined else None,
        "calibration": 1.02 if defined else None,
        "cumulative": {
            "value": value,
            "low": value - 0.01 if value is not None else None,
            "high": value + 0.01 if value is not None else None,
            "positives": 40,
            "negatives": 60,
            "gauc": value,
            "log_loss": 0.6 if defined else None,
        },
    }


def series(name: str, value: float | None, **changes: Any) -> dict[str, Any]:
    return {
        "series": name,
        "arm": None,
        "preference": None,
        "representation": None,
        "value": value,
        "standard_error": None if value is None else 0.002,
        "reference": None,
        "reference_standard_error": None,
        "z": None,
    } | changes


def drift_event(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "series",
        "series": "lis_crossfit",
        "arm": None,
        "preference": "co_click",
        "representation": None,
        "measure": None,
        "of": None,
        "detector": "page_hinkley",
        "direction": "down",
        "value": 0.01,
        "reference": 0.03,
        "change": -0.02,
        "standard_error": 0.004,
        "since_window": 2,
        "since_us": 2_000_000,
        "points_to": "preference-data",
        "words": "lis_crossfit of co_click fell.",
    } | changes


def watched(window: int, **changes: Any) -> dict[str, Any]:
    """Return the record of a window of a run that looks for drift."""
    fields = {
        "series": [
            series("auc", 0.71, arm="clean"),
            series(
                "lis_crossfit",
                0.01,
                preference="co_click",
                reference=0.03,
                reference_standard_error=0.001,
                z=-8.9,
            ),
            series("label_rate", None),
        ],
        "measures": [
            {"measure": "psi", "of": "items", "value": 0.05, "reference": 0.01, "threshold": 0.2},
            {"measure": "ks", "of": "feature:age", "value": None, "threshold": 0.1},
        ],
        "drift": [],
    }
    return record(window) | fields | changes


def record(window: int, **changes: Any) -> dict[str, Any]:
    """Return the record of a window of 100 events that ends ``window + 1`` seconds after 1970."""
    return {
        "schema": 1,
        "window": window,
        "start_us": window * 1_000_000,
        "end_us": (window + 1) * 1_000_000,
        "clock_us": (window + 1) * 1_000_000,
        "events": 100,
        "positives": 40,
        "warmup": False,
        "defined": True,
        "events_total": 100 * (window + 1),
        "windows_undefined": 0,
        "arms": [arm("clean", 0.71), arm("leaked:co_click", 0.75)],
        "scores": [
            score("lis", 0.04),
            score("lis_crossfit", -0.002, part="cold"),
            score("ais", 0.01, representation="title_minilm"),
        ],
    } | changes
