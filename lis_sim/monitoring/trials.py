"""The trials of a search as Prometheus metrics; knows nothing of Ray."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from lis_sim.monitoring.families import Row, counter, gauge

STATUSES = ("pending", "running", "paused", "terminated", "error")


class TrialsCollector(Collector):
    """Trials by status, the best value so far, and the last numbers of every trial.

    Parameters:
        experiment: value of the ``experiment`` label.
        metric, mode: what is searched for, ``max`` or ``min``; None: no best value.
        max_trials: how many trials have series of their own: those that reported last.
        statuses: those that are shown as 0 where no trial has them.

    One thread tells it news while others scrape: every table is replaced, never changed.

    >>> collector = TrialsCollector("demo", "auc", "max")
    >>> collector.count_statuses(["RUNNING", "RUNNING", "PENDING"])
    >>> collector.add_result("a", {"auc": 0.7})
    >>> collector.add_result("b", {"auc": 0.6})
    >>> collector.best
    0.7
    """

    def __init__(
        self,
        experiment: str,
        metric: str | None = None,
        mode: str = "max",
        max_trials: int = 100,
        statuses: Sequence[str] = STATUSES,
    ) -> None:
        self._experiment = experiment
        self._metric = metric
        self._mode = mode
        self._max_trials = max_trials
        self._known = tuple(statuses)
        self._statuses: Mapping[str, int] = {}
        self._values: Mapping[
            str, Mapping[str, float]
        ] = {}  # by trial, that of the last result last
        self._seen: set[str] = set()
        self._result_s: float | None = None
        self.results = 0
        self.best: float | None = None

    def count_statuses(self, statuses: Iterable[str]) -> None:
        """Take the present status of every trial, in any case of letters."""
        counts = dict.fromkeys(self._known, 0)
        for status in statuses:
            counts[status.lower()] = counts.get(status.lower(), 0) + 1
        self._statuses = counts

    def add_result(self, trial: str, values: Mapping[str, float], compared: bool = True) -> None:
        """Take what ``trial`` has just reported.

        Not ``compared``: it says nothing of the best value yet, as a score of few events does.
        """
        kept = {name: old for name, old in self._values.items() if name != trial}
        kept[trial] = dict(values)
        while len(kept) > self._max_trials:
            del kept[next(iter(kept))]
        self._values = kept
        self._seen.add(trial)
        self.results += 1
        self._result_s = time.time()
        if self._metric is not None and compared:
            self._improve(values.get(self._metric, math.nan))

    def collect(self) -> Iterator[Metric]:
        """Yield every metric of the search."""
        one, of = self._experiment, ("experiment",)
        rows: list[Row] = [((one, status), float(n)) for status, n in self._statuses.items()]
        yield from gauge("tune_trials", "Trials by status.", (*of, "status"), rows)
        text = "Results that trials reported."
        yield from counter("tune_results", text, of, [((one,), float(self.results))])
        text = "When a trial last reported: wall clock, seconds since 1970 UTC."
        rows = [((one,), self._result_s)]
        yield from gauge("tune_last_result_timestamp_seconds", text, of, rows)
        if self._metric is not None:
            text = "Best value that any trial reported so far."
            rows = [((one, self._metric, self._mode), self.best)]
            yield from gauge("tune_best_value", text, (*of, "metric", "mode"), rows)
        values = self._values
        rows = [
            ((one, trial, name), value)
            for trial, numbers in values.items()
            for name, value in numbers.items()
        ]
        text = "Number that a trial last reported."
        yield from gauge("tune_trial_value", text, (*of, "trial", "metric"), rows)
        text = "Trials that reported and have no lis_sim_tune_trial_value: there are too many."
        rows = [((one,), float(len(self._seen) - len(values)))]
        yield from gauge("tune_trials_left_out", text, of, rows)

    def _improve(self, value: float) -> None:
        if math.isnan(value):
            return
        better = max if self._mode == "max" else min
        self.best = value if self.best is None else better(self.best, value)
