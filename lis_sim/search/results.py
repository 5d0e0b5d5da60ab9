"""The files a search leaves behind: ``trials.parquet`` and ``best.yaml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from lis_sim.config import parse_config
from lis_sim.data.whole_file import whole_file
from lis_sim.errors import RunError
from lis_sim.search.dimension import Dimension
from lis_sim.search.folder import BEST, TABLE, SearchFolder
from lis_sim.search.ledger import TrialRecord
from lis_sim.search.pareto import winners
from lis_sim.search.paths import with_settings
from lis_sim.search.results_columns import ABSENT, column
from lis_sim.search.results_own import own_value
from lis_sim.search.settings import TuneConfig
from lis_sim.training.whole_text import write_text


def write_trials(tune: TuneConfig, folder: SearchFolder, records: Sequence[TrialRecord]) -> Path:
    """Write one row per trial to ``trials.parquet`` and return its path.

    Columns: ``trial`` int64, ``status`` and ``error`` text, ``windows`` and ``events`` int64
    (played), ``seconds`` float64, ``digits`` text (the run folder in ``trials/``), ``winner``
    bool; each objective by its name, float64; each dimension by its path, see
    :func:`~lis_sim.search.results_columns.column`, null where it was not there. The row of the
    baseline has the config's own values, defaults included. The file appears whole or not at all.
    """
    path = folder.path / TABLE
    with whole_file(path) as beside:
        pq.write_table(trials_table(tune, records), beside)
    return path


def trials_table(tune: TuneConfig, records: Sequence[TrialRecord]) -> pa.Table:
    """Return the rows of ``trials.parquet``, by trial."""
    rows = sorted(records, key=lambda one: one.trial)
    chosen = _chosen(tune, rows)
    columns: dict[str, pa.Array[Any]] = {
        "trial": pa.array([one.trial for one in rows], pa.int64()),
        "status": pa.array([one.status for one in rows], pa.string()),
        "error": pa.array([one.error for one in rows], pa.string()),
        "windows": pa.array([one.windows for one in rows], pa.int64()),
        "events": pa.array([one.events for one in rows], pa.int64()),
        "seconds": pa.array([one.seconds for one in rows], pa.float64()),
        "digits": pa.array([one.digits for one in rows], pa.string()),
        "winner": pa.array([one.trial in chosen for one in rows], pa.bool_()),
    }
    for objective in tune.objectives:
        values = [one.objective.get(objective.name) for one in rows]
        columns[objective.name] = pa.array(values, pa.float64())
    for dimension in tune.space.dimensions:
        columns[dimension.path] = column([_value(tune, one, dimension) for one in rows])
    return pa.table(columns)


def write_best(tune: TuneConfig, folder: SearchFolder, summary: Mapping[str, Any]) -> list[Path]:
    """Write the winner as a config that ``lis-sim run`` takes; return the paths, best first.

    ``best.yaml`` is the config as written with the winner's settings put in and without
    ``search``; of a front each member also has its own, ``best-1.yaml`` and so on, and
    ``best.yaml`` is the first of them. Comments on top say where it comes from and what it is
    worth.
    """
    texts = [_best_text(tune, summary, one) for one in summary["best"]]
    for old in folder.path.glob("best-*.yaml"):  # of an earlier command with fewer trials
        old.unlink()
    files = {folder.path / BEST: texts[0]}
    if len(texts) > 1:
        files |= {folder.path / f"best-{place}.yaml": t for place, t in enumerate(texts, 1)}
    for path, text in files.items():
        write_text(path, text)
    return list(files)


def _chosen(tune: TuneConfig, records: Sequence[TrialRecord]) -> set[int]:
    try:
        return {one.trial for one in winners(records, tune.objectives)}
    except RunError:  # a search without a winner has a table all the same: it shows why
        return set()


def _value(tune: TuneConfig, record: TrialRecord, dimension: Dimension) -> object:
    if not record.settings:
        return own_value(tune, dimension)
    return record.settings.get(dimension.path, ABSENT)


def _best_text(tune: TuneConfig, summary: Mapping[str, Any], best: Mapping[str, Any]) -> str:
    config = {"name": tune.name, **with_settings(tune.raw, best["settings"])}
    parse_config(config, BEST)
    lines = [
        f"Found by `lis-sim tune`, search {summary['search']}: trial {best['trial']} of "
        f"{sum(summary['trials'].values())}.",
        *_worth(summary, best),
        *([] if best["settings"] else ["It is the config as written: nothing is changed."]),
        *(f"  {path}: {_inline(value)}" for path, value in best["settings"].items()),
    ]
    return "".join(f"# {line}\n" for line in lines) + yaml.safe_dump(config, sort_keys=False)


def _worth(summary: Mapping[str, Any], best: Mapping[str, Any]) -> list[str]:
    cut = summary["cut"]
    names = " and ".join(one["objective"] for one in summary["objectives"])
    return [
        f"Chosen by {names} in windows {cut['warmup'] + 1} to {cut['windows']} of {cut['total']}.",
        f"In the windows after them: {best['because']}.",
        f"That run is {best['folder']}: this with stream.warmup_windows: {cut['windows']}.",
        "As it is, windows are scored too by which it was chosen, and they look too good.",
    ]


def _inline(value: object) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000)
    return text.removesuffix("...\n").strip()
