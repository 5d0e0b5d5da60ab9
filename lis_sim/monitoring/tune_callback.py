"""Prometheus metrics of any Ray Tune search."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

from ray.tune import Callback
from ray.tune.result import AUTO_RESULT_KEYS, DEBUG_METRICS

from lis_sim.monitoring.reported_numbers import reported_numbers
from lis_sim.monitoring.travelling import TravellingEndpoint
from lis_sim.monitoring.trials import TrialsCollector

_OF_TUNE = {*AUTO_RESULT_KEYS, *DEBUG_METRICS}  # filled in by Tune, of no news to anybody


class TuneMetricsCallback(Callback):  # type: ignore[misc, unused-ignore]  # Ray ships no types
    """Serves trials by status, the best value and what every trial last reported.

    The endpoint lives in the process that calls ``Tuner.fit()`` and is closed at the end of the
    search; a second search with the same callback shows nothing of the first.

    Parameters:
        experiment: value of the ``experiment`` label.
        metric, mode: as in ``TuneConfig``; None: no best value.
        only: names of the reported numbers to show, nested ones with slashes; None: all.
        max_trials: how many trials have series of their own: those that reported last.
        max_metrics: how many numbers of a trial are shown at most.
        endpoint: settings of :class:`~lis_sim.monitoring.endpoint.Endpoint`: ``port``,
            ``address``, ``linger_seconds``, ``tls``, ``folder``.

    >>> callback = TuneMetricsCallback("ranker", metric="auc", mode="max", port=0)
    >>> # tune.Tuner(train, run_config=tune.RunConfig(callbacks=[callback])).fit()
    >>> callback.setup()
    >>> callback.url.startswith("http://127.0.0.1:")
    True
    >>> callback.on_experiment_end(trials=[])
    """

    def __init__(
        self,
        experiment: str = "tune",
        *,
        metric: str | None = None,
        mode: Literal["max", "min"] = "max",
        only: Collection[str] | None = None,
        max_trials: int = 100,
        max_metrics: int = 20,
        **endpoint: Any,
    ) -> None:
        super().__init__()
        self._search = (experiment, metric, mode, max_trials)
        self._metric = metric
        self._only = None if only is None else {*only, *filter(None, [metric])}
        self._max_metrics = max_metrics
        self._endpoint = TravellingEndpoint(endpoint)
        self._trials = TrialsCollector(*self._search)

    @property
    def url(self) -> str | None:
        """The address to scrape; None before the search and after it."""
        return self._endpoint.url

    def setup(self, *arguments: Any, **named: Any) -> None:
        """Open the endpoint; Tune calls it once, before anything else."""
        self._trials = TrialsCollector(*self._search)
        self._endpoint.open(self._trials)

    def on_step_end(self, iteration: int, trials: list[Any], **named: Any) -> None:
        """Count the trials by status."""
        self._trials.count_statuses(trial.status for trial in trials)

    def on_trial_result(
        self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **named: Any
    ) -> None:
        """Take the numbers that a trial reported."""
        self._trials.add_result(str(trial.trial_id), self._numbers(result))

    def on_experiment_end(self, trials: list[Any], **named: Any) -> None:
        """Show the last state for ``linger_seconds`` and close."""
        self._trials.count_statuses(trial.status for trial in trials)
        self._endpoint.close(linger=True)

    def get_state(self) -> dict[str, Any]:
        """Return what a restored search goes on from."""
        return {"best": self._trials.best, "results": self._trials.results}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from what :meth:`get_state` returned."""
        self._trials.best, self._trials.results = state["best"], state["results"]

    def _numbers(self, result: Mapping[str, Any]) -> dict[str, float]:
        own = {name: value for name, value in result.items() if name not in _OF_TUNE}
        numbers = reported_numbers(own, self._only)
        # What is searched for is never the one that is left out.
        first = sorted(numbers, key=lambda name: (name != self._metric, name))
        return {name: numbers[name] for name in first[: self._max_metrics]}
