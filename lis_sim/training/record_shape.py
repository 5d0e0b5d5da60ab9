"""What the JSON files of a run folder must look like to be read.

A file that a crash, a disk or a hand has changed is told by its place, not by what its readers
make of it. Keys that nobody reads may be missing: a folder of an earlier version stays readable.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lis_sim.errors import RunError
from lis_sim.plain.shape import (
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    TIME_US,
    Each,
    Group,
    Maybe,
    Named,
    Shape,
    check_shape,
)
from lis_sim.plain.values import shown

SCHEMA = 1
_MAYBE = Maybe(NUMBER)
_INTERVAL: Mapping[str, Shape] = {"value": _MAYBE, "low": _MAYBE, "high": _MAYBE}
_COUNTS: Mapping[str, Shape] = dict.fromkeys(
    ("users", "windows", "windows_undefined", "positives", "negatives", "replicates"), COUNT
)
_ERRORS: Mapping[str, Shape] = dict.fromkeys(
    (
        *("standard_error", "standard_error_users", "standard_error_items"),
        *("standard_error_training", "degrees_of_freedom", "anytime_low", "anytime_high"),
    ),
    _MAYBE,
)
_OF = {"preference": Maybe(TEXT), "representation": Maybe(TEXT)}
SCORE = Group(
    {"score": TEXT, **_OF, "slice": TEXT, **_INTERVAL},
    {
        **_COUNTS,
        **_ERRORS,
        "recent": Maybe(Group(_INTERVAL, {"half_life_windows": NUMBER})),
        "this_training_run_only": FLAG,
        "horizon": TEXT,
        "folds": Maybe(COUNT),
        "form": TEXT,
        "trained_until": Maybe(TEXT),
    },
)
_AUC = Group(
    _INTERVAL, {"positives": COUNT, "negatives": COUNT, "gauc": _MAYBE, "log_loss": _MAYBE}
)
_OF_ARM: Mapping[str, Shape] = dict.fromkeys(("gauc", "log_loss", "calibration"), _MAYBE)
ARM = Group(
    {"arm": TEXT, "slice": TEXT, "auc": _AUC},
    {**_COUNTS, **_OF_ARM, "auc_pooled": _MAYBE},
)
ARM_OF_WINDOW = Group(
    {"arm": TEXT, "slice": TEXT},
    {
        "positives": COUNT,
        "negatives": COUNT,
        "auc": Each(_MAYBE),
        "auc_mean": _MAYBE,
        **_OF_ARM,
        "cumulative": _AUC,
    },
)
_LEVEL = Group(_INTERVAL, _COUNTS)
_METRIC_OF: Mapping[str, Shape] = {"metric": TEXT, "label": TEXT, "scores": Each(SCORE)}
_METRIC_COUNTS: Mapping[str, Shape] = {"counts": Named(COUNT)}
METRIC = Group(
    {**_METRIC_OF, "arms": Each(Group({"arm": TEXT, "slice": TEXT, **_INTERVAL}, _COUNTS))},
    _METRIC_COUNTS,
)
_METRIC_ARM = Group({"arm": TEXT, "slice": TEXT}, {"value": _MAYBE, "cumulative": _LEVEL})
METRIC_OF_WINDOW = Group({**_METRIC_OF, "arms": Each(_METRIC_ARM)}, _METRIC_COUNTS)
VERDICT = Group(
    {**_OF, "verdict": TEXT},
    {
        "because": Maybe(TEXT),
        "users_needed": _MAYBE,
        "reason": Maybe(TEXT),
        "minimum_effect": NUMBER,
        "evidence": Named(Group(_INTERVAL)),
    },
)
SUMMARY = Group(
    {"run": TEXT, "scores": Each(SCORE), "arms": Each(ARM), "verdicts": Each(VERDICT)},
    {
        **_COUNTS,
        **dict.fromkeys(("events", "warmup_windows", "seed", "step_events"), COUNT),
        **dict.fromkeys(("horizon", "form", "engine", "clustered_by"), TEXT),
        "logits": FLAG,
        **dict.fromkeys(("content", "device"), Maybe(TEXT)),
        "folds": Maybe(COUNT),
        **dict.fromkeys(("label_rate", "minimum_effect", "seconds"), NUMBER),
        "workers": Maybe(COUNT),
        "dataset": Group(
            {},
            {
                "name": Maybe(TEXT),
                "fingerprint": Maybe(TEXT),
                "rows": COUNT,
                "negatives": Maybe(TEXT),
            },
        ),
        "labels": Group({}, {"known": TEXT, "learned": COUNT, "expired": COUNT}),
        "versions": Named(TEXT),
        "metrics": Each(METRIC),
        "code": Named(TEXT),  # hashes of files of the user's own, by import path
    },
)
_DRIFT_OF = {"arm": Maybe(TEXT), **_OF}
_SERIES = Group(
    {"series": TEXT, **_DRIFT_OF},
    dict.fromkeys(
        ("value", "standard_error", "reference", "reference_standard_error", "z"), _MAYBE
    ),
)
_MEASURE = Group(
    {"measure": TEXT},
    {"of": Maybe(TEXT), "value": _MAYBE, "reference": _MAYBE, "threshold": _MAYBE},
)
_DRIFT = Group(
    {},
    {
        **dict.fromkeys(("kind", "detector", "direction", "points_to", "words"), TEXT),
        **dict.fromkeys(("series", "measure", "of", *_DRIFT_OF), Maybe(TEXT)),
        **dict.fromkeys(("value", "reference", "change", "standard_error", "threshold"), _MAYBE),
        "since_window": COUNT,
        "since_us": TIME_US,
    },
)
WINDOW = Group(
    {"end_us": TIME_US, "arms": Each(ARM_OF_WINDOW), "scores": Each(SCORE)},
    {
        **dict.fromkeys(("window", "events", "events_total", "positives"), COUNT),
        **dict.fromkeys(("start_us", "clock_us"), TIME_US),
        "warmup": FLAG,
        "defined": FLAG,
        "windows_undefined": COUNT,
        "series": Each(_SERIES),
        "measures": Each(_MEASURE),
        "metrics": Each(METRIC_OF_WINDOW),
        "drift": Each(_DRIFT),
        "labels": Group(
            {"final_us": TIME_US}, dict.fromkeys(("learned", "expired", "waiting"), COUNT)
        ),
    },
)
TIMINGS = Group({"window": COUNT, "seconds": NUMBER}, {"stages": Named(NUMBER), "history": TEXT})


ENGINE = Group({}, {"workers": Maybe(COUNT), "device": Maybe(TEXT)})
IDENTITY = Group(
    {
        "settings": Group(
            {"stream": Group({"cold_support": COUNT})},
            {"preferences": Each(Group({"name": TEXT}))},
        ),
        "data": Group({"events": Maybe(TEXT)}, {"representations": Named(TEXT)}),
    }
)


def check_engine(found: Mapping[str, Any], where: str) -> None:
    """Raise :class:`RunError` unless ``found`` is an ``engine.json``."""
    check_shape(found, ENGINE, where)


def check_identity(found: Mapping[str, Any], where: str) -> None:
    """Raise :class:`RunError` unless ``found`` is a ``run.json`` that runs can be compared by."""
    check_shape(found, IDENTITY, where)


def check_summary(found: Mapping[str, Any], where: str) -> None:
    """Raise :class:`RunError` unless ``found`` is a ``summary.json`` that can be read."""
    _check_schema(found, where)
    check_shape(found, SUMMARY, where)


def check_window(found: Mapping[str, Any], where: str, window: int | None = None) -> None:
    """Raise :class:`RunError` unless ``found`` is a line of ``windows.jsonl`` that can be read.

    ``window``: which one it must be, by the line's place in the file.
    """
    _check_schema(found, where)
    check_shape(found, WINDOW, where)
    if window is not None and found.get("window", window) != window:
        raise RunError(
            f"{where} is of window {found['window']}, but window {window} comes here; lines were "
            "lost or moved: the same command with --restart plays the run again"
        )


def check_timings(found: Mapping[str, Any], where: str) -> None:
    """Raise :class:`RunError` unless ``found`` is a line of ``timings.jsonl``."""
    check_shape(found, TIMINGS, where)


def _check_schema(found: Mapping[str, Any], where: str) -> None:
    schema = found.get("schema", SCHEMA)
    if schema != SCHEMA or isinstance(schema, bool):
        raise RunError(
            f"{where} has schema {shown(schema)}; accepted: {SCHEMA}; read it with the version of "
            "lis-sim that wrote it"
        )
