"""What ``summary.json`` of a search must look like to be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lis_sim.errors import RunError
from lis_sim.plain.shape import (
    COUNT,
    NUMBER,
    TEXT,
    TIME_US,
    Each,
    Group,
    Maybe,
    Named,
    Shape,
    check_shape,
    one_of,
)
from lis_sim.plain.values import shown
from lis_sim.search.summary import SCHEMA

_MAYBE = Maybe(NUMBER)
_INTERVAL: Mapping[str, Shape] = dict.fromkeys(("value", "low", "high"), _MAYBE)
_GAIN = Group({**_INTERVAL, "search": _MAYBE, "optimism": _MAYBE, "verdict": TEXT, "because": TEXT})
_WRITTEN: Mapping[str, Shape] = {
    "trial": COUNT,
    "settings": Group({}),
    "folder": TEXT,
    "search": Named(_MAYBE),
    "search_interval": Named(Group(_INTERVAL)),
    "later": Named(Group(_INTERVAL)),
    "optimism": Named(_MAYBE),
}
_BEST = {
    **_WRITTEN,
    "over_baseline": Named(_GAIN),
    "verdict": TEXT,
    "because": TEXT,
    "notes": Each(TEXT),
}
_CUT = Group(
    dict.fromkeys(("windows", "warmup", "total"), COUNT),
    {"end_us": TIME_US, "events": COUNT, "events_total": COUNT},
)
SUMMARY = Group(
    {
        "search": TEXT,
        "headline": TEXT,
        "objectives": Each(
            Group({"objective": TEXT, "mode": one_of("max", "min")}, {"take": TEXT})
        ),
        "cut": _CUT,
        "trials": Named(COUNT),
        "baseline": Group(_WRITTEN),
        "best": Each(Group(_BEST)),
    },
    {
        **dict.fromkeys(("algorithm", "stopping"), TEXT),
        **dict.fromkeys(("seed", "events_played", "events_of_full_trials"), COUNT),
        **dict.fromkeys(("minimum_effect", "seconds", "later_seconds"), NUMBER),
        "replicates": Named(COUNT),
        "settings_searched": Each(TEXT),
    },
)


def check_search_summary(found: Mapping[str, Any], where: str) -> None:
    """Raise :class:`RunError` unless ``found`` is the ``summary.json`` of a search."""
    schema = found.get("schema", SCHEMA)
    if schema != SCHEMA or isinstance(schema, bool):
        raise RunError(
            f"{where} has schema {shown(schema)}; accepted: {SCHEMA}; read it with the version of "
            "lis-sim that wrote it"
        )
    check_shape(found, SUMMARY, where, "search")
    if not found["best"] or not found["objectives"]:
        raise RunError(f"{where} is not what a search writes: it names no winner or no objective")
    names = {one["objective"] for one in found["objectives"]}
    for entry in (found["baseline"], *found["best"]):
        told = [entry.get(key, names) for key in ("search", "later", "optimism", "over_baseline")]
        if any(names - set(one) for one in told):
            raise RunError(
                f"{where} is not what a search writes: trial {entry['trial']} lacks an objective; "
                f"accepted: {', '.join(sorted(names))}"
            )
