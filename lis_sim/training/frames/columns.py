"""The columns of every frame, in order. ``docs/frames.md`` is this list for people to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from lis_sim.training.frames.column import Column

_WHOLE, _REAL, _TEXT, _TRUTH = pa.int64(), pa.float64(), pa.string(), pa.bool_()
_TIME = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: what a row of it is, and its columns."""

    row: str
    columns: tuple[Column, ...]


def _of(kind: pa.DataType, words: Mapping[str, str]) -> tuple[Column, ...]:
    """Return columns that are called as the keys of their records."""
    return tuple(Column(name, kind, said, (name,)) for name, said in words.items())


def _one(name: str, kind: pa.DataType, words: str, *at: str) -> Column:
    return Column(name, kind, words, at or (name,))


_COUNTS = _of(
    _WHOLE,
    {
        "users": "users with an event in the windows that count",
        "windows": "windows that count: after the warm-up, with both classes",
        "windows_undefined": "windows after the warm-up that do not count: one class was missing",
    },
)
_PAIRS = _of(
    _WHOLE,
    {
        "positives": "events with label 1 in the windows that count",
        "negatives": "events with label 0 in the windows that count",
    },
)
# Rows of window frames stand beside the window that they are of.
_WHEN = (
    _one("window", _WHOLE, "number of the window, from 0"),
    _one("start", _TIME, "its start, included", "start_us"),
    _one("end", _TIME, "its end, not included", "end_us"),
)
_ARM = _of(
    _TEXT,
    {
        "arm": "`clean`, or kind and name: `leaked:NAME`, `aligned:NAME`, ...",
        "slice": "`all`, `cold`, `warm`, or a value of the slice column of a scores file",
    },
)
_OF = _of(
    _TEXT,
    {
        "preference": "name of the preference data set; null where it is of none",
        "representation": "name of the representation table; null where it is of none",
    },
)
_INTERVAL = _of(
    _REAL,
    {
        "value": "a difference of AUC (or of the metric); of `realised` a ratio of two",
        "low": "lower end of its 95 % interval, of a single look",
        "high": "upper end",
    },
)
_SCORE = (
    _one("score", _TEXT, "`lis_crossfit`, `placebo`, `ais`, ...: a name of the LIS family"),
    *_OF,
    _ARM[1],
    *_INTERVAL,
    _one("anytime_low", _REAL, "lower end of the interval that holds at all windows at once"),
    _one("anytime_high", _REAL, "upper end"),
    _one("recent", _REAL, "the value with older windows counting less", "recent", "value"),
    _one("recent_low", _REAL, "lower end of its 95 % interval", "recent", "low"),
    _one("recent_high", _REAL, "upper end", "recent", "high"),
    _one(
        "recent_half_life_windows",
        _REAL,
        "windows after which one counts half",
        *("recent", "half_life_windows"),
    ),
    _one("standard_error", _REAL, "of the value, all parts"),
    _one("standard_error_users", _REAL, "the part of which users the log has"),
    _one("standard_error_items", _REAL, "the part of what users share through items"),
    _one("standard_error_training", _REAL, "the part of the seeds; null with one replicate"),
    _one("degrees_of_freedom", _REAL, "of the t quantile behind low and high"),
    *_COUNTS,
    *_PAIRS,
    _one("replicates", _WHOLE, "paired trainings"),
    _one("this_training_run_only", _TRUTH, "one replicate: the luck of training is left out"),
    _one("horizon", _TEXT, "how far leaked arms see past a window: `all`, `0`, a duration"),
    _one("folds", _WHOLE, "folds of users of the crossfit arms"),
    _one("form", _TEXT, "`residual` or `joint`, or as said to `score`"),
    _one("trained_until", _TEXT, "ISO time, or `unknown`, of a representation; else null"),
)
_AUC = (
    _one("auc", _REAL, "window-stratified AUC, ties at one half", "auc", "value"),
    _one("auc_low", _REAL, "lower end of its 95 % interval", "auc", "low"),
    _one("auc_high", _REAL, "upper end", "auc", "high"),
)
_OF_ARM = _of(
    _REAL,
    {
        "gauc": "AUC within users, weighted by events",
        "log_loss": "mean log loss, nats",
        "calibration": "predicted engagements over engagements",
    },
)
_SO_FAR = tuple(
    _one(f"{name}_so_far", kind, f"{words}, since the warm-up", "cumulative", *at)
    for name, kind, words, at in (
        ("auc", _REAL, "AUC", ("value",)),
        ("auc_low", _REAL, "lower end of its 95 % interval", ("low",)),
        ("auc_high", _REAL, "upper end", ("high",)),
        ("gauc", _REAL, "GAUC", ("gauc",)),
        ("log_loss", _REAL, "log loss, nats", ("log_loss",)),
        ("positives", _WHOLE, "events with label 1", ("positives",)),
        ("negatives", _WHOLE, "events with label 0", ("negatives",)),
    )
)
_METRIC = _of(
    _TEXT,
    {
        "metric": "`auc`, `ndcg@5`, `mrr`, `user_auc`",
        "label": "`label`, or the outcome, with its rule, that it is measured on",
    },
)
_LEVEL = _of(
    _REAL,
    {"value": "the metric", "low": "lower end of its 95 % interval", "high": "upper end"},
)
_METRIC_SCORE = (*_METRIC, *_SCORE)
_EVIDENCE = tuple(
    _one(f"{name}{end}", _REAL, f"{words}{said}", "evidence", key, part)
    for name, key, words in (
        ("bound", "lis_crossfit - placebo", "lis_crossfit less its placebo"),
        ("gain", "ais - placebo", "ais less its placebo; null without a representation"),
        ("gap", "lis_crossfit - ais", "lis_crossfit less ais; null without a representation"),
    )
    for end, part, said in (
        ("", "value", ""),
        ("_low", "low", ": lower end"),
        ("_high", "high", ": upper end"),
    )
)
_SERIES = _of(_TEXT, {"series": "`auc`, `calibration`, `label_rate`, `lis_crossfit`, `ais`, ..."})
_MEASURE = _of(
    _TEXT,
    {
        "measure": "`psi`, `ks`, `new_items`, `new_users`, `mean_shift`, `mmd`",
        "of": "what was measured: `items`, `users`, `feature:NAME`, `representation:NAME`",
    },
)

