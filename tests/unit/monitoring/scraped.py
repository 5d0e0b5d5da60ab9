"""What a scrape of one collector gives, as a table."""

from __future__ import annotations

from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from lis_sim.monitoring.collector import RunCollector
from lis_sim.monitoring.text import exposition

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(text: str) -> Samples:
    """Return every sample by name and labels, leaving out `run`."""
    return {
        (sample.name, frozenset(sample.labels.items() - {("run", "demo")})): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def labels(**named: str) -> frozenset[tuple[str, str]]:
    return frozenset(named.items())


def scrape(latest: dict[str, Any] | None, **parts: Any) -> Samples:
    return samples(exposition(RunCollector("demo", lambda: latest, **parts)).decode())
