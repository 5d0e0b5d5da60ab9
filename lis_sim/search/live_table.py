"""A search in the terminal while it goes: its best trials, how many ended, how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from lis_sim.report.search_table import trials_table
from lis_sim.report.search_words import objective_text, settings_text, short_names
from lis_sim.search.candidate import Cut
from lis_sim.search.ledger import ENDED, TrialRecord
from lis_sim.search.page import search_records
from lis_sim.search.searchers import most_trials
from lis_sim.search.settings import TuneConfig

_BEST = 5
_PER_SECOND = 1  # how often the table is drawn anew


class LiveTable:
    """Shows a search as a context manager; a :class:`~lis_sim.search.watch.SearchWatch`.

    A terminal sees one table that changes; anything else one line a trial when it has ended.

    Parameters:
        tune, cut: the search, and what its trials play.
        console: where to show it.
        clock: seconds that go by, for tests.
    """

    def __init__(
        self,
        tune: TuneConfig,
        cut: Cut,
        console: Console,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tune = tune
        self._cut = cut
        self._console = console
        self._clock = clock
        self._began = clock()
        self._total = most_trials(tune) + 1  # the config as written is one more
        self._names = short_names([one.path for one in tune.space.dimensions])
        # Replaced, never changed: another thread draws the table.
        self._records: Mapping[int, TrialRecord] = {}
        self._running = ExitStack()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            live = Live(
                get_renderable=self.table,
                console=self._console,
                refresh_per_second=_PER_SECOND,
                transient=True,
            )
            self._running.enter_context(live)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the table away; closing twice is fine."""
        self._running.close()

    def trial_started(self, record: TrialRecord) -> None:
        """Take that a trial was suggested."""
        self._take(record)

    def trial_reported(self, record: TrialRecord) -> None:
        """Take what a trial has so far."""
        self._take(record)

    def trial_ended(self, record: TrialRecord) -> None:
        """Take that a trial has ended."""
        self._take(record)
        if not self._console.is_terminal:
            self._console.print(self._line(record), highlight=False, markup=False, soft_wrap=True)

    def table(self) -> RenderableType:
        """Return what is shown now."""
        if not self._records:
            return Text(f"starting Ray for {self._total} trials", style="dim")
        seen = search_records(self._tune, list(self._records.values()))
        best = [trial for trial in seen.ranked() if trial.objective][:_BEST]
        lines = Text(f"{self.counts()}\n{self.progress()}", style="dim")
        return Group(lines, trials_table(seen, best, "Best so far")) if best else lines

    def counts(self) -> str:
        """Return how many trials there are of each status."""
        statuses: list[str] = [record.status for record in self._records.values()]
        told = [f"{statuses.count(one)} {one}" for one in ("running", *ENDED)]
        return f"{len(statuses)} of {self._total} trials: {', '.join(told)}"

    def progress(self) -> str:
        """Return the share of the events played, and how long it took and may still take."""
        played = sum(record.events for record in self._records.values())
        full = self._total * self._cut.events
        share = f"{played / full:.0%} of the events of a full search" if full else ""
        parts = [share, f"{_minutes(self._clock() - self._began)} so far", self._left()]
        return " · ".join(part for part in parts if part)

    def _left(self) -> str:
        records = self._records.values()
        ended = [record.seconds for record in records if record.ended]
        running = sum(not record.ended for record in records)
        if not ended or not running:
            return ""
        # A trial that runs is half done, taken together; those that ended tell how long one takes.
        trials = self._total - len(ended) - running / 2
        return f"about {_minutes(trials * sum(ended) / len(ended) / running)} left"

    def _take(self, record: TrialRecord) -> None:
        self._records = {**self._records, record.trial: record}

    def _line(self, record: TrialRecord) -> str:
        scores = ", ".join(
            f"{one.name} {objective_text(one.name, record.objective.get(one.name))}"
            for one in self._tune.objectives
        )
        told = record.error if record.status == "failed" else scores
        ended = sum(one.ended for one in self._records.values())
        return (
            f"[{ended}/{self._total}] trial {record.trial} {record.status} after "
            f"{record.windows} windows: {told}; {settings_text(record.settings, self._names)}"
        )


def _minutes(seconds: float) -> str:
    """Return a duration as a clock shows it.

    >>> _minutes(75.2), _minutes(3700)
    ('1:15', '1:01:40')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
