"""The words of what is measured beside the AUC on a log's own labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lis_sim.report.numbers import plain_text

Entry = Mapping[str, Any]

# The others are in the report, folded away.
_HEADLINES = ("lis_crossfit", "lis_crossfit_over_placebo", "ais", "ais_over_placebo")
_LEFT_OUT = (
    ("missing", "without the outcome"),
    ("only_negatives", "without an engagement"),
    ("only_positives", "with engagements alone"),
)
_MEANING = {
    "auc": (
        "The share of pairs of events in which the one where {label} holds was scored above the "
        "one where it does not, by the same arms, which learned from the log's own label."
    ),
    "ndcg": (
        "Within each request: how near to the top of its list the engaged items stand among the "
        "first {ranks} ranks; 1 is the best order there is. The mean over requests."
    ),
    "mrr": (
        "Within each request: one over the rank of the first engaged item; 1 is the top. The mean "
        "over requests."
    ),
    "user_auc": (
        "The AUC among the events of one user in one window; every user counts the same, however "
        "active."
    ),
}


def metric_title(metric: Entry) -> str:
    """Return what a metric is called.

    >>> metric_title({"metric": "auc", "label": "is_like"})
    'AUC on is_like'
    >>> metric_title({"metric": "ndcg@5", "label": "label"}), metric_title({"metric": "user_auc"})
    ('NDCG@5 of requests', 'AUC within users')
    """
    kind, _, ranks = str(metric["metric"]).partition("@")
    names = {
        "auc": f"AUC on {metric.get('label')}",
        "ndcg": f"NDCG@{ranks} of requests",
        "mrr": "MRR of requests",
        "user_auc": "AUC within users",
    }
    return names.get(kind, str(metric["metric"]))


def metric_words(metric: Entry) -> str:
    """Return what a metric is; an empty string for one of a later version."""
    kind, _, ranks = str(metric["metric"]).partition("@")
    return _MEANING.get(kind, "").format(label=metric.get("label"), ranks=ranks)


def counts_words(metric: Entry) -> str:
    """Return what a metric was counted of, and what was left out.

    >>> counts_words({"metric": "auc", "label": "a", "counts": {"counted": 1200, "missing": 3}})
    '1,200 events; left out: 3 without the outcome.'
    >>> counts = {"counted": 40, "only_negatives": 9, "only_positives": 0, "cut": 2}
    >>> counts_words({"metric": "mrr", "counts": counts})
    "40 requests; left out: 9 without an engagement; 2 are what a window's edge left of a request."
    """
    counts = metric.get("counts") or {}
    kinds = {"auc": "events", "user_auc": "users of windows"}
    told = [f"{counts.get('counted', 0):,} {kinds.get(str(metric['metric']), 'requests')}"]
    left_out = [f"{counts[reason]:,} {words}" for reason, words in _LEFT_OUT if counts.get(reason)]
    if left_out:
        told.append(f"left out: {', '.join(left_out)}")
    if counts.get("cut"):
        told.append(f"{counts['cut']:,} are what a window's edge left of a request")
    return f"{'; '.join(told)}."


def headlines(metric: Entry) -> list[Entry]:
    """Return the scores of a metric that decisions rest on, over all events.

    >>> scores = [{"score": score, "slice": "all"} for score in ("lis", "ais")]
    >>> [one["score"] for one in headlines({"scores": scores})]
    ['ais']
    """
    return [
        entry
        for entry in metric["scores"]
        if entry["slice"] == "all" and entry["score"] in _HEADLINES
    ]


def clean_text(metric: Entry) -> str:
    """Return the metric of the clean arm over all events.

    >>> clean_text({"arms": [{"arm": "clean", "slice": "all", "value": 0.4}]})
    '0.4000'
    """
    for arm in metric["arms"]:
        if (arm["arm"], arm["slice"]) == ("clean", "all"):
            return plain_text(arm.get("value"), undefined="none")
    return "none"
