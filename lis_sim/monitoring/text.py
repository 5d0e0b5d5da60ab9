"""Metrics in Prometheus' text format, rendered fast enough to be asked for at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample
from prometheus_client.utils import floatToGoString

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# What the text format calls the types of prometheus-client, and the suffix of their names.
_TYPES = {"counter": ("counter", "_total"), "info": ("gauge", "_info")}
_number: Callable[[float], str] = floatToGoString  # it has no annotations


def exposition(collector: Collector) -> bytes:
    r"""Return every metric of ``collector`` in text format 0.0.4, UTF-8.

    The bytes are those of ``prometheus_client.generate_latest`` for counters, gauges, histograms
    and infos without timestamps, in less than half its time: the same labels come at every
    scrape, and under many names, and are written out once.

    >>> from prometheus_client.metrics_core import GaugeMetricFamily
    >>> class One(Collector):
    ...     def collect(self):
    ...         yield GaugeMetricFamily("lis_sim_demo", "A demo.", value=0.25)
    >>> print(exposition(One()).decode(), end="")
    # HELP lis_sim_demo A demo.
    # TYPE lis_sim_demo gauge
    lis_sim_demo 0.25
    """
    text = "".join(line for metric in collector.collect() for line in _lines(metric))
    # A folder's name need not be UTF-8; Prometheus takes nothing else.
    return text.encode("utf-8", "replace")


def _lines(metric: Metric) -> Iterator[str]:
    kind, suffix = _TYPES.get(metric.type, (metric.type, ""))
    name = metric.name + suffix
    text = metric.documentation.replace("\\", r"\\").replace("\n", r"\n")
    yield f"# HELP {name} {text}\n# TYPE {name} {kind}\n"
    yield from map(_line, metric.samples)


def _line(sample: Sample) -> str:
    labels = _labels(tuple(sample.labels.items()))
    return f"{sample.name}{labels} {_number(sample.value)}\n"


@lru_cache(maxsize=1 << 14)
def _labels(items: tuple[tuple[str, str], ...]) -> str:
    if not items:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in sorted(items)) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
