"""The scores of every event, kept beside a run where ``output.scores`` asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lis_sim.data.beside import ColumnsBeside
from lis_sim.data.dataset import Dataset
from lis_sim.data.parquet_file import SAVED
from lis_sim.data.whole_file import whole_file
from lis_sim.errors import RunError
from lis_sim.hashing import fold_of
from lis_sim.training.folder import SCORES
from lis_sim.training.plan import RunPlan
from lis_sim.training.scored_events import ScoredEvents
from lis_sim.types import Bool


class ScoreParts:
    """Writes one Parquet file a window: what ``lis-sim score`` reads, one row a replicate.

    Users and items are the dense indices of the dataset, whose ``vocab/`` has their ids. Requests
    and outcomes are there where the run measures something on them. A window that is played again
    after a kill is written again, to the same bytes.
    """

    def __init__(self, plan: RunPlan, dataset: Dataset, folder: Path) -> None:
        self._plan, self._dataset = plan, dataset
        self._folder = folder / SCORES
        metrics = plan.family.metrics
        self._beside = ColumnsBeside(dataset, metrics.columns, metrics.requests)

    def check_before(self, window: int) -> None:
        """Raise :class:`RunError` if windows before ``window`` were played without being kept."""
        lost = next((k for k in range(window) if not self._path(k).is_file()), None)
        if lost is not None:
            raise RunError(
                f"output.scores is true, but {self._path(lost)} is missing: the run was begun "
                "without it; --restart plays it from the first window, or leave output.scores out"
            )

    def write(self, window: int, events: ScoredEvents) -> None:
        """Write the scores of ``window``, all cells of the plan."""
        with whole_file(self._path(window)) as beside:
            pq.write_table(self._table(window, events), beside, **SAVED)

    def _path(self, window: int) -> Path:
        return self._folder / f"window-{window:07d}.parquet"

    def _table(self, window: int, events: ScoredEvents) -> pa.Table:
        spec, config = self._plan.windows[window], self._plan.config
        many = config.replicates
        blocks = self._dataset.blocks(spec.start_row, spec.end_row)
        time_us = np.concatenate([block.time_us for block in blocks])
        folds = [fold_of(events.user, seed, config.folds) for seed in self._plan.seeds]
        columns: dict[str, Any] = {
            "user": np.repeat(events.user, many),
            "item": np.repeat(events.item, many),
            "time": pa.array(np.repeat(time_us, many), pa.timestamp("us", "UTC")),
            "label": np.repeat(events.label, many).astype(np.int8),
            "slice": _named(events.slices, many),
            "replicate": np.tile(np.arange(many, dtype=np.int16), len(time_us)),
            "fold": np.stack(folds).T.ravel().astype(np.int16),
        }
        keys = [cell.key for cell in self._plan.cells]
        for arm in self._plan.family.arms:
            rows = [keys.index((arm, replicate)) for replicate in range(many)]
            columns[arm] = events.logits[rows].T.ravel()
        for name, values in self._beside.of(spec.start_row, spec.end_row).items():
            if name in columns:
                raise RunError(
                    f"output.scores: the outcome {name!r} is called like a column of the scores; "
                    "accepted: another name for it, or output.scores: false"
                )
            columns[name] = pa.array(np.repeat(values, many), from_pandas=True)  # NaN is missing
        return pa.table(columns)


def _named(slices: Mapping[str, Bool], many: int) -> Any:
    """Return the name of each event's slice, ``many`` times over."""
    code = np.zeros(len(next(iter(slices.values()))), np.int8)
    for at, mask in enumerate(slices.values()):
        code[mask] = at
    return pa.DictionaryArray.from_arrays(np.repeat(code, many), pa.array(list(slices)))
