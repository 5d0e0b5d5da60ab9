"""The words of a drift event: what changed, as a headline, and where to look first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lis_sim.report.words import VerdictWords

# By what an event points to: true of every event, whatever moved and which way.
_POINTS: Mapping[str, VerdictWords] = {
    "data": VerdictWords(
        "The log itself moved",
        "Look at its sources, its traffic and its labels before reading any score.",
    ),
    "preference-data": VerdictWords(
        "What the preference data carries changed", "Look at how this preference data is collected."
    ),
    "representation": VerdictWords(
        "What the representation brings changed",
        "Look at what is shown since then, and whether the representation knows those items.",
    ),
}
_WITH_THE_LOG = _POINTS["data"]._replace(headline="A score moved, and perhaps the log with it")
_LOOKS_DIFFERENT = _POINTS["representation"]._replace(
    headline="What is shown looks different through the representation"
)

# Known more closely: by what it points to, what moved, and which way.
_MOVES: Mapping[tuple[str, str, str], VerdictWords] = {
    **{
        ("data", score, way): _WITH_THE_LOG
        for score in ("lis_crossfit", "ais")
        for way in ("down", "up")
    },
    ("preference-data", "lis_crossfit", "down"): VerdictWords(
        "The preference data no longer carries what it did",
        "Look at how it is collected; an alignment on it would have less to learn.",
    ),
    ("preference-data", "lis_crossfit", "up"): VerdictWords(
        "The preference data carries more than it did",
        "Look for labels that come back in it before counting on the gain.",
    ),
    ("representation", "ais", "down"): VerdictWords(
        "The representation no longer brings what it did",
        "Look at what is shown since then; align again on newer data if its items are new.",
    ),
    ("representation", "ais", "up"): VerdictWords(
        "The representation brings more than it did",
        "Check its training data for leaks before counting on the gain.",
    ),
    ("representation", "mean_shift", "up"): _LOOKS_DIFFERENT,
    ("representation", "mmd", "up"): _LOOKS_DIFFERENT,
}

# What moved of an arm, whatever that points to.
_OF_ARMS: Mapping[tuple[str, str], str] = {
    ("auc", "down"): "ranks worse than it did",
    ("auc", "up"): "ranks better than it did",
    ("calibration", "down"): "predicts fewer engagements for those observed than it did",
    ("calibration", "up"): "predicts more engagements for those observed than it did",
}


def drift_words(event: Mapping[str, Any]) -> VerdictWords:
    """Return headline and advice of a drift event.

    A loss or a gain is said of a score alone; an arm's AUC and calibration are named as such.

    >>> drift_words({"points_to": "representation", "series": "ais", "direction": "up"}).headline
    'The representation brings more than it did'
    >>> moved = {"series": "auc", "arm": "aligned:title", "direction": "down"}
    >>> drift_words({"points_to": "representation", **moved}).headline
    'The arm aligned:title ranks worse than it did'
    """
    points_to, direction = str(event.get("points_to")), str(event.get("direction"))
    what = str(event.get("series") or event.get("measure")).removesuffix("_over_placebo")
    words = _POINTS.get(points_to, VerdictWords(f"Drift: {points_to}", ""))
    of_arm = _OF_ARMS.get((what, direction))
    if event.get("arm") and of_arm is not None:
        return words._replace(headline=f"The arm {event['arm']} {of_arm}")
    return _MOVES.get((points_to, what, direction), words)
