"""What the workers of a training report as Prometheus metrics; knows nothing of Ray."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from lis_sim.monitoring.families import counter, gauge

OVER = ("mean", "min", "max")


class ReportsCollector(Collector):
    """The numbers last reported, over all workers that reported them: mean, least and greatest.

    So the number of series does not grow with the number of workers, and no worker's number is
    taken for everybody's.

    >>> collector = ReportsCollector("demo")
    >>> collector.add_report([{"loss": 0.5}, {"loss": 0.75}], checkpoint=False)
    >>> for metric in collector.collect():
    ...     if metric.name == "lis_sim_train_value":
    ...         print([(sample.labels["over"], sample.value) for sample in metric.samples])
    [('mean', 0.625), ('min', 0.5), ('max', 0.75)]
    """

    def __init__(self, run: str) -> None:
        self.run = run
        self._values: Mapping[str, Sequence[float]] = {}  # of workers, by metric; replaced whole
        self._workers: int | None = None
        self._report_s: float | None = None
        self._counts = {"reports": 0, "checkpoints": 0, "exceptions": 0}

    def add_report(self, workers: Sequence[Mapping[str, float]], checkpoint: bool) -> None:
        """Take one report: the numbers of every worker, and whether it brought a checkpoint."""
        values: dict[str, list[float]] = {}
        for numbers in workers:
            for name, number in numbers.items():
                values.setdefault(name, []).append(number)
        self._values = values
        self._workers = len(workers)
        self._report_s = time.time()
        self._counts["reports"] += 1
        self._counts["checkpoints"] += checkpoint

    def add_exceptions(self, workers: int) -> None:
        """Take that so many workers failed."""
        self._counts["exceptions"] += workers

    def collect(self) -> Iterator[Metric]:
        """Yield every metric of the training."""
        run, labels = self.run, ("run",)
        texts = {
            "reports": "Reports of all workers together.",
            "checkpoints": "Reports that brought a checkpoint.",
            "exceptions": "Workers that raised an exception.",
        }
        for name, count in self._counts.items():
            yield from counter(f"train_{name}", texts[name], labels, [((run,), float(count))])
        text = "When the workers last reported: wall clock, seconds since 1970 UTC."
        yield from gauge(
            "train_last_report_timestamp_seconds", text, labels, [((run,), self._report_s)]
        )
        text = "Workers in the last report."
        yield from gauge("train_workers", text, labels, [((run,), self._workers)])
        rows = [
            ((run, name, over), value)
            for name, values in self._values.items()
            for over, value in zip(OVER, _over(values), strict=True)
        ]
        text = "Number last reported, over the workers that reported it."
        yield from gauge("train_value", text, ("run", "metric", "over"), rows)


def _over(values: Sequence[float]) -> tuple[float, float, float]:
    """Return mean, least and greatest; NaN if any is, wherever it stands."""
    if any(map(math.isnan, values)):
        return math.nan, math.nan, math.nan
    return sum(values) / len(values), min(values), max(values)
