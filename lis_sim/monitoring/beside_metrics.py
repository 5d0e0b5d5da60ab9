"""What a run measures beside the AUC on its log's own labels, as Prometheus metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client.metrics_core import Metric

from lis_sim.monitoring.families import Row, at, gauge, named

_METRIC = ("metric", "label")
_ARM = ("arm", "slice")
_SCORE = ("score", "preference", "representation", "slice")

# (metric, field of `cumulative` of an arm, or of a score, in the record's `metrics`, help)
_ARM_GAUGES = (
    ("metric", "value", "A measure beside the AUC of an arm, since the warm-up."),
    ("metric_low", "low", "Lower end of the 95% interval of lis_sim_metric."),
    ("metric_high", "high", "Upper end of the 95% interval of lis_sim_metric."),
)
_SCORE_GAUGES = (
    (
        "metric_score",
        "value",
        "The LIS family of a measure beside the AUC, since the warm-up: a difference of the "
        "measure, for realised a ratio of differences.",
    ),
    (
        "metric_score_low",
        "low",
        "Lower end of the 95% interval of lis_sim_metric_score, for a single look.",
    ),
    (
        "metric_score_high",
        "high",
        "Upper end of the 95% interval of lis_sim_metric_score, for a single look.",
    ),
)


def beside_metrics(run: str, record: Mapping[str, Any]) -> Iterator[Metric]:
    """Yield the ``metrics`` of one committed record; nothing where the run measures none.

    >>> arm = {"arm": "clean", "slice": "all", "cumulative": {"value": 0.4}}
    >>> record = {"metrics": [{"metric": "mrr", "label": "label", "arms": [arm], "scores": []}]}
    >>> for metric in beside_metrics("demo", record):
    ...     print([(sample.name, sample.labels["metric"]) for sample in metric.samples])
    [('lis_sim_metric', 'mrr')]
    """
    metrics = record.get("metrics", ())
    for name, field, text in _ARM_GAUGES:
        rows = _rows(run, metrics, "arms", _ARM, ("cumulative", field))
        yield from gauge(name, text, ("run", *_METRIC, *_ARM), rows)
    for name, field, text in _SCORE_GAUGES:
        rows = _rows(run, metrics, "scores", _SCORE, (field,))
        yield from gauge(name, text, ("run", *_METRIC, *_SCORE), rows)


def _rows(
    run: str, metrics: Any, field: str, labels: tuple[str, ...], path: tuple[str, ...]
) -> Iterator[Row]:
    for metric in metrics:
        of = (run, *named(metric, *_METRIC))
        for entry in metric[field]:
            yield (*of, *named(entry, *labels)), at(entry, path)
