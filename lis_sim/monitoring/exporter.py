"""Serve a run's metrics on this machine for as long as it goes, and a set time after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from lis_sim.monitoring.account import RunAccount
from lis_sim.monitoring.collector import RunCollector
from lis_sim.monitoring.endpoint import DEFAULT_PORT, Endpoint
from lis_sim.monitoring.server import Tls


class Exporter(Endpoint):
    """A Prometheus endpoint over the committed records of one run, as a context manager.

    Parameters:
        run, latest, stage_seconds, info, account, newest_us, cooldown_windows: see
            :class:`~lis_sim.monitoring.collector.RunCollector`.
        port, linger_seconds, last_scrape_seconds, address, tls, folder: see
            :class:`~lis_sim.monitoring.endpoint.Endpoint`.

    ``registry`` holds what is served; more collectors can be registered there.

    >>> from urllib.request import urlopen
    >>> record = {
    ...     "window": 3,
    ...     "clock_us": 0,
    ...     "events_total": 4096,
    ...     "windows_undefined": 0,
    ...     "arms": [],
    ...     "scores": [],
    ... }
    >>> with Exporter("demo", lambda: record, port=0) as exporter:
    ...     lines = urlopen(exporter.url).read().decode().splitlines()
    >>> [line for line in lines if line.startswith("lis_sim_events_total")]
    ['lis_sim_events_total{run="demo"} 4096.0']
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
        port: int = DEFAULT_PORT,
        linger_seconds: float = 0.0,
        last_scrape_seconds: float = 0.0,
        address: str = "127.0.0.1",
        tls: Tls | None = None,
        folder: Path | None = None,
    ) -> None:
        collector = RunCollector(
            run,
            latest,
            stage_seconds,
            info,
            account=account,
            newest_us=newest_us,
            cooldown_windows=cooldown_windows,
        )
        # A registry of its own: two runs of one process do not collide.
        self.registry = CollectorRegistry()
        self.registry.register(collector)
        super().__init__(
            self.registry,
            port=port,
            linger_seconds=linger_seconds,
            last_scrape_seconds=last_scrape_seconds,
            address=address,
            tls=tls,
            folder=folder,
        )