FRAMES: Mapping[str, Frame] = {
    "windows": Frame(
        "a committed window, oldest first",
        (
            *_WHEN,
            _one("clock", _TIME, "the stream's clock when it was committed", "clock_us"),
            *_of(
                _WHOLE,
                {
                    "events": "events in it",
                    "events_total": "events up to its end",
                    "positives": "of its events, those with label 1",
                },
            ),
            _one("warmup", _TRUTH, "learned from, and in no score"),
            _one("defined", _TRUTH, "it has both classes, and so an AUC"),
            _one("windows_undefined", _WHOLE, "windows up to it, after the warm-up, without one"),
            *(
                _one(f"labels_{name}", _WHOLE, f"{words}; null without late labels", "labels", name)
                for name, words in (
                    ("learned", "labels that came in it and were learned from"),
                    ("waiting", "labels still to come at its end"),
                    ("expired", "labels never to be learned from"),
                )
            ),
            _one("labels_final", _TIME, "when its last label is known", "labels", "final_us"),
        ),
    ),
    "arms": Frame(
        "an arm and slice, over all windows that count",
        (
            *_ARM,
            *_AUC,
            *(column.below("auc") for column in _PAIRS),
            *_OF_ARM,
            _one("auc_pooled", _REAL, "AUC of all events in one pot; slice `all` only"),
            *_COUNTS,
        ),
    ),
    "scores": Frame("a score of a preference data set or representation, and slice", _SCORE),
    "verdicts": Frame(
        "a preference data set, alone and with each representation",
        (
            *_OF,
            _one("verdict", _TEXT, "`align`, `preference-data`, `ship`, ... (see the concepts)"),
            _one("because", _TEXT, "the reason, with its numbers"),
            _one("users_needed", _WHOLE, "users that would settle it, where it is inconclusive"),
            _one("reason", _TEXT, "what an inconclusive verdict lacks; else null"),
            _one("minimum_effect", _REAL, "smallest difference of AUC worth acting on"),
            *_EVIDENCE,
        ),
    ),
    "metric_arms": Frame(
        "a metric beside the AUC, arm and slice, over all windows that count",
        (*_METRIC, *_ARM, *_LEVEL, *_COUNTS, *_PAIRS),
    ),
    "metric_scores": Frame("a metric beside the AUC, score and slice", _METRIC_SCORE),
    "metric_counts": Frame(
        "a metric beside the AUC, and what was counted for it",
        (
            *_METRIC,
            _one("of", _TEXT, "`counted`, `missing`, `only_negatives`, ... (docs/metrics.md)"),
            _one("count", _WHOLE, "how many events, requests or users"),
        ),
    ),
    "window_arms": Frame(
        "an arm, slice and window",
        (
            *_WHEN,
            *_ARM,
            *_of(_WHOLE, {"positives": "events with label 1", "negatives": "with label 0"}),
            _one("auc", _REAL, "AUC in this window, mean over replicates", "auc_mean"),
            _one("auc_of_replicates", pa.list_(_REAL), "AUC of every replicate", "auc"),
            *_OF_ARM,
            *_SO_FAR,
        ),
    ),
    "window_scores": Frame("a score and window: its value since the warm-up", (*_WHEN, *_SCORE)),
    "window_metric_arms": Frame(
        "a metric beside the AUC, arm, slice and window",
        (
            *_WHEN,
            *_METRIC,
            *_ARM,
            _one("value", _REAL, "the metric in this window, mean over replicates"),
            *(
                _one(f"{one.name}_so_far", one.kind, f"{one.words}, since the warm-up", *one.at)
                for one in (column.below("cumulative") for column in (*_LEVEL, *_COUNTS, *_PAIRS))
            ),
        ),
    ),
    "window_metric_scores": Frame(
        "a metric beside the AUC, score and window: its value since the warm-up",
        (*_WHEN, *_METRIC_SCORE),
    ),
    "series": Frame(
        "a series watched for drift, and window: its value in this window alone",
        (
            *_WHEN,
            *_SERIES,
            _one("arm", _TEXT, "the arm it is of; null where it is of none"),
            *_OF,
            _one("value", _REAL, "in this window; its unit is the series' own"),
            _one("standard_error", _REAL, "of the value"),
            _one("reference", _REAL, "mean of the reference windows; null while they are taken"),
            _one("reference_standard_error", _REAL, "of the reference"),
            _one("z", _REAL, "value less reference, in standard errors of both"),
        ),
    ),
    "measures": Frame(
        "a measure of the log or of a representation, and window",
        (
            *_WHEN,
            *_MEASURE,
            _one("value", _REAL, "in this window against the reference"),
            _one("reference", _REAL, "what it usually is"),
            _one("threshold", _REAL, "above it, it counts"),
        ),
    ),
    "drift": Frame(
        "a drift event",
        (
            *_WHEN,
            _one("kind", _TEXT, "`series` or `measure`"),
            *_SERIES,
            *_MEASURE,
            _one("arm", _TEXT, "the arm it is of; null where it is of none"),
            *_OF,
            _one("detector", _TEXT, "`adwin`, `page_hinkley` or `threshold`"),
            _one("direction", _TEXT, "`up` or `down`"),
            _one("value", _REAL, "since the change"),
            _one("reference", _REAL, "before it"),
            _one("change", _REAL, "value less reference"),
            _one("standard_error", _REAL, "of the change; null for measures"),
            _one("since_window", _WHOLE, "the window it began with"),
            _one("since", _TIME, "the start of that window", "since_us"),
            _one("points_to", _TEXT, "`data`, `preference-data` or `representation`"),
            _one("words", _TEXT, "a sentence for the person on call"),
        ),
    ),
}
