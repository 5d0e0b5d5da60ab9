"""The columns of a comparison's frames: each run's value, and the second less the first."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from lis_sim.training.frames.column import Column
from lis_sim.training.frames.columns import Frame

_WHOLE, _REAL, _TEXT, _TRUTH = pa.int64(), pa.float64(), pa.string(), pa.bool_()
_SIDES = (("first", "of the first run"), ("second", "of the second run"))
_ENDS = (("", "value", ""), ("_low", "low", ", lower end"), ("_high", "high", ", upper end"))


def _both(name: str, kind: pa.DataType, words: str) -> list[Column]:
    return [
        Column(f"{side}_{name}", kind, f"{words} {said}", (side, name)) for side, said in _SIDES
    ]


def _values(what: str) -> list[Column]:
    """Return value and interval of either run, then of the difference."""
    sides = [
        Column(f"{side}{end}", _REAL, f"{what} {said}{words}", (side, part))
        for side, said in _SIDES
        for end, part, words in _ENDS
    ]
    difference = [
        Column(f"difference{end}", _REAL, f"second less first, paired{words}", ("difference", part))
        for end, part, words in _ENDS
    ]
    return sides + difference


_OF_DIFFERENCE = tuple(
    Column(name, kind, words, ("difference", name))
    for kind, names in (
        (
            _REAL,
            {
                "standard_error": "of the difference, all parts",
                "standard_error_users": "the part of which users the log has",
                "standard_error_items": "the part of what users share through items",
                "standard_error_training": "the part of the seeds; null with one replicate",
                "degrees_of_freedom": "of the t quantile behind the interval",
            },
        ),
        (
            _WHOLE,
            {
                "users": "users with an event in the windows that count",
                "windows": "windows that count",
                "windows_undefined": "windows after the warm-up that do not",
                "positives": "events with label 1 in the windows that count",
                "negatives": "events with label 0 in the windows that count",
                "replicates": "paired trainings",
            },
        ),
        (_TRUTH, {"this_training_run_only": "one replicate: the luck of training is left out"}),
    )
    for name, words in names.items()
)
_SLICE = Column("slice", _TEXT, "`all`, `cold`, `warm`", ("slice",))

COMPARED: Mapping[str, Frame] = {
    "arms": Frame(
        "an arm of both runs, and slice",
        (
            *_both("arm", _TEXT, "the arm"),
            _SLICE,
            *_values("AUC"),
            *_OF_DIFFERENCE,
        ),
    ),
    "scores": Frame(
        "a score of both runs, and slice",
        (
            Column("score", _TEXT, "a name of the LIS family", ("score",)),
            *_both("preference", _TEXT, "preference data set"),
            *_both("representation", _TEXT, "representation table"),
            _SLICE,
            *_values("the score"),
            *_OF_DIFFERENCE,
            *_both("horizon", _TEXT, "leak horizon"),
            *_both("folds", _WHOLE, "folds of users"),
            *_both("form", _TEXT, "form"),
            *_both("trained_until", _TEXT, "cut of the representation"),
        ),
    ),
    "outcomes": Frame(
        "a pair of names that was compared",
        tuple(
            Column(name, _TEXT, words, (name,))
            for name, words in {
                "sort": "`preference` or `representation`",
                "first": "its name in the first run",
                "second": "its name in the second run",
                "score": "the score that was judged",
                "outcome": "`first`, `second`, `alike`, `equal`, `inconclusive`, ...",
                "because": "the reason, with its numbers",
            }.items()
        ),
    ),
}
