"""The custom collector: renders the newest committed record whenever Prometheus asks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from lis_sim.monitoring.metrics import info_metric, record_metrics, stage_metrics


class RunCollector(Collector):
    """Metrics of one run, read from its committed records at the moment of the scrape.

    Parameters:
        run: value of the ``run`` label.
        latest: returns the newest committed record, None before the first window.
        stage_seconds: returns seconds per stage so far; omitted: no stage metrics.
        info: constant settings for ``lis_sim_run_info``; omitted: no such metric.

    No metric object lives between scrapes, so a restart cannot mix two runs. A record older than
    one already shown (a resumed run catching up) is held back: counters never go back.
    """

    def __init__(
        self,
        run: str,
        latest: Callable[[], Mapping[str, Any] | None],
        stage_seconds: Callable[[], Mapping[str, float]] | None = None,
        info: Mapping[str, object] | None = None,
    ) -> None:
        self._run = run
        self._latest = latest
        self._stage_seconds = stage_seconds
        self._info = info
        self._lock = threading.Lock()
        self._shown: Mapping[str, Any] | None = None
        self._shown_seconds: dict[str, float] = {}

    def collect(self) -> Iterator[Metric]:
        """Yield every metric of the run, as the registry asks for at a scrape."""
        with self._lock:
            record = self._newest()
            seconds = self._longest()
        if self._info is not None:
            yield info_metric(self._run, self._info)
        if record is not None:
            yield from record_metrics(self._run, record)
        yield from stage_metrics(self._run, seconds)

    def _newest(self) -> Mapping[str, Any] | None:
        record = self._latest()
        if record is not None and (
            self._shown is None or record["window"] >= self._shown["window"]
        ):
            self._shown = record
        return self._shown

    def _longest(self) -> dict[str, float]:
        if self._stage_seconds is not None:
            for stage, seconds in self._stage_seconds().items():
                self._shown_seconds[stage] = max(seconds, self._shown_seconds.get(stage, 0.0))
        return dict(self._shown_seconds)
