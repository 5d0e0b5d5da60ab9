"""``tune``: from a tune config to a search's folder with its winner, run after the cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lis_sim.data.storing import KEPT, storing
from lis_sim.search.candidate import Cut, cut_of
from lis_sim.search.checked_folder import check_folder
from lis_sim.search.driver import run_search
from lis_sim.search.folder import SearchFolder, search_folder, search_identity
from lis_sim.search.later import Show, quietly, run_later
from lis_sim.search.ledger import TrialRecord
from lis_sim.search.mlflow_watch import mlflow_watch
from lis_sim.search.page import write_search_report
from lis_sim.search.results import write_best, write_trials
from lis_sim.search.settings import TuneConfig, load_tune
from lis_sim.search.watch import NoWatch, SearchWatch
from lis_sim.search.watches import Watches
from lis_sim.training.source import open_source


@dataclass(frozen=True, slots=True)
class Search:
    """A finished search: its folder and what it found."""

    folder: Path
    summary: Mapping[str, Any]

    @classmethod
    def open(cls, folder: Path | str) -> Search:
        """Open the folder of a finished search; :class:`RunError` when it is not one."""
        path = Path(folder)
        return cls(path, SearchFolder(path).summary())

    def trials(self) -> list[TrialRecord]:
        """Return every trial, by number; 0 is the config as written."""
        return SearchFolder(self.folder).ledger.records()


@dataclass(frozen=True, slots=True)
class PreparedSearch:
    """A search whose log is open, whose cut is made and whose folder is known."""

    tune: TuneConfig
    cut: Cut
    folder: SearchFolder
    identity: Mapping[str, Any]  # what decides the search's numbers


def prepare_search(tune: TuneConfig, out: Path | None = None) -> PreparedSearch:
    """Open (or import, or generate) the log and cut it; nothing is played yet.

    Without ``out`` the folder is ``searches/NAME-XXXXXXXX``, so that the same command finds it.
    """
    dataset = open_source(tune.base.data)
    cut = cut_of(tune, dataset)
    identity = search_identity(tune, dataset)
    return PreparedSearch(tune, cut, search_folder(tune.name, identity, out), identity)


@contextmanager
def claimed_search(prepared: PreparedSearch, restart: bool = False) -> Iterator[None]:
    """Hold the search's folder while the block runs; :class:`RunError` if it is not to be had."""
    folder = prepared.folder
    with storing(folder.path, KEPT), folder.held():
        folder.claim(prepared.tune, prepared.identity, restart)
        check_folder(prepared.tune, folder)
        yield


def play_search(
    prepared: PreparedSearch, watch: SearchWatch | None = None, show: Show = quietly
) -> Search:
    """Search in a claimed folder to the end, then run winner and baseline after the cut.

    What an earlier command left is not computed again; a finished search is returned as it is.

    Args:
        prepared: The search.
        watch: Is told of every trial.
        show: Entered around each run after the cut, given what it is about to play.
    """
    tune, folder = prepared.tune, prepared.folder
    if is_finished(folder):
        write_trials(tune, folder, folder.ledger.records())
        return _written(tune, folder, folder.summary())
    tracked = mlflow_watch(tune, folder)
    try:
        run_search(tune, prepared.cut, folder, Watches(watch or NoWatch(), tracked))
    finally:  # a table of what there is also when all trials failed, or somebody stopped it
        records = folder.ledger.records()
        if records:
            write_trials(tune, folder, records)
    found = _written(tune, folder, run_later(tune, prepared.cut, folder, records, show))
    if tracked is not None:
        tracked.summed_up(found.summary)
    return found


def _written(tune: TuneConfig, folder: SearchFolder, summary: Mapping[str, Any]) -> Search:
    """Write what is made of a summary; anew too, for an earlier command may have been killed."""
    write_best(tune, folder, summary)
    write_search_report(tune, folder.path, folder.ledger.records(), summary)
    return Search(folder.path, summary)


def tune(
    config: TuneConfig | Path | str,
    *,
    out: Path | str | None = None,
    overrides: tuple[str, ...] = (),
    restart: bool = False,
) -> Search:
    """Search a tune config (or the YAML file of one) and return what it found.

    ``overrides`` are ``a.b=c`` settings as with ``lis-sim tune --set``. Nothing is printed; the
    folder holds ``report.html``, ``best.yaml`` and ``trials.parquet``.
    """
    if not isinstance(config, TuneConfig):
        config = load_tune(Path(config), overrides)
    prepared = prepare_search(config, None if out is None else Path(out))
    with claimed_search(prepared, restart):
        return play_search(prepared)


def is_finished(folder: SearchFolder) -> bool:
    """Whether nothing is left to do: it has a summary, and no trial that could be tried again."""
    return folder.finished and all(
        one.status in ("finished", "stopped") for one in folder.ledger.records()
    )
