"""What a comparison of two runs must be read with, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Comparison = Mapping[str, Any]


def facts_of_both(comparison: Comparison) -> str:
    """Return what both runs share, in one line.

    >>> facts_of_both(
    ...     {"dataset": {"name": "world"}, "events": 2400, "windows": 6, "warmup_windows": 2}
    ...     | {"replicates": 3, "seed": 0}
    ... )
    'both: log world, 2,400 events, 6 windows (2 warm-up), 3 replicates, seed 0'
    """
    return (
        f"both: log {comparison['dataset']['name']}, {comparison['events']:,} events, "
        f"{comparison['windows']} windows ({comparison['warmup_windows']} warm-up), "
        f"{comparison['replicates']} replicates, seed {comparison['seed']}"
    )


def comparison_notes(comparison: Comparison) -> list[str]:
    """Return one sentence for each thing that limits what the differences mean."""
    return [
        *_other_clean(comparison),
        *_left_out(comparison["not_compared"]),
        *_without_slices(comparison),
        *_one_replicate(comparison),
    ]


def setting_text(value: Any) -> str:
    """Return a setting's value as a person reads it.

    >>> setting_text(None), setting_text(0.25), setting_text({"rank": 4})
    ('not set', '0.25', 'rank: 4')
    """
    if value is None:
        return "not set"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {setting_text(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value) or "none"
    return str(value)


def _other_clean(comparison: Comparison) -> list[str]:
    for arm in comparison["arms"]:
        if arm["first"]["arm"] == arm["second"]["arm"] == "clean" and arm["slice"] == "all":
            difference = arm["difference"]
            if difference["value"] is not None and (difference["low"], difference["high"]) != (
                0,
                0,
            ):
                return [
                    "The clean arms differ: scores are differences from them, and a weaker ranker "
                    "leaves more for a representation to bring. Read the arms too."
                ]
    return []


def _left_out(not_compared: Mapping[str, Any]) -> list[str]:
    notes = [
        f"Not compared, of the {run} run: {', '.join(not_compared[f'of_{run}'])}. "
        "`--as A=B` compares A of the first with B of the second."
        for run in ("first", "second")
        if not_compared[f"of_{run}"]
    ]
    return notes + [
        f"{a if a == b else f'{a} and {b}'}: not compared, because their tables were trained "
        "until other times and so count other windows."
        for a, b in not_compared["other_windows"]
    ]


def _without_slices(comparison: Comparison) -> list[str]:
    if len(comparison["slices"]) > 1:
        return []
    return ["Slices are not compared: another stream.cold_support puts other events into them."]


def _one_replicate(comparison: Comparison) -> list[str]:
    if comparison["replicates"] > 1:
        return []
    return ["One replicate: the intervals hold for these training runs only."]
