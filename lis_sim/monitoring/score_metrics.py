"""Arms and scores of a committed record as Prometheus metrics: names, labels and units.

An undefined value (a window with one class, no window after the warm-up yet) has no sample.
Labels never hold a user, an item or a window, whose numbers would grow without limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client.metrics_core import Metric

from lis_sim.monitoring.families import at, gauge, named

_ARM = ("arm", "slice")
_SCORE = ("score", "preference", "representation", "slice")

# (metric, path into one entry of the record's `arms` or `scores`, help)
_ARM_GAUGES = (
    ("auc", ("cumulative", "value"), "AUC of an arm, window-stratified since the warm-up."),
    ("auc_low", ("cumulative", "low"), "Lower end of the 95% interval of lis_sim_auc."),
    ("auc_high", ("cumulative", "high"), "Upper end of the 95% interval of lis_sim_auc."),
    ("window_auc", ("auc_mean",), "AUC of an arm in the last committed window, replicate mean."),
    ("window_log_loss", ("log_loss",), "Log loss of an arm in the last committed window, nats."),
    (
        "window_calibration_ratio",
        ("calibration",),
        "Predicted over observed positives of an arm in the last committed window.",
    ),
)
_SCORE_GAUGES = (
    (
        "score",
        ("value",),
        "The LIS family (lis, lis_crossfit, self_leak, history, placebo, ais, realised) since the "
        "warm-up: a difference of AUC, for realised a ratio of differences.",
    ),
    ("score_low", ("low",), "Lower end of the 95% interval of lis_sim_score, for a single look."),
    ("score_high", ("high",), "Upper end of the 95% interval of lis_sim_score, for a single look."),
    (
        "score_anytime_low",
        ("anytime_low",),
        "Lower end of the 95% confidence sequence of lis_sim_score: holds at every window at once.",
    ),
    (
        "score_anytime_high",
        ("anytime_high",),
        "Upper end of the 95% confidence sequence of lis_sim_score: holds at every window at once.",
    ),
    (
        "score_recent",
        ("recent", "value"),
        "As lis_sim_score, with older windows counting less; of all events only.",
    ),
    ("score_recent_low", ("recent", "low"), "Lower end of its 95% interval, for a single look."),
    ("score_recent_high", ("recent", "high"), "Upper end of its 95% interval, for a single look."),
    ("score_standard_error", ("standard_error",), "Standard error of lis_sim_score, all parts."),
)


def score_metrics(run: str, record: Mapping[str, Any]) -> Iterator[Metric]:
    """Yield the arms and scores of one committed record (a line of ``windows.jsonl``).

    >>> score = {"score": "lis", "preference": "a", "slice": "all", "value": 0.02, "low": None}
    >>> for metric in score_metrics("demo", {"arms": [], "scores": [score]}):
    ...     print([(sample.name, sample.value) for sample in metric.samples])
    [('lis_sim_score', 0.02)]
    """
    arms = [((run, *named(entry, *_ARM)), entry) for entry in record["arms"]]
    for name, path, text in _ARM_GAUGES:
        yield from gauge(name, text, ("run", *_ARM), [(k, at(e, path)) for k, e in arms])
    scores = [((run, *named(entry, *_SCORE)), entry) for entry in record["scores"]]
    for name, path, text in _SCORE_GAUGES:
        yield from gauge(name, text, ("run", *_SCORE), [(k, at(e, path)) for k, e in scores])
