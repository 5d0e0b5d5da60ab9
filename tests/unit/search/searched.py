"""Trials played one after the other in this process: a search without Ray, to report on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lis_sim.search.candidate import Cut, cut_of, search_config
from lis_sim.search.folder import SearchFolder
from lis_sim.search.ledger import TrialRecord
from lis_sim.search.settings import TuneConfig
from lis_sim.training.api import execute, prepare


def searched(
    tune: TuneConfig, path: Path, candidates: Sequence[Mapping[str, Any]]
) -> tuple[Cut, SearchFolder, list[TrialRecord]]:
    """Play the baseline and ``candidates`` to the cut, in a search folder at ``path``."""
    cut, folder = cut_of(tune), SearchFolder(path)
    records = [
        _trial(tune, cut, folder, TrialRecord(number, settings))
        for number, settings in enumerate([{}, *candidates])
    ]
    return cut, folder, records


def _trial(tune: TuneConfig, cut: Cut, folder: SearchFolder, record: TrialRecord) -> TrialRecord:
    config = search_config(tune, record.settings, cut.windows, cut.warmup)
    run = execute(prepare(config, folder.trials / record.digits))
    last = list(run.records())[-1]
    found = {one.name: one.read(last) for one in tune.objectives}
    return TrialRecord(
        record.trial,
        record.settings,
        "finished",
        windows=cut.windows,
        events=cut.events,
        seconds=float(run.summary["seconds"]),
        objective={name: value for name, value in found.items() if value is not None},
    )
