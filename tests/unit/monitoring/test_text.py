"""The text format, with prometheus-client's own rendering as the oracle."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector, CollectorRegistry

from lis_sim.monitoring.text import exposition

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.from_regex(r"\A[a-z_][a-z0-9_]{0,8}\Z")
NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


class Fixed(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self.metrics = metrics

    def collect(self) -> Iterator[Metric]:
        yield from self.metrics


@st.composite
def families(draw: st.DrawFn) -> Metric:
    metric: CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily
    kind = draw(st.sampled_from([CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily]))
    names = draw(st.lists(NAMES.filter(lambda n: n != "le"), max_size=3, unique=True))
    metric = kind(draw(NAMES), draw(TEXTS), labels=names)
    for _ in range(draw(st.integers(0, 3))):
        values = draw(st.tuples(*[TEXTS for _ in names]))
        if isinstance(metric, HistogramMetricFamily):
            metric.add_metric(values, [("0.5", 1.0), ("+Inf", draw(NUMBERS))], draw(NUMBERS))
        else:
            metric.add_metric(values, draw(NUMBERS))
    return metric


@settings(max_examples=30)
@given(st.lists(families(), max_size=3), st.dictionaries(NAMES, TEXTS, max_size=3))
def test_the_bytes_are_those_of_prometheus_client(
    metrics: list[Metric], facts: dict[str, str]
) -> None:
    info = InfoMetricFamily("lis_sim_run", "Settings.")
    info.add_metric((), facts)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Fixed([info, *metrics]))
    assert exposition(registry) == generate_latest(registry)


def test_a_name_that_is_not_utf8_does_not_end_the_scrape() -> None:
    metric = GaugeMetricFamily("lis_sim_demo", "A demo.", labels=["run"])
    metric.add_metric(["caf\udce9"], 1.0)
    assert b'lis_sim_demo{run="caf?"} 1.0' in exposition(Fixed([metric]))
