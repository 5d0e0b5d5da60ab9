"""Plays searches, and other things of many seeds, for the benchmarks of searching."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from lis_sim.data.dataset import Dataset
from lis_sim.search.api import claimed_search, prepare_search
from lis_sim.search.candidate import Cut
from lis_sim.search.driver import run_search
from lis_sim.search.ledger import TrialRecord
from lis_sim.search.pareto import winners
from lis_sim.search.settings import TuneConfig
from lis_sim.search.watch import NoWatch
from lis_sim.training.cluster.session import processors

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found, without the runs that report on it.

    Attributes:
        cut: Where its part of the log ends.
        records: Its trials, the baseline first.
        winner: The best of those that came to the cut.
    """

    cut: Cut
    records: Sequence[TrialRecord]
    winner: TrialRecord

    @property
    def events(self) -> int:
        """Events that all trials played, the baseline's included."""
        return sum(one.events for one in self.records)


def searched(tune: TuneConfig, out: Path) -> Searched:
    """Search in the folder ``out``, to the cut and no further."""
    prepared = prepare_search(tune, out)
    with claimed_search(prepared):
        run_search(tune, prepared.cut, prepared.folder, NoWatch())
    records = prepared.folder.ledger.records()
    return Searched(prepared.cut, records, winners(records, tune.objectives)[0])


def data_beside(dataset: Dataset) -> dict[str, Any]:
    """Return ``data`` of a search in a temporary world, whose decoded copies go with it."""
    return {"source": str(dataset.path), "cache": str(dataset.path.parent / "cache")}


def in_processes(do: Callable[[int], T], seeds: Sequence[int]) -> list[T]:
    """Return what ``do`` returns for each of the seeds; on every core, without Ray."""
    found: list[T] = []
    with ProcessPoolExecutor(processors(), mp_context=get_context("spawn")) as pool:
        for one in pool.map(do, seeds):
            found.append(one)
            say(f"{len(found)} of {len(seeds)}")
    say("")
    return found


def say(words: str) -> None:
    """Show on stderr how far a benchmark has come, over what was shown before."""
    print(f"\r\x1b[K{words}", end="", file=sys.stderr, flush=True)
