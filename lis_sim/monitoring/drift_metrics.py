"""Drift events as Prometheus metrics: how many there were, and which are still in force."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from lis_sim.monitoring.drift_tally import EVENT_LABELS, DriftTally
from lis_sim.monitoring.families import counter, gauge

POINTS_TO = ("data", "preference-data", "representation")
_COUNTED = ("run", "kind", "series", "measure", "points_to")
_EVENT = ("run", *EVENT_LABELS)


def drift_metrics(
    run: str, drift: DriftTally, window: int, cooldown_windows: int
) -> Iterator[Metric]:
    """Yield the drift events of all committed windows.

    Parameters:
        run: value of the ``run`` label.
        drift: what the records add up to.
        window: the newest committed one.
        cooldown_windows: so many windows after its own an event counts as in force.

    Whatever is watched has counters from the first window on: Prometheus' ``increase`` does not
    see the step from absent to 1.

    >>> tally = DriftTally(watched={("series", "auc", "")})
    >>> (metric,) = drift_metrics("demo", tally, 3, 8)
    >>> [(sample.labels["points_to"], sample.value) for sample in metric.samples]
    [('data', 0.0), ('preference-data', 0.0), ('representation', 0.0)]
    """
    known = {(*thing, points_to): 0 for thing in drift.watched for points_to in POINTS_TO}
    counts = sorted((known | drift.counts).items())
    text = "Drift events, by what moved and what they point to."
    yield from counter(
        "drift_events", text, _COUNTED, [((run, *labels), float(n)) for labels, n in counts]
    )
    newest = [((run, *labels), one) for labels, one in drift.newest.items()]
    yield from gauge(
        "drift_active",
        "1 from a drift event until its cool-down is over, then 0.",
        _EVENT,
        [(k, float(window - one.window <= cooldown_windows)) for k, one in newest],
    )
    yield from gauge(
        "drift_change",
        "Value minus reference at the newest drift event of these labels.",
        _EVENT,
        [(k, one.change) for k, one in newest],
    )
    yield from gauge(
        "drift_since_seconds",
        "Since when, by the newest drift event of these labels: stream clock, since 1970 UTC.",
        _EVENT,
        [(k, one.since_s) for k, one in newest],
    )
