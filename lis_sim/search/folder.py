"""The search folder: whose it is, and where everything of a search lies."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import yaml

from lis_sim.data.dataset import Dataset
from lis_sim.search.group import SEARCH
from lis_sim.search.ledger import Ledger
from lis_sim.search.settings import TuneConfig
from lis_sim.search.summary_shape import check_search_summary
from lis_sim.training.identity import run_identity
from lis_sim.training.owned_folder import SUMMARY as SUMMARY
from lis_sim.training.owned_folder import OwnedFolder, named_for
from lis_sim.training.whole_text import write_text

CONFIG = "config.yaml"
IDENTITY = "search.json"
LEDGER = "trials.jsonl"
TRIALS = "trials"
TABLE = "trials.parquet"
BEST = "best.yaml"
LATER = "later"
REPORT = "report.html"
TUNE = "tune"
# In the order in which --restart removes them: never a summary without its trials.
_OWN = (SUMMARY, REPORT, BEST, "best-*.yaml", TABLE, LATER, TUNE, LEDGER, TRIALS, CONFIG)
_NOT_DECIDING = {"concurrent", "engine", "mlflow"}  # where it runs, and who is told


class SearchFolder:
    """``config.yaml``, ``trials.jsonl``, ``trials/``, ``later/``, ``summary.json`` and the rest.

    ``search.json`` says whose folder it is: the settings and data that decide the search.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ledger = Ledger(path / LEDGER)
        self._owned = OwnedFolder(path, "search", IDENTITY, _OWN)

    @property
    def trials(self) -> Path:
        """Where the run folders of the trials lie, named by the digits of their settings."""
        return self.path / TRIALS

    @property
    def tune(self) -> Path:
        """What Ray Tune writes: TensorBoard's event files."""
        return self.path / TUNE

    @property
    def later(self) -> Path:
        """Where the reported runs lie."""
        return self.path / LATER

    @property
    def finished(self) -> bool:
        """Whether the search in this folder has come to its end, the reported runs included."""
        return self._owned.finished

    def summary(self) -> dict[str, Any]:
        """Return ``summary.json``.

        Raises:
            RunError: the search has not come to its end, or the file is not what a search writes.
        """
        found = self._owned.summary()
        check_search_summary(found, str(self.path / SUMMARY))
        return found

    def held(self) -> AbstractContextManager[None]:
        """Keep other processes from writing the folder while the block runs; else RunError."""
        return self._owned.held()

    def claim(self, tune: TuneConfig, identity: Mapping[str, Any], restart: bool) -> None:
        """Make the folder this search's; :class:`RunError` if it is something else's.

        ``restart`` removes whatever search is there first, and nothing else.
        """
        self._owned.claim(identity, restart)
        write_text(self.path / CONFIG, config_text(tune))


def search_identity(tune: TuneConfig, dataset: Dataset) -> dict[str, Any]:
    """Return what decides a search: the run as written, its data, and what is searched for.

    How many trials play at once, and on which engine, decides nothing: a search may go on with
    more of them.
    """
    search = tune.search.model_dump(mode="json", exclude=_NOT_DECIDING)
    return {**run_identity(tune.base, dataset), SEARCH: search}


def search_folder(name: str, identity: Mapping[str, Any], out: Path | None = None) -> SearchFolder:
    """Return the folder of the search that ``identity`` decides: ``out``, else one named for it."""
    return SearchFolder((out or named_for("searches", name, identity)).resolve())


def config_text(tune: TuneConfig) -> str:
    """Return the tune config as YAML: what was written, and the search with its defaults."""
    search = tune.search.model_dump(mode="json")
    return yaml.safe_dump({**tune.raw, SEARCH: search}, sort_keys=False, allow_unicode=True)
