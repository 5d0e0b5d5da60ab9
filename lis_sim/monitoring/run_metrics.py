"""How a run gets on as Prometheus metrics: progress, its two clocks, and wall times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any

from prometheus_client.metrics_core import HistogramMetricFamily, InfoMetricFamily, Metric
from prometheus_client.utils import floatToGoString

from lis_sim.monitoring.account import RunAccount
from lis_sim.monitoring.families import NAMESPACE, counter, gauge
from lis_sim.monitoring.wall_times import BUCKETS, WallTimes

_RUN = ("run",)


def info_metric(run: str, facts: Mapping[str, object]) -> Metric:
    """Return ``lis_sim_run_info``: the settings a score is read with (horizon, folds, form, …)."""
    metric = InfoMetricFamily(f"{NAMESPACE}run", "Settings of the run, constant while it goes.")
    metric.add_metric((), {"run": run} | {name: str(value) for name, value in facts.items()})
    return metric


def progress_metrics(run: str, record: Mapping[str, Any]) -> Iterator[Metric]:
    """Yield how far the newest committed record has come.

    >>> record = {"window": 0, "clock_us": 1_500_000, "events_total": 10, "windows_undefined": 0}
    >>> for metric in progress_metrics("demo", record):
    ...     print([(sample.name, sample.value) for sample in metric.samples])
    [('lis_sim_events_total', 10.0)]
    [('lis_sim_windows_total', 1.0)]
    [('lis_sim_windows_undefined_total', 0.0)]
    [('lis_sim_stream_clock_seconds', 1.5)]
    """
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
        yield from counter(name, text, _RUN, [((run,), float(value))])
    text = "Time of the replayed stream, seconds since 1970 UTC; not the time of the scrape."
    yield from gauge("stream_clock_seconds", text, _RUN, [((run,), record["clock_us"] / 1e6)])


def age_metric(run: str, record: Mapping[str, Any], newest_us: int) -> Iterator[Metric]:
    """Yield how far the newest committed window lies behind the newest event of the log."""
    text = "Newest event of the log minus the end of the newest committed window, stream clock."
    # The end of a last window lies a little past its last event.
    seconds = max(0, newest_us - record["end_us"]) / 1e6
    yield from gauge("score_age_seconds", text, _RUN, [((run,), seconds)])


def account_metrics(run: str, account: RunAccount) -> Iterator[Metric]:
    """Yield whether the run has ended, when it last committed, and how long windows took."""
    text = "1 once the run has come to its end or was ended by who began it, else 0."
    yield from gauge("run_finished", text, _RUN, [((run,), float(account.finished))])
    text = "When the newest window was committed: wall clock, seconds since 1970 UTC."
    rows = [((run,), account.committed_s)]
    yield from gauge("last_commit_timestamp_seconds", text, _RUN, rows)
    if sum(account.times.windows):
        text = "Wall time the loop waited for representations."
        rows = [((run,), account.times.waited)]
        yield from counter("waited_for_builder_seconds", text, _RUN, rows)
        yield _window_seconds(run, account.times)


def stage_metrics(run: str, stage_seconds: Mapping[str, float]) -> Iterator[Metric]:
    """Yield the wall time each stage of the loop took so far, in seconds."""
    rows = [((run, stage), seconds) for stage, seconds in sorted(stage_seconds.items())]
    text = "Wall time spent in a stage of the loop."
    yield from counter("stage_seconds", text, ("run", "stage"), rows)


def _window_seconds(run: str, times: WallTimes) -> Metric:
    ends = [*map(floatToGoString, BUCKETS), "+Inf"]
    metric = HistogramMetricFamily(
        f"{NAMESPACE}window_seconds", "Wall time of a window.", labels=_RUN
    )
    buckets = list(zip(ends, map(float, accumulate(times.windows)), strict=True))
    metric.add_metric((run,), buckets, times.seconds)
    return metric
