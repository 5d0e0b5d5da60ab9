"""Prometheus metrics of any Ray Train run."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ray.train import UserCallback

from lis_sim.monitoring.reported_numbers import reported_numbers
from lis_sim.monitoring.reports import ReportsCollector
from lis_sim.monitoring.travelling import TravellingEndpoint


class TrainMetricsCallback(UserCallback):  # type: ignore[misc, unused-ignore]  # Ray ships no types
    """Serves what the workers last reported, over all of them: mean, least and greatest.

    The endpoint lives in Ray Train's controller, from the first report to the end of the run;
    ``folder`` tells its address. A controller that Ray starts again opens it again.

    Parameters:
        run: value of the ``run`` label; None: the name in Ray's ``RunConfig``.
        only: names of the reported numbers to show, nested ones with slashes; None: all.
        max_metrics: how many of them are shown at most.
        endpoint: settings of :class:`~lis_sim.monitoring.endpoint.Endpoint`: ``port``,
            ``address``, ``tls``, ``folder``.

    >>> callback = TrainMetricsCallback("ranker", port=0)
    >>> # TorchTrainer(train, run_config=ray.train.RunConfig(callbacks=[callback])).fit()
    >>> callback.after_report(None, [{"loss": 0.5}, {"loss": 0.7}], None)
    >>> callback.url.startswith("http://127.0.0.1:")
    True
    >>> callback.close()
    """

    def __init__(
        self,
        run: str | None = None,
        *,
        only: Collection[str] | None = None,
        max_metrics: int = 100,
        **endpoint: Any,
    ) -> None:
        super().__init__()
        self._run = run
        self._only = only
        self._max_metrics = max_metrics
        self._endpoint = TravellingEndpoint(endpoint)
        self._reports: ReportsCollector | None = None

    @property
    def url(self) -> str | None:
        """The address to scrape; None before the first report, and in other processes."""
        return self._endpoint.url

    def after_report(
        self, run_context: Any, metrics: list[dict[str, Any]], checkpoint: Any
    ) -> None:
        """Take what all workers reported; Ray Train calls it in its controller."""
        workers = [reported_numbers(one, self._only, self._max_metrics) for one in metrics]
        self._opened(run_context).add_report(workers, checkpoint is not None)

    def after_exception(self, run_context: Any, worker_exceptions: dict[int, Exception]) -> None:
        """Count the workers that failed."""
        self._opened(run_context).add_exceptions(len(worker_exceptions))

    def close(self) -> None:
        """Stop answering; the end of the controller's process does it too."""
        self._endpoint.close()
        self._reports = None

    def _opened(self, run_context: Any) -> ReportsCollector:
        if self._reports is None:  # here, in the controller's process
            run = self._run or str(run_context.run_config.name or "train")
            self._reports = ReportsCollector(run)
            self._endpoint.open(self._reports)
        return self._reports
