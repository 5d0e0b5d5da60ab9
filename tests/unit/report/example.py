"""A summary and its committed records, as a run with one representation writes them."""

from __future__ import annotations

import math
from typing import Any

HOUR_US = 3_600_000_000
START_US = 1_700_000_000_000_000

VALUES = {"lis": 0.0185, "lis_crossfit": 0.0023, "self_leak": 0.0162, "history": -0.0007}
ARMS = ("clean", "leaked:co_click", "leaked_crossfit:co_click", "causal:co_click")


def score(name: str, value: float | None, part: str = "all", **changes: Any) -> dict[str, Any]:
    half = 0.0011
    return {
        "score": name,
        "preference": "co_click",
        "representation": None,
        "slice": part,
        "value": value,
        "low": None if value is None else value - half,
        "high": None if value is None else value + half,
        "anytime_low": None if value is None else value - 2 * half,
        "anytime_high": None if value is None else value + 2 * half,
        "recent": {
            "value": value,
            "low": None if value is None else value - 1.5 * half,
            "high": None if value is None else value + 1.5 * half,
            "half_life_windows": 8.0,
        },
        "standard_error": None if value is None else 0.00056,
        "standard_error_users": None if value is None else 0.00042,
        "standard_error_training": None if value is None else 0.00037,
        "users": 25_156,
        "windows": 15,
        "windows_undefined": 0,
        "horizon": "all",
        "folds": 5,
        "form": "joint",
    } | changes


def arm(name: str, value: float | None, part: str = "all") -> dict[str, Any]:
    return {
        "arm": name,
        "slice": part,
        "auc": {
            "value": value,
            "low": None if value is None else value - 0.004,
            "high": None if value is None else value + 0.004,
            "positives": 0 if value is None else 70_123,
            "negatives": 812 if value is None else 90_456,
        },
        "gauc": None if value is None else 0.61,
        "log_loss": None if value is None else 0.6321,
        "calibration": None if value is None else 1.012,
    }


def summary(**changes: Any) -> dict[str, Any]:
    table = {"representation": "title_minilm", "trained_until": "unknown"}
    return {
        "schema": 1,
        "run": "kuairand-0001",
        "engine": "ray",
        "events": 222_497,
        "windows": 20,
        "warmup_windows": 5,
        "windows_undefined": 1,
        "replicates": 3,
        "horizon": "all",
        "folds": 5,
        "form": "joint",
        "seed": 7,
        "seconds": 61.25,
        "dataset": {"name": "kuairand", "fingerprint": "5f0e3c", "rows": 222_497},
        "arms": [arm("clean", None, "cold")] + [arm(name, 0.69) for name in ARMS],
        "scores": [
            score("lis", 0.0761, "cold"),
            *(score(name, value) for name, value in VALUES.items()),
            score("placebo", -0.0020),
            score("ais", 0.0011, **table, preference=None),
            score("realised", 0.478, low=0.02, high=1.1, **table),
            score("lis_crossfit", None, "cold", windows=0, windows_undefined=15),
        ],
        "verdicts": [
            {
                "preference": "co_click",
                "representation": None,
                "verdict": "align",
                "because": "lis_crossfit - placebo is +0.00430, at least 0.001 and above 0.",
                "users_needed": None,
            },
            {
                "preference": "co_click",
                "representation": "title_minilm",
                "verdict": "inconclusive",
                "because": "ais - placebo is +0.00310, its interval holds 0 and 0.001.",
                "users_needed": 41_000,
            },
        ],
    } | changes


def records(windows: int = 20, warmup: int = 5) -> list[dict[str, Any]]:
    """Return committed records whose scores settle on the summary's values; window 7 undefined."""
    found = []
    for k in range(windows):
        shown = k >= warmup
        wobble = 0.004 * math.sin(k) / (1 + k)
        found.append(
            {
                "schema": 1,
                "window": k,
                "end_us": START_US + (k + 1) * 6 * HOUR_US,
                "warmup": not shown,
                "arms": [
                    {
                        "arm": name,
                        "slice": "all",
                        "auc_mean": None if k == 7 else 0.68 + 0.004 * j + wobble,
                    }
                    for j, name in enumerate(ARMS)
                ],
                "scores": [
                    score(name, value + wobble if shown else None) for name, value in VALUES.items()
                ],
            }
        )
    return found
