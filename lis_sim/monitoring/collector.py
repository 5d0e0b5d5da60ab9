"""The custom collector: renders what is committed whenever Prometheus asks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from lis_sim.monitoring.account import RunAccount
from lis_sim.monitoring.beside_metrics import beside_metrics
from lis_sim.monitoring.drift_metrics import drift_metrics
from lis_sim.monitoring.run_metrics import (
    account_metrics,
    age_metric,
    info_metric,
    progress_metrics,
    stage_metrics,
)
from lis_sim.monitoring.score_metrics import score_metrics
from lis_sim.monitoring.window_metrics import window_metrics


class RunCollector(Collector):
    """Metrics of one run, read from its committed records at the moment of the scrape.

    Parameters:
        run: value of the ``run`` label.
        latest: returns the newest committed record, None before the first window.
        stage_seconds: returns seconds per stage so far; omitted: no stage metrics.
        info: constant settings for ``lis_sim_run_info``; omitted: no such metric.
        account: returns what all records add up to; omitted: no drift events, no wall times, no
            ``lis_sim_run_finished``.
        newest_us: returns the time of the newest event of the log; omitted, or None:
            no ``lis_sim_score_age_seconds``.
        cooldown_windows: so many windows after its own a drift event counts as in force.

    No metric object lives between scrapes, so a restart cannot mix two runs. A record older than
    one already shown (a resumed run catching up) is held back: counters never go back.
    """

    def __init__(
        self,
        run: str,
        latest: Callable[[], Mapping[str, Any] | None],
        stage_seconds: Callable[[], Mapping[str, float]] | None = None,
        info: Mapping[str, object] | None = None,
        *,
        account: Callable[[], RunAccount] | None = None,
        newest_us: Callable[[], int | None] | None = None,
        cooldown_windows: int = 0,
    ) -> None:
        self._run = run
        self._latest = latest
        self._stage_seconds = stage_seconds
        self._info = info
        self._account = account
        self._newest_us = newest_us
        self._cooldown_windows = cooldown_windows
        self._lock = threading.Lock()
        self._shown: Mapping[str, Any] | None = None
        self._shown_seconds: dict[str, float] = {}

    def collect(self) -> Iterator[Metric]:
        """Yield every metric of the run, as the registry asks for at a scrape."""
        with self._lock:
            record = self._newest()
            seconds = self._longest()
            account = None if self._account is None else self._account()
        if self._info is not None:
            yield info_metric(self._run, self._info)
        if record is not None:
            yield from self._of_record(record)
        if account is not None:
            yield from account_metrics(self._run, account)
            yield from drift_metrics(
                self._run, account.drift, account.window, self._cooldown_windows
            )
        yield from stage_metrics(self._run, seconds)

    def _of_record(self, record: Mapping[str, Any]) -> Iterator[Metric]:
        yield from progress_metrics(self._run, record)
        newest_us = None if self._newest_us is None else self._newest_us()
        if newest_us is not None:
            yield from age_metric(self._run, record, newest_us)
        yield from score_metrics(self._run, record)
        yield from beside_metrics(self._run, record)
        yield from window_metrics(self._run, record)

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
