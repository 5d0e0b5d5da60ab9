"""What is reported of a search: its winner and the baseline on the windows it did not see."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, TypeAlias

from lis_sim.errors import RunError
from lis_sim.search.candidate import Cut, later_config
from lis_sim.search.folder import LATER, SUMMARY, TRIALS, SearchFolder
from lis_sim.search.later_gain import over_baseline, reading_notes
from lis_sim.search.ledger import TrialRecord
from lis_sim.search.optimism import Interval, optimism
from lis_sim.search.pareto import winners
from lis_sim.search.settings import TuneConfig
from lis_sim.search.summary import search_summary
from lis_sim.search.words import TRY_AGAIN, baseline_won, verdict_of
from lis_sim.training.api import PreparedRun, Run, execute, prepare
from lis_sim.training.compare import compare_runs
from lis_sim.training.folder import IDENTITY, RunFolder
from lis_sim.training.whole_text import write_json

Show: TypeAlias = Callable[[PreparedRun], AbstractContextManager[object]]
Entry: TypeAlias = dict[str, Any]

_ONE_OF_MANY = (
    "One config of a front: its interval is for this one alone. Whoever picks among them by these "
    "numbers tunes on what is reported; pick by what the objectives are worth to you."
)


def quietly(prepared: PreparedRun) -> AbstractContextManager[object]:
    """Show nothing while a run is played."""
    return nullcontext()


def run_later(
    tune: TuneConfig,
    cut: Cut,
    folder: SearchFolder,
    records: Sequence[TrialRecord],
    show: Show = quietly,
) -> dict[str, Any]:
    """Run winner and baseline over all windows, compare them after the cut, write the summary.

    Both learn from every window and are scored in those after the cut alone, which no trial saw.
    They are ordinary runs, ``later/baseline`` and ``later/best`` (of a front ``later/best-1`` and
    so on): a killed one goes on, a finished one is not played again.

    Args:
        tune: The search's config.
        cut: Where the search ended.
        folder: The search's folder.
        records: All trials, ended.
        show: Entered around each later run, given what it is about to play.

    Returns:
        What ``summary.json`` in ``folder`` then holds.

    Raises:
        RunError: no trial reached the cut, or the baseline did not.
    """
    chosen = winners(records, tune.objectives)
    names = _names(folder, chosen)
    later = _Later(tune, cut, folder.path, show)
    written = later.entry(_baseline(records), f"{LATER}/baseline")
    best = [
        of_baseline(tune, written) if not record.settings
        else later.against(record, name, written)
        for record, name in zip(chosen, names, strict=True)
    ]  # fmt: skip
    summary = search_summary(tune, cut, records, written, best, later.seconds)
    write_json(folder.path / SUMMARY, summary)
    return summary


class _Later:
    """Plays later runs of one search and tells what became of them."""

    def __init__(self, tune: TuneConfig, cut: Cut, path: Path, show: Show) -> None:
        self._tune, self._cut, self._path, self._show = tune, cut, path, show
        self._minimum = tune.base.minimum_effect
        self.seconds = 0.0

    def entry(self, record: TrialRecord, name: str) -> Entry:
        """Play the later run of a trial's settings and return its numbers then and now."""
        later = self._play(record, name).summary
        trial = RunFolder(self._path / TRIALS / record.digits).summary()
        objectives = self._tune.objectives
        then = {one.name: dict(one.read_summary(trial)) for one in objectives}
        now = {one.name: dict(one.read_summary(later)) for one in objectives}
        return {
            "trial": record.trial,
            "settings": dict(record.settings),
            "trial_folder": f"{TRIALS}/{record.digits}",
            "folder": name,
            "search": {one.name: record.objective.get(one.name) for one in objectives},
            "search_interval": then,
            "later": now,
            "optimism": {
                one.name: optimism(one.mode, then[one.name], now[one.name]) for one in objectives
            },
        }

    def against(self, record: TrialRecord, name: str, written: Entry) -> Entry:
        """Return the entry of a winner, compared with the config as written."""
        entry = self.entry(record, name)
        comparison = compare_runs(self._path / written["folder"], self._path / name)
        gains = {
            one.name: over_baseline(
                one,
                comparison,
                _both(entry, written, "search_interval", one.name),
                _both(entry, written, "later", one.name),
                self._minimum,
            )
            for one in self._tune.objectives
        }
        place = Path(name).name  # of a front; a lone winner needs none
        verdict, because = verdict_of("the winner" if place == "best" else place, gains)
        notes = reading_notes(self._tune.objectives, comparison)
        return entry | _said(gains, verdict, because, notes + [_ONE_OF_MANY] * (place != "best"))

    def _play(self, record: TrialRecord, name: str) -> Run:
        config = later_config(self._tune, record.settings, self._cut.windows)
        prepared = prepare(config, self._path / name)
        with self._show(prepared):
            run = execute(prepared, restart=_of_others(prepared))
        self.seconds += float(run.summary["seconds"] or 0.0)  # null where its timings were lost
        return run


def of_baseline(tune: TuneConfig, written: Entry) -> Entry:
    """Return the entry of a winner that is the config as written: nothing is run again."""
    same = {"search": 0.0, "value": 0.0, "low": 0.0, "high": 0.0, "optimism": 0.0}
    verdict, because = baseline_won()
    said = same | {"verdict": verdict, "because": because}
    return written | _said({one.name: said for one in tune.objectives}, verdict, because, [])


def _said(gains: Entry, verdict: str, because: str, notes: list[str]) -> Entry:
    return {"over_baseline": gains, "verdict": verdict, "because": because, "notes": notes}


def _both(entry: Entry, written: Entry, key: str, objective: str) -> tuple[Interval, Interval]:
    return entry[key][objective], written[key][objective]


def _baseline(records: Sequence[TrialRecord]) -> TrialRecord:
    """Return the trial of the config as written, which must have reached the cut."""
    for record in records:
        if not record.settings and record.status == "finished":
            return record
    failed = [one.error for one in records if not one.settings and one.error]
    raise RunError(
        "the config as written, trial 0, did not reach the cut"
        + (f" ({failed[0]})" if failed else "")
        + f", so there is nothing to compare the winner with; {TRY_AGAIN}"
    )


def _names(folder: SearchFolder, chosen: Sequence[TrialRecord]) -> list[str]:
    """Return the winners' folders, and remove those of winners of an earlier command."""
    names = [f"best-{place}" for place in range(1, len(chosen) + 1)]
    names = names if len(chosen) > 1 else ["best"]
    used = {name for name, one in zip(names, chosen, strict=True) if one.settings}
    for old in folder.later.glob("best*"):
        if old.name not in used:
            shutil.rmtree(old)
    return [f"{LATER}/{name}" for name in names]


def _of_others(prepared: PreparedRun) -> bool:
    """Return whether the folder holds the run of another winner, as after more trials."""
    path = prepared.folder.path / IDENTITY
    if not path.is_file():
        return False
    try:
        known: object = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False  # claiming the folder says what is wrong with it
    return isinstance(known, Mapping) and known != dict(prepared.identity)
