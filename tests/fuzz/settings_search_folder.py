"""Cases of search folders: a file of one was changed, and ``report`` and ``tune`` read it."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console

from lis_sim.report.search_table import print_search
from lis_sim.search.api import PreparedSearch, claimed_search, is_finished, play_search
from lis_sim.search.candidate import cut_of
from lis_sim.search.driver import search_progress
from lis_sim.search.folder import SearchFolder, search_identity
from lis_sim.search.later import quietly, run_later
from lis_sim.search.ledger import TrialReport
from lis_sim.search.page import rewrite_search_report, search_records, write_search_report
from lis_sim.search.results import write_best, write_trials
from lis_sim.search.settings import TuneConfig, parse_tune
from lis_sim.search.watch import NoWatch
from lis_sim.training.source import open_source
from tests.fuzz.case import Case
from tests.fuzz.settings_run_folder import damage
from tests.unit.search.searched import searched

FILES = ("trials.jsonl", "trials.jsonl", "summary.json", "search.json", "config.yaml", "best.yaml")
_SETTINGS: dict[str, Any] = {
    "name": "tiny",
    "stream": {"window": {"count": 8}, "step_events": 100, "cold_support": 4},
    "policy": {"name": "popularity"},
    "preferences": [{"name": "co", "settings": {"rank": 2, "extra": 2}}],
    "replicates": 1,
    "training": {"engine": "local"},
    "monitoring": {"enabled": False},
}
_SEARCH: dict[str, Any] = {
    "space": {"preferences.co.settings.rank": {"integer": [2, 4]}},
    "until": 0.75,
    "trials": 2,
    "objective": ["lis_crossfit", "auc:clean"],
    "stopping": "none",
}


@dataclass(frozen=True)
class SearchTemplate:
    """A finished search of three trials, and where its copies are damaged."""

    folder: Path

    @cached_property
    def tune(self) -> TuneConfig:
        world = {"events": 600, "users": 30, "items": 20, "seed": 3}
        data = {"synthetic": world, "cache": str(self.folder / "cache")}
        return parse_tune(_SETTINGS | {"data": data}, _SEARCH)

    @cached_property
    def prepared(self) -> PreparedSearch:
        """The search, played in this process, as ``tune`` leaves it."""
        tune, path = self.tune, self.folder / "search"
        identity = search_identity(tune, open_source(tune.base.data))
        prepared = PreparedSearch(tune, cut_of(tune), SearchFolder(path), identity)
        with claimed_search(prepared):
            candidates = [{"preferences.co.settings.rank": rank} for rank in (3, 4)]
            cut, folder, records = searched(tune, path, candidates)
            for one in records:
                folder.ledger.begin(one.trial, one.settings)
                report = TrialReport(one.windows, one.events, one.seconds, one.objective)
                folder.ledger.report(one.trial, report)
                folder.ledger.end(one)
            write_trials(tune, folder, records)
            summary = run_later(tune, cut, folder, records, quietly)
            write_best(tune, folder, summary)
            write_search_report(tune, path, records, summary)
        return prepared

    def copy(self) -> PreparedSearch:
        """Return a fresh copy, without the trials' own folders: nobody here plays them again."""
        prepared, to = self.prepared, self.folder / "copied-search"
        shutil.rmtree(to, ignore_errors=True)
        left = shutil.ignore_patterns("report.html", "trials", "later")
        shutil.copytree(prepared.folder.path, to, ignore=left)
        return PreparedSearch(prepared.tune, prepared.cut, SearchFolder(to), prepared.identity)


def search_folder_cases(seed: int, folder: Path) -> Iterator[Case]:
    """Yield, for ever, damaged search folders with the command that reads them."""
    template = SearchTemplate(folder)
    template.copy()  # made now, not within the time limit of a case
    number = 0
    while True:
        random = Random(f"{seed} search folder {number}")
        name = random.choice(FILES)
        how = random.choice(("report", "report of an unfinished one", "tune", "tune again"))
        yield Case(
            f"search folder: {how}",
            f"{number} {name}",
            partial(_try, template, how, name, random),
            says=re.escape(str(folder)),
        )
        number += 1


def _try(template: SearchTemplate, how: str, name: str, random: Random) -> None:
    prepared = template.copy()
    path = prepared.folder.path
    damage(path / name, random)
    if how in ("tune", "report of an unfinished one"):
        (path / "summary.json").unlink(missing_ok=True)
    if how.startswith("report"):
        page = rewrite_search_report(path)
        assert page.stat().st_size > 1_000
    else:
        _tune(prepared)


def _tune(prepared: PreparedSearch) -> None:
    """Do what ``lis-sim tune`` does up to where it would play a trial."""
    with claimed_search(prepared):
        if is_finished(prepared.folder):
            found = play_search(prepared)
            records = search_records(prepared.tune, found.records(), found.summary)
            print_search(records, Console(file=io.StringIO(), width=120), found.folder)
        else:
            search_progress(prepared.tune, prepared.cut, prepared.folder, NoWatch(), 1).replay()
