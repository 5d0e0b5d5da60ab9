"""Metric families of prometheus-client, built from rows of label values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

NAMESPACE = "lis_sim_"
Row: TypeAlias = tuple[tuple[str, ...], float | None]


def gauge(name: str, text: str, labels: Sequence[str], rows: Iterable[Row]) -> Iterator[Metric]:
    """Yield one gauge with the rows that have a value; nothing when none has.

    Parameters:
        name: without the namespace.
        text: what it means, as ``# HELP`` shows it.
        labels: names of the labels, in the order of each row's values.
        rows: (label values, value); a value of None is undefined and has no sample.

    >>> rows = [(("demo", "clean"), 0.7), (("demo", "leaked:a"), None)]
    >>> for metric in gauge("auc", "AUC of an arm.", ("run", "arm"), rows):
    ...     print([(sample.name, sample.labels, sample.value) for sample in metric.samples])
    [('lis_sim_auc', {'run': 'demo', 'arm': 'clean'}, 0.7)]
    """
    yield from _filled(GaugeMetricFamily(NAMESPACE + name, text, labels=labels), rows)


def counter(name: str, text: str, labels: Sequence[str], rows: Iterable[Row]) -> Iterator[Metric]:
    """Yield one counter like :func:`gauge`; ``name`` has neither namespace nor ``_total``."""
    yield from _filled(CounterMetricFamily(NAMESPACE + name, text, labels=labels), rows)


def at(entry: Mapping[str, Any], path: Sequence[str]) -> float | None:
    """Return the number at ``path`` inside an entry of a record, None where there is none."""
    found: Any = entry
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return None if found is None else float(found)


def named(entry: Mapping[str, Any], *fields: str) -> tuple[str, ...]:
    """Return label values of an entry; what it lacks is empty, which Prometheus reads as absent."""
    return tuple(str(entry.get(field) or "") for field in fields)


def _filled(
    metric: GaugeMetricFamily | CounterMetricFamily, rows: Iterable[Row]
) -> Iterator[Metric]:
    for values, value in rows:
        if value is not None:
            metric.add_metric(values, value)
    if metric.samples:
        yield metric
