"""The newest window as Prometheus metrics: its events, and what is watched for drift in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client.metrics_core import Metric

from lis_sim.monitoring.families import at, gauge, named

_SERIES = ("series", "arm", "preference", "representation")
_MEASURE = ("measure", "of")

# (metric, field of one entry of the record's `series` or `measures`, help)
_SERIES_GAUGES = (
    ("window_value", "value", "A series watched for drift, in the last committed window alone."),
    ("window_standard_error", "standard_error", "Standard error of lis_sim_window_value."),
    (
        "window_reference",
        "reference",
        "What lis_sim_window_value is compared with; absent while the reference is being taken.",
    ),
    (
        "window_reference_standard_error",
        "reference_standard_error",
        "Standard error of lis_sim_window_reference.",
    ),
    (
        "window_z",
        "z",
        "lis_sim_window_value minus lis_sim_window_reference, in standard errors of both.",
    ),
)
_MEASURE_GAUGES = (
    (
        "measure_value",
        "value",
        "A measure of the data or of a representation in the last committed window, against the "
        "reference.",
    ),
    ("measure_reference", "reference", "What lis_sim_measure_value was in the reference."),
    ("measure_threshold", "threshold", "The effect size above which lis_sim_measure_value counts."),
)


def window_metrics(run: str, record: Mapping[str, Any]) -> Iterator[Metric]:
    """Yield what one committed record tells of its window, arms and scores apart.

    A record without ``series`` and ``measures`` is one of a run whose ``drift.enabled`` is false.

    >>> record = {"events": 200, "positives": 50}
    >>> record["measures"] = [{"measure": "psi", "of": "items", "value": 0.3, "threshold": 0.2}]
    >>> for metric in window_metrics("demo", record):
    ...     print([(sample.name, sample.value) for sample in metric.samples])
    [('lis_sim_window_events', 200.0)]
    [('lis_sim_window_label_rate', 0.25)]
    [('lis_sim_measure_value', 0.3)]
    [('lis_sim_measure_threshold', 0.2)]
    """
    yield from _events(run, record)
    series = [((run, *named(entry, *_SERIES)), entry) for entry in record.get("series", ())]
    for name, field, text in _SERIES_GAUGES:
        yield from gauge(name, text, ("run", *_SERIES), [(k, at(e, (field,))) for k, e in series])
    measures = [((run, *named(entry, *_MEASURE)), entry) for entry in record.get("measures", ())]
    for name, field, text in _MEASURE_GAUGES:
        yield from gauge(
            name, text, ("run", *_MEASURE), [(k, at(e, (field,))) for k, e in measures]
        )


def _events(run: str, record: Mapping[str, Any]) -> Iterator[Metric]:
    events, positives = at(record, ("events",)), at(record, ("positives",))
    text = "Events of the last committed window."
    yield from gauge("window_events", text, ("run",), [((run,), events)])
    if events and positives is not None:
        text = "Share of the events of the last committed window that are positive."
        yield from gauge("window_label_rate", text, ("run",), [((run,), positives / events)])
