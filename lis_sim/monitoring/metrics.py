"""A committed record as Prometheus metrics: names, labels and units, and nothing else.

An undefined value (a window with one class, no window after the warm-up yet) has no sample.
Labels are `run`, `arm`, `slice`, `score`, `preference`, `representation` and `stage`; never a user,
an item or a window, whose numbers would grow without limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)

Record = Mapping[str, Any]
Row = tuple[tuple[str, ...], float | None]

_ARM = ("run", "arm", "slice")
_SCORE = ("run", "score", "preference", "representation", "slice")

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


def record_metrics(run: str, record: Record) -> Iterator[Metric]:
    """Yield the metrics of one committed record (a line of ``windows.jsonl``).

    >>> record = {
    ...     "window": 0,
    ...     "clock_us": 1_500_000,
    ...     "events_total": 10,
    ...     "windows_undefined": 0,
    ...     "arms": [],
    ...     "scores": [],
    ... }
    >>> for metric in record_metrics("demo", record):
    ...     for sample in metric.samples:
    ...         print(sample.name, sample.labels, sample.value)
    lis_sim_events_total {'run': 'demo'} 10.0
    lis_sim_windows_total {'run': 'demo'} 1.0
    lis_sim_windows_undefined_total {'run': 'demo'} 0.0
    lis_sim_stream_clock_seconds {'run': 'demo'} 1.5
    """
    yield from _progress(run, record)
    for name, path, text in _ARM_GAUGES:
        rows = [(_arm_labels(run, entry), _at(entry, path)) for entry in record["arms"]]
        yield from _gauge(name, text, _ARM, rows)
    for name, path, text in _SCORE_GAUGES:
        rows = [(_score_labels(run, entry), _at(entry, path)) for entry in record["scores"]]
        yield from _gauge(name, text, _SCORE, rows)


def stage_metrics(run: str, stage_seconds: Mapping[str, float]) -> Iterator[Metric]:
    """Yield the wall time each stage of the loop took so far, in seconds."""
    metric = CounterMetricFamily(
        "lis_sim_stage_seconds", "Wall time spent in a stage of the loop.", labels=("run", "stage")
    )
    for stage, seconds in sorted(stage_seconds.items()):
        metric.add_metric((run, stage), seconds)
    if metric.samples:
        yield metric


def info_metric(run: str, facts: Mapping[str, object]) -> Metric:
    """Return ``lis_sim_run_info``: the settings a score is read with (horizon, folds, form, …)."""
    metric = InfoMetricFamily("lis_sim_run", "Settings of the run, constant while it goes.")
    metric.add_metric((), {"run": run} | {name: str(value) for name, value in facts.items()})
    return metric


def _progress(run: str, record: Record) -> Iterator[Metric]:
    counters = (
        ("events", "Events of the log replayed and committed.", record["events_total"]),
        ("windows", "Windows committed.", record["window"] + 1),
        (
            "windows_undefined",
            "Committed windows after the warm-up in which one class was missing.",
            record["windows_undefined"],
        ),
    )
    for name, text, value in counters:
        counter = CounterMetricFamily(f"lis_sim_{name}", text, labels=("run",))
        counter.add_metric((run,), float(value))
        yield counter
    clock_s = record["clock_us"] / 1e6
    yield from _gauge(
        "stream_clock_seconds",
        "Time of the replayed stream, seconds since 1970 UTC; not the time of the scrape.",
        ("run",),
        [((run,), clock_s)],
    )


def _gauge(name: str, text: str, labels: Sequence[str], rows: Sequence[Row]) -> Iterator[Metric]:
    metric = GaugeMetricFamily(f"lis_sim_{name}", text, labels=labels)
    for values, value in rows:
        if value is not None:
            metric.add_metric(values, value)
    if metric.samples:
        yield metric


def _arm_labels(run: str, entry: Record) -> tuple[str, ...]:
    return (run, entry["arm"], entry["slice"])


def _score_labels(run: str, entry: Record) -> tuple[str, ...]:
    # Prometheus reads an empty label as an absent one.
    preference, representation = entry.get("preference"), entry.get("representation")
    return (run, entry["score"], preference or "", representation or "", entry["slice"])


def _at(entry: Record, path: Sequence[str]) -> float | None:
    found: Any = entry
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if found is None else float(found)
