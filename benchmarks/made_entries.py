"""Single entries of made-up records, their numbers drawn at random."""

from __future__ import annotations

from typing import Any

import numpy as np

HOUR_US = 3_600_000_000
START_US = 1_700_000_000_000_000
GAIN = {"clean": 0.0, "leaked": 0.05, "leaked_crossfit": 0.02, "causal": 0.008, "aligned": 0.011}


def arm_entry(
    name: str, part: str, k: int, draw: np.random.Generator, *, hurt: bool
) -> dict[str, Any]:
    """Return an arm of one window; ``hurt`` takes most of what it brings away."""
    gain = GAIN.get(name.partition(":")[0], 0.0) * (0.4 if hurt else 1.0)
    level = 0.68 - 0.05 * 0.9**k + gain + 0.01 * np.sin(k / 9)
    aucs = (level + draw.normal(0, 0.003, 3)).tolist()
    mean = float(np.mean(aucs))
    interval = {"value": mean, "low": mean - 0.01, "high": mean + 0.01}
    return {
        "arm": name,
        "slice": part,
        "positives": 1_800,
        "negatives": 2_900,
        "auc": aucs,
        "auc_mean": mean,
        "gauc": mean - 0.02,
        "log_loss": float(0.65 + draw.normal(0, 0.002)),
        "calibration": float(1.0 + draw.normal(0, 0.02)),
        "cumulative": interval | {"positives": 1_800 * k, "negatives": 2_900 * k},
    }


def score_entry(
    of: tuple[str, str | None, str | None, float], part: str, age: int, draw: np.random.Generator
) -> dict[str, Any]:
    """Return a score ``age`` windows after the warm-up; undefined before."""
    score, preference, representation, gain = of
    value = low = high = wide_low = wide_high = error = recent = None
    if age >= 0:
        error = 0.008 / np.sqrt(1 + age)
        value = float(gain + draw.normal(0, 0.2) * error)
        low, high, wide_low, wide_high = (value + n * error for n in (-2, 2, -4, 4))
        recent = {"value": value + 0.001, "low": low - 0.001, "high": high + 0.001}
        recent |= {"half_life_windows": 8.0}
    return {
        "score": score,
        "preference": preference,
        "representation": representation,
        "slice": part,
        "value": value,
        "low": low,
        "high": high,
        "anytime_low": wide_low,
        "anytime_high": wide_high,
        "recent": recent if part == "all" and score != "realised" else None,
        "standard_error": error,
        "standard_error_users": error,
        "standard_error_items": error,
        "standard_error_training": error,
        "users": 1_499,
        "windows": max(0, age + 1),
        "windows_undefined": 0,
        "trained_until": "unknown" if representation else None,
    }


def series_entry(
    name: str, of: dict[str, str], age: int, draw: np.random.Generator
) -> dict[str, Any]:
    """Return a standardised series, its reference known from the eighth window on."""
    known = age >= 8
    value = float(0.02 + draw.normal(0, 0.003))
    return {
        "series": name,
        "arm": of.get("arm"),
        "preference": of.get("preference"),
        "representation": of.get("representation"),
        "value": value,
        "standard_error": 0.003,
        "reference": 0.02 if known else None,
        "reference_standard_error": 0.001 if known else None,
        "z": float(draw.normal()) if known else None,
    }


def drift_event(k: int, preference: str) -> dict[str, Any]:
    """Return what a run writes when ``lis_crossfit`` of ``preference`` fell."""
    return {
        "kind": "series",
        "series": "lis_crossfit",
        "arm": None,
        "preference": preference,
        "representation": None,
        "measure": None,
        "of": None,
        "detector": "page_hinkley",
        "direction": "down",
        "value": 0.008,
        "reference": 0.02,
        "change": -0.012,
        "standard_error": 0.003,
        "since_window": k - 2,
        "since_us": START_US + (k - 2) * 6 * HOUR_US,
        "points_to": "preference-data",
        "words": f"lis_crossfit of {preference} fell from +0.0200 to +0.0080 since window {k - 2}, "
        "while the clean arm, the label rate and the measures held",
    }
