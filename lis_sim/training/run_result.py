"""A run, as its folder keeps it: what it found, as records and as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from lis_sim.training.folder import WINDOWS, RunFolder
from lis_sim.training.frames.column import Record, table_of
from lis_sim.training.frames.columns import FRAMES
from lis_sim.training.frames.rows import arms_so_far, metrics_within, of_metrics, within
from lis_sim.training.opening import folder_of_run
from lis_sim.training.owned_folder import SUMMARY


@dataclass(frozen=True, slots=True)
class Run:
    """A run: its folder, and what it found.

    :func:`lis_sim.run` and :func:`lis_sim.score` return it, :meth:`open` reads one that is there.
    The methods that return a ``pyarrow.Table`` read the folder each time they are called: of a run
    that still goes on they give what is committed by then. ``.to_pandas()`` makes a table a data
    frame, ``polars.from_arrow(table)`` one of polars. What is undefined is null, with its counts
    beside it; columns, types and units are listed in ``docs/frames.md``, and stand in the schema
    (``table.schema.field("low").metadata``).

    Attributes:
        folder: The run folder.

    >>> import tempfile
    >>> import lis_sim
    >>> world = {"events": 2400, "users": 60, "items": 50}
    >>> settings = {
    ...     "name": "tiny",
    ...     "data": {"synthetic": world},
    ...     "stream": {"window": {"count": 6}, "step_events": 200},
    ...     "preferences": [{"name": "co_click"}],
    ...     "replicates": 1,
    ...     "training": {"engine": "local"},
    ... }
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     settings["data"]["cache"] = f"{folder}/cache"
    ...     run = lis_sim.run(settings, out=f"{folder}/run")
    ...     again = lis_sim.Run.open(f"{folder}/run")
    ...     windows, scores = again.windows(), again.scores()
    >>> run.finished, windows.num_rows, windows["events"].to_pylist()
    (True, 6, [400, 400, 400, 400, 400, 400])
    >>> scores.select(["score", "slice", "users"]).slice(0, 1).to_pylist()
    [{'score': 'lis', 'slice': 'all', 'users': 60}]
    >>> run.verdicts()["verdict"].to_pylist()  # one replicate leaves out the luck of training
    ['inconclusive']
    """

    folder: Path
    _summary: Mapping[str, Any] | None = field(repr=False)  # None: the run goes on

    @classmethod
    def open(cls, folder: Path | str) -> Run:
        """Open a run folder, of a run that has ended or not.

        Raises:
            RunError: it is no run folder, and what it is instead; or its ``summary.json`` is not
                what a run writes.
        """
        path = folder_of_run(Path(folder))
        own = RunFolder(path)
        return cls(path, own.summary() if own.finished else None)

    @property
    def finished(self) -> bool:
        """Whether the run had come to its end when it was opened."""
        return self._summary is not None

    @property
    def summary(self) -> Mapping[str, Any]:
        """``summary.json``: settings, counts, arms, scores and verdicts of the whole run.

        Raises:
            RunError: the run had not come to its end when it was opened.
        """
        return RunFolder(self.folder).summary() if self._summary is None else self._summary

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the committed record of every window, oldest first, as ``windows.jsonl`` has it.

        Raises:
            RunError: a line is not what a run writes.
        """
        return RunFolder(self.folder).windows()

    def windows(self) -> pa.Table:
        """Return one row a committed window: its time, events, positives, whether it counts."""
        return self._table("windows", self.records(), WINDOWS)

    def arms(self) -> pa.Table:
        """Return one row an arm and slice: AUC with its interval, GAUC, log loss, counts.

        Of an unfinished run, what its newest window says of all windows so far.
        """
        if self._summary is not None:
            return self._table("arms", self._summary["arms"], SUMMARY)
        return self._table("arms", arms_so_far(self._newest()), WINDOWS)

    def scores(self) -> pa.Table:
        """Return one row a score, preference data set or representation, and slice.

        Of an unfinished run, what its newest window says of all windows so far.
        """
        if self._summary is not None:
            return self._table("scores", self._summary["scores"], SUMMARY)
        return self._table("scores", self._newest().get("scores", ()), WINDOWS)

    def verdicts(self) -> pa.Table:
        """Return one row a verdict, with the intervals it was read from; none before the end."""
        found = () if self._summary is None else self._summary["verdicts"]
        return self._table("verdicts", found, SUMMARY)

    def metric_arms(self) -> pa.Table:
        """Return one row a metric beside the AUC, arm and slice; none without ``metrics:``.

        Of an unfinished run none either: :meth:`window_metric_arms` has what is known so far.
        """
        return self._of_metrics("metric_arms", "arms")

    def metric_scores(self) -> pa.Table:
        """Return one row a metric beside the AUC, score and slice: the family of every metric."""
        return self._of_metrics("metric_scores", "scores")

    def metric_counts(self) -> pa.Table:
        """Return one row a metric beside the AUC and what was counted or left out for it."""
        return self._of_metrics("metric_counts", "counts")

    def window_arms(self) -> pa.Table:
        """Return one row an arm, slice and window: that window alone, and the AUC so far."""
        return self._of_windows("window_arms", "arms")

    def window_scores(self) -> pa.Table:
        """Return one row a score and window: its value since the warm-up, up to that window."""
        return self._of_windows("window_scores", "scores")

    def window_metric_arms(self) -> pa.Table:
        """Return one row a metric beside the AUC, arm, slice and window."""
        return self._table("window_metric_arms", metrics_within(self.records(), "arms"), WINDOWS)

    def window_metric_scores(self) -> pa.Table:
        """Return one row a metric beside the AUC, score and window: its value up to that window."""
        found = metrics_within(self.records(), "scores")
        return self._table("window_metric_scores", found, WINDOWS)

    def series(self) -> pa.Table:
        """Return one row a series watched for drift and window: its value in that window alone."""
        return self._of_windows("series", "series")

    def measures(self) -> pa.Table:
        """Return one row a measure of the log or of a representation, and window."""
        return self._of_windows("measures", "measures")

    def drift(self) -> pa.Table:
        """Return one row a drift event: what moved, since when, and where that points to."""
        return self._of_windows("drift", "drift")

    def _of_metrics(self, frame: str, key: str) -> pa.Table:
        return self._table(frame, of_metrics(self._summary or {}, key), SUMMARY)

    def _of_windows(self, frame: str, key: str) -> pa.Table:
        return self._table(frame, within(self.records(), key), WINDOWS)

    def _table(self, frame: str, records: Any, file: str) -> pa.Table:
        return table_of(FRAMES[frame].columns, records, str(self.folder / file))

    def _newest(self) -> Record:
        newest: Record = {}
        for record in self.records():
            newest = record
        return newest
