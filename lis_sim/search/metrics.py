"""Prometheus metrics of a search: trials by status, the best score, what every trial has so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lis_sim.config import MonitoringConfig
from lis_sim.monitoring import Endpoint, Tls
from lis_sim.monitoring.trials import TrialsCollector
from lis_sim.search.ledger import TrialRecord
from lis_sim.search.objective import Objective
from lis_sim.search.page import STATUSES


class SearchMetrics:
    """Tells a collector what trials do; a :class:`~lis_sim.search.watch.SearchWatch`.

    Trials are ``running``, ``finished``, ``stopped`` or ``failed``. The best value is one of
    those that finished: a trial that is stopped has a score of fewer windows.

    >>> collector = search_collector("demo", Objective("auc", arm="clean"))
    >>> watch = SearchMetrics(collector)
    >>> watch.trial_started(TrialRecord(0, {}))
    >>> watch.trial_reported(TrialRecord(0, {}, objective={"auc:clean": 0.8}))
    >>> print(collector.best)
    None
    >>> watch.trial_ended(TrialRecord(0, {}, "finished", objective={"auc:clean": 0.7}))
    >>> collector.best
    0.7
    """

    def __init__(self, collector: TrialsCollector) -> None:
        self._collector = collector
        self._statuses: dict[int, str] = {}

    def trial_started(self, record: TrialRecord) -> None:
        """Count a trial that runs."""
        self._count(record)

    def trial_reported(self, record: TrialRecord) -> None:
        """Show what a trial has so far."""
        self._collector.add_result(str(record.trial), _numbers(record), compared=False)
        self._count(record)

    def trial_ended(self, record: TrialRecord) -> None:
        """Count a trial that has ended, and its score if it came to the cut."""
        finished = record.status == "finished"
        self._collector.add_result(str(record.trial), _numbers(record), compared=finished)
        self._count(record)

    def _count(self, record: TrialRecord) -> None:
        self._statuses[record.trial] = record.status
        self._collector.count_statuses(self._statuses.values())


@contextmanager
def search_metrics(
    name: str,
    objective: Objective,
    config: MonitoringConfig,
    folder: Path,
    say: Callable[[str], None],
) -> Iterator[SearchMetrics]:
    """Serve the metrics of a search while the block runs; ``say`` is told the address.

    Where ``monitoring.enabled`` is false nothing is served.
    """
    collector = search_collector(name, objective)
    watch = SearchMetrics(collector)
    if not config.enabled:
        yield watch
        return
    tls = None
    if config.tls_certificate is not None and config.tls_key is not None:
        tls = Tls(Path(config.tls_certificate), Path(config.tls_key))
    with Endpoint(
        collector,
        port=config.port,
        address=config.address,
        linger_seconds=config.linger_seconds,
        last_scrape_seconds=config.last_scrape_seconds,
        tls=tls,
        folder=folder,
    ) as endpoint:
        say(f"metrics: {endpoint.url}")
        yield watch


def search_collector(name: str, objective: Objective) -> TrialsCollector:
    """Return the collector of a search; its best value is of the first objective."""
    return TrialsCollector(name, objective.name, objective.mode, statuses=STATUSES)


def _numbers(record: TrialRecord) -> Mapping[str, float]:
    played = {"windows": float(record.windows), "events": float(record.events)}
    return {**record.objective, **played}
