"""A search whose trials are made up: what decides it can be tested without Ray and in no time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from lis_sim.hashing import generator
from lis_sim.search.candidate import Cut, digits
from lis_sim.search.ledger import Ledger, TrialRecord, TrialReport
from lis_sim.search.objective import Objective
from lis_sim.search.progress import Progress
from lis_sim.search.rules import rule_of
from lis_sim.search.searchers import searcher_of
from lis_sim.search.settings import TuneConfig, parse_tune
from lis_sim.search.space import Settings
from lis_sim.search.watch import NoWatch, SearchWatch

CUT = Cut(windows=11, warmup=2, total=22, end_us=0, events=1_100, events_total=2_200)
SPACE: dict[str, Any] = {
    "preferences.co_click.settings.rank": {"integer": [2, 12]},
    "policy.settings.deviation": {"log_uniform": [0.01, 0.1]},
}
BASE: dict[str, Any] = {
    "name": "simulated",
    "data": {"synthetic": {}},
    "preferences": [{"name": "co_click"}],
}


def tune_of(**search: Any) -> TuneConfig:
    return parse_tune(BASE, {"space": SPACE, "trials": 7} | search)


def value_of(settings: Settings, scored: int, objective: Objective) -> float:
    """Return what a trial has after ``scored`` windows: noise that becomes less and a truth."""
    truth, *noise = _luck(digits(settings), objective.name)
    return truth + 3.0 * noise[scored] / scored


@cache
def _luck(of: str, name: str) -> list[float]:
    return [float(one) for one in generator(int(of, 16), name).standard_normal(1 + CUT.windows)]


class KeptLedger(Ledger):
    """A ledger that never waits for a disk; a search goes on with what another one left."""

    def __init__(self) -> None:
        super().__init__(Path("nowhere"))
        self.kept: list[str] = []

    def mend(self) -> None:
        pass

    def lines(self) -> Iterator[dict[str, Any]]:
        return map(json.loads, self.kept)

    def _append(self, line: Mapping[str, Any]) -> None:
        self.kept.append(json.dumps(line, allow_nan=False))


class KilledError(Exception):
    """The process of the search is gone."""


class Simulation:
    """One command of a search; a later one with the same ledger goes on.

    Which of the trials that play reports next is drawn with ``order``, as it would be if they
    played at once. ``fails`` names trials that fail after so many windows; ``killed`` ends the
    command after so many lines of the ledger.
    """

    def __init__(
        self,
        tune: TuneConfig,
        ledger: KeptLedger,
        concurrent: int = 1,
        order: int = 0,
        *,
        watch: SearchWatch | None = None,
        fails: dict[int, int] | None = None,
        killed: int | None = None,
    ) -> None:
        searcher = searcher_of(tune, concurrent)
        rule = rule_of(tune, CUT, searcher.most)
        self._ledger = ledger
        self._tune, self._rng = tune, np.random.default_rng(order)
        self._fails, self._killed = fails or {}, killed
        self._windows: dict[int, int] = {}  # played in this command
        self._playing: dict[int, Settings] = {}
        self._paused: dict[int, Settings] = {}
        self.progress = Progress(
            *(self._ledger, searcher, rule, tune.objectives, CUT, watch or NoWatch(), concurrent)
        )
        self.most_at_once = 0

    def run(self) -> list[TrialRecord]:
        """Play to the end; return what the ledger then has."""
        self.progress.replay()
        while self._start():
            self.most_at_once = max(self.most_at_once, len(self._playing))
            trials = sorted(self._playing)
            self._step(trials[int(self._rng.integers(len(trials)))])
            if self._killed is not None and len(self._ledger.kept) >= self._killed:
                raise KilledError
        return self._ledger.records()

    def _start(self) -> bool:
        """Start what may; return whether the search goes on."""
        while not isinstance(found := self.progress.next(), str):
            trial, settings = found
            self._windows[trial] = CUT.warmup
            self._playing[trial] = settings
        for trial in sorted(self._paused):
            action = self.progress.resume(trial)
            if action == "go on":
                self._playing[trial] = self._paused.pop(trial)
            elif action == "stop":
                self.progress.end(trial)
                del self._paused[trial]
        assert self._playing or self.progress.over, "everybody waits for somebody"
        return not self.progress.over

    def _step(self, trial: int) -> None:
        settings = self._playing[trial]
        self._windows[trial] += 1
        windows = self._windows[trial]
        if windows == self._fails.get(trial):
            self.progress.fail(trial, "no luck")
            del self._playing[trial]
            return
        values = {
            o.name: value_of(settings, windows - CUT.warmup, o) for o in self._tune.objectives
        }
        action = self.progress.report(trial, TrialReport(windows, 100 * windows, 0.5, values))
        if action == "pause":
            self._paused[trial] = self._playing.pop(trial)
        elif action == "stop" or windows == CUT.windows:
            self.progress.end(trial)
            del self._playing[trial]


def outcome(records: list[TrialRecord]) -> list[tuple[Any, ...]]:
    """Return what must not depend on how many trials played at once, or on a kill."""
    return [
        (one.trial, dict(one.settings), one.status, one.windows, one.events, dict(one.objective))
        for one in records
    ]
