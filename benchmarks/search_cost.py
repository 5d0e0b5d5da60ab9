"""What a search costs beside its trials, and how much sooner two trials at a time are done."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.search_playing import data_beside, say
from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec
from lis_sim.experiments.figure import Figure
from lis_sim.experiments.playing import temporary_world
from lis_sim.search.api import claimed_search, prepare_search
from lis_sim.search.candidate import search_config
from lis_sim.search.driver import run_search
from lis_sim.search.ledger import TrialRecord
from lis_sim.search.settings import TuneConfig, parse_tune
from lis_sim.search.watch import NoWatch
from lis_sim.training.api import execute, prepare
from lis_sim.training.worker import use_one_thread

TRIALS = 16
ROUNDS = 3  # of one trial at a time and two, in turn
# Trials of some three seconds: of shorter ones Ray's start is what is measured.
_WORLD = SyntheticSpec(events=300_000, users=1_500, items=800)
_RUN: Mapping[str, Any] = {
    "name": "cost",
    "stream": {"window": {"count": 16}, "step_events": 1_024, "warmup_windows": 1},
    "preferences": [{"name": "co_click"}],
    "training": {"engine": "local", "device": "cpu"},
}
_SEARCH: Mapping[str, Any] = {
    "algorithm": "random",
    "trials": TRIALS - 1,  # beside the config as written
    "stopping": "none",
    "until": 0.9,
    "space": {"preferences.co_click.settings.vector_strength": {"log_uniform": [5.0, 500.0]}},
}


@dataclass(frozen=True, slots=True)
class Timed:
    """The seconds of a search, and of them those before its first trial: Ray's start."""

    whole: float
    start: float
    records: Sequence[TrialRecord]

    @property
    def playing(self) -> float:
        """Seconds from the start of the first trial to the end."""
        return self.whole - self.start


def figures() -> list[Figure]:
    """Return how many times as many trials a minute two at a time are, and the overhead.

    ``concurrency`` compares searches of 16 one-core trials, in turn, from the start of the first
    trial to the end of the last, the start of their processes included; its detail has the same
    with Ray's start, whose seconds are what they are however long a search is.
    ``trial_overhead_seconds`` is what a search of one trial at a time takes longer than the same
    runs by the ``local`` engine in this process, one after the other, less Ray's start, per trial:
    starting its process, Tune, the ledger.
    """
    alone: list[Timed] = []
    together: list[Timed] = []
    with temporary_world(_WORLD) as dataset:
        for round_ in range(ROUNDS):
            say(f"round {round_ + 1} of {ROUNDS}")
            alone.append(_search(_tune(dataset, 1)))
            together.append(_search(_tune(dataset, 2)))
        say(f"{TRIALS} runs without a search")
        bare = _bare(_tune(dataset, 1), alone[0].records)
    say("")
    return [_concurrency(alone, together), _overhead(alone, bare)]


def _concurrency(alone: Sequence[Timed], together: Sequence[Timed]) -> Figure:
    pairs = list(zip(alone, together, strict=True))
    ratios = [one.playing / two.playing for one, two in pairs]
    whole = median(one.whole / two.whole for one, two in pairs)
    per_minute = [TRIALS / median(one.playing / 60 for one in of) for of in (alone, together)]
    detail = (
        f"{per_minute[0]:.1f} trials a minute one at a time, {per_minute[1]:.1f} two at a time; "
        f"rounds {', '.join(f'{one:.2f}' for one in ratios)}; with Ray's start {whole:.2f}"
    )
    return Figure("concurrency", median(ratios), min(ratios), max(ratios), ">= 1.7", detail)


def _overhead(alone: Sequence[Timed], bare: float) -> Figure:
    each = [(one.playing - bare) / TRIALS for one in alone]
    detail = (
        f"searches of {', '.join(f'{one.whole:.1f}' for one in alone)} s, of it "
        f"{', '.join(f'{one.start:.1f}' for one in alone)} s Ray's start; runs alone {bare:.1f} s"
    )
    return Figure("trial_overhead_seconds", median(each), min(each), max(each), "<= 2", detail)


def _tune(dataset: Dataset, at_once: int) -> TuneConfig:
    return parse_tune({**_RUN, "data": data_beside(dataset)}, {**_SEARCH, "concurrent": at_once})


def _search(tune: TuneConfig) -> Timed:
    with tempfile.TemporaryDirectory() as folder:
        prepared = prepare_search(tune, Path(folder) / "search")
        first = _First()
        began = time.perf_counter()
        with claimed_search(prepared):
            run_search(tune, prepared.cut, prepared.folder, first)
        whole = time.perf_counter() - began
        return Timed(whole, (first.at or began) - began, prepared.folder.ledger.records())


class _First(NoWatch):
    """Notes when the first trial starts."""

    def __init__(self) -> None:
        self.at: float | None = None

    def trial_started(self, record: TrialRecord) -> None:
        self.at = self.at or time.perf_counter()


def _bare(tune: TuneConfig, records: Sequence[TrialRecord]) -> float:
    """Return the seconds of the trials' runs by the local engine, their planning included."""
    use_one_thread("cpu")
    seconds = 0.0
    with tempfile.TemporaryDirectory() as folder:
        cut = prepare_search(tune, Path(folder) / "search").cut
        for record in records:
            config = search_config(tune, record.settings, cut.windows, cut.warmup)
            began = time.perf_counter()
            execute(prepare(config, Path(folder) / record.digits))
            seconds += time.perf_counter() - began
    return seconds
