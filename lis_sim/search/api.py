"""``tune``: from a tune config to a search's folder with its winner, run after the cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lis_sim.data.storing import KEPT, storing
from lis_sim.errors import RunError
from lis_sim.search.candidate import Cut, cut_of
from lis_sim.search.checked_folder import check_folder
from lis_sim.search.driver import run_search
from lis_sim.search.folder import TABLE, SearchFolder, search_folder, search_identity
from lis_sim.search.later import Show, quietly, run_later
from lis_sim.search.ledger import TrialRecord
from lis_sim.search.mlflow_watch import mlflow_watch
from lis_sim.search.page import write_search_report
from lis_sim.search.results import write_best, write_trials
from lis_sim.search.settings import TuneConfig, load_tune
from lis_sim.search.watch import NoWatch, SearchWatch
from lis_sim.search.watches import Watches
from lis_sim.training.api import Run
from lis_sim.training.given import refuse_overrides
from lis_sim.training.source import open_source


@dataclass(frozen=True, slots=True)
class Search:
    """A finished search: its folder and what it found.

    Attributes:
        folder: The search folder.
        summary: ``summary.json``: what was searched for, what it cost, and what the winner and
            the config as written are worth after the cut.
    """

    folder: Path
    summary: Mapping[str, Any] = field(repr=False)

    @classmethod
    def open(cls, folder: Path | str) -> Search:
        """Open the folder of a finished search; :class:`RunError` when it is not one."""
        path = Path(folder)
        return cls(path, SearchFolder(path).summary())

    def records(self) -> list[TrialRecord]:
        """Return every trial with all it reported, by number; 0 is the config as written."""
        return SearchFolder(self.folder).ledger.records()

    def trials(self) -> pa.Table:
        """Return one row a trial, as ``trials.parquet`` has it.

        Columns: ``trial`` (0 is the config as written), ``status``, ``error``, ``windows`` and
        ``events`` (played), ``seconds``, ``digits`` (the run folder in ``trials/``), ``winner``;
        each objective by its name; each setting that was searched by its path.

        Raises:
            RunError: the file is not there, or is none.
        """
        path = self.folder / TABLE
        try:
            return pq.read_table(path)
        except (OSError, pa.ArrowInvalid) as error:
            raise RunError(
                f"{path} cannot be read ({error}); the command that made it makes it again"
            ) from error

    def best(self) -> Run:
        """Return the run of the winner after the cut; of several winners, of the first."""
        return self._later(self.summary["best"][0])

    def baseline(self) -> Run:
        """Return the run of the config as written, after the cut."""
        return self._later(self.summary["baseline"])

    def _later(self, entry: Mapping[str, Any]) -> Run:
        # By its name alone: a summary from elsewhere must not lead out of the folder.
        return Run.open(SearchFolder(self.folder).later / Path(str(entry["folder"])).name)


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
    config: TuneConfig | Mapping[str, Any] | Path | str,
    *,
    out: Path | str | None = None,
    overrides: Sequence[str] = (),
    restart: bool = False,
) -> Search:
    """Search for settings on the first part of a log and run the winner on the rest.

    As ``lis-sim tune`` does: trials are played by Ray Tune. Nothing is printed; the folder holds
    ``report.html``, ``best.yaml`` and ``trials.parquet``. A search that was killed goes on, one
    that has ended is returned as it is.

    Parameters:
        config: A YAML file, the name of a config that comes with lis-sim
            (``"tune-preference"``), its settings as a mapping, or a checked
            :class:`~lis_sim.search.settings.TuneConfig`.
        out: The search folder. Without it ``searches/NAME-XXXXXXXX``.
        overrides: ``a.b=c`` settings, as with ``lis-sim tune --set``.
        restart: Begin again even if the folder holds this search.

    Raises:
        ConfigError: A setting is not what is accepted, or no trial could have it.
        RunError: The folder is another search's, or no trial came to its end.
    """
    if isinstance(config, TuneConfig):
        refuse_overrides(overrides)
        checked = config
    else:
        checked = load_tune(config, overrides)
    prepared = prepare_search(checked, None if out is None else Path(out))
    with claimed_search(prepared, restart):
        return play_search(prepared)


def is_finished(folder: SearchFolder) -> bool:
    """Whether nothing is left to do: it has a summary, and no trial that could be tried again."""
    return folder.finished and all(
        one.status in ("finished", "stopped") for one in folder.ledger.records()
    )
