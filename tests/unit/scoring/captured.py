"""The scores that the cells of a run gave, as a file for ``lis-sim score``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from lis_sim.scores import CellWindow, Measured, score_cells
from lis_sim.training import loop
from lis_sim.training.api import PreparedRun, Run, execute


class Captured:
    """Lets a run play and keeps what its loop hands to ``score_cells``."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._windows: list[dict[str, NDArray[Any]]] = []
        patch.setattr(loop, "score_cells", self._score_cells)

    def _score_cells(
        self,
        logits: NDArray[Any],
        label: NDArray[Any],
        user: NDArray[Any],
        slices: Mapping[str, NDArray[np.bool_]],
        item: NDArray[Any],
        measured: Measured | None,
    ) -> tuple[CellWindow, ...]:
        kept = {"logits": logits, "label": label, "user": user, "item": item, **slices}
        self._windows.append({name: np.array(values) for name, values in kept.items()})
        return score_cells(logits, label, user, slices, item, measured)

    def play(self, prepared: PreparedRun) -> tuple[Run, pa.Table]:
        """Return the run and its scores: one row an event and replicate, in time order."""
        run = execute(prepared)
        return run, self._table(prepared)

    def _table(self, prepared: PreparedRun) -> pa.Table:
        keys = [cell.key for cell in prepared.plan.cells]
        logits = np.concatenate([one["logits"] for one in self._windows], axis=1)
        whole = {
            name: np.concatenate([one[name] for one in self._windows])
            for name in ("label", "user", "item", "cold", "warm")
        }
        assert (whole["cold"] != whole["warm"]).all()
        time_us = np.concatenate([block.time_us for block in prepared.dataset.blocks()])
        many = prepared.plan.config.replicates
        columns: dict[str, Any] = {
            # Ids of another kind, so that the numbers have to be found anew.
            "user": [f"u{one}" for one in np.repeat(whole["user"], many)],
            "item": [f"i{one}" for one in np.repeat(whole["item"], many)],
            "time": pa.array(np.repeat(time_us, many), pa.timestamp("us", "UTC")),
            "label": np.repeat(whole["label"], many).astype(np.int8),
            "slice": np.where(np.repeat(whole["cold"], many), "cold", "warm"),
            "replicate": np.tile(np.arange(many), len(time_us)),
        }
        for arm in dict.fromkeys(arm for arm, _ in keys):
            rows = [keys.index((arm, replicate)) for replicate in range(many)]
            columns[arm] = logits[rows].T.ravel()
        return pa.table(columns)


def write(table: pa.Table, path: Path, row_group_rows: int | None = None) -> Path:
    pq.write_table(table, path, row_group_size=row_group_rows)
    return path
