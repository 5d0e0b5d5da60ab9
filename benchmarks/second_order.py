"""How much of a fold's future reaches its own scores through the weights?

``python -m benchmarks.second_order CONFIG [--set a.b=c ...]``

``leaked_crossfit`` serves fold ``f`` a representation without ``f``'s present and future, but
the weights are trained on events of the *other* folds, whose representations hold it. To
measure that path alone, the labels of fold ``f`` after warm-up are shuffled among its own
events in what the builder reads and nowhere else: rankers still learn from and are scored on
the true labels, and what fold ``f`` is served stays the same to the bit. The change of
fold ``f``'s AUC, true minus shuffled, is the second-order path; an honest crossfit has none.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lis_sim.arms import Arm
from lis_sim.config import RunConfig, load_config
from lis_sim.data.dataset import Dataset
from lis_sim.hashing import fold_of, generator
from lis_sim.preference import Builder
from lis_sim.scores import auc
from lis_sim.training.api import prepare
from lis_sim.training.loop import PrequentialLoop
from lis_sim.training.plan import Cell, RunPlan
from lis_sim.training.worker import use_one_thread
from lis_sim.types import Batch, Bool, Float32, Float64


class Recorder:
    """A recommender that also keeps the scores it gave."""

    def __init__(self, recommender: object) -> None:
        self._recommender = recommender
        self.scores: list[Float32] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._recommender, name)

    def score(self, batch: Batch) -> Float32:
        """Score and remember."""
        scores: Float32 = self._recommender.score(batch)  # type: ignore[attr-defined]
        self.scores.append(scores)
        return scores


def scores_of(plan: RunPlan, seen_by_builder: Dataset) -> Float32:
    """Return the crossfit arm's score of every event, the builder reading another log."""
    arm = next(a for a in plan.builder.arms if a.kind == "leaked_crossfit")
    loop = PrequentialLoop(plan, [Cell(arm, 0)])
    recorder = Recorder(loop.recommenders[0])
    loop.recommenders[0] = recorder  # type: ignore[call-overload]
    builder = Builder(replace(plan.builder, arms=(Arm("clean"), arm)), seen_by_builder)
    builder.start(0)
    loop.start(0)
    for window in range(len(plan.windows)):
        loop.run_window(window, builder.build(window))
    return np.concatenate(recorder.scores)


def shuffled_copy(dataset: Dataset, rows: Bool, seed: int, out: Path) -> Dataset:
    """Copy a dataset with the labels of ``rows`` shuffled among themselves."""
    shutil.copytree(dataset.path, out)
    label = np.concatenate([block.label for block in dataset.blocks()])
    label[rows] = generator(seed, "shuffled labels").permutation(label[rows])
    done = 0
    for part in sorted((out / "events").glob("*.parquet")):
        table = pq.read_table(part)
        column = table.schema.get_field_index("label")
        fresh = pa.array(label[done : done + table.num_rows], pa.float32())
        groups = pq.ParquetFile(part).metadata.row_group(0).num_rows
        field = table.schema.field(column)
        pq.write_table(table.set_column(column, field, fresh), part, row_group_size=groups)
        done += table.num_rows
    return Dataset.open(out)


def second_order(config: RunConfig) -> Float64:
    """Return true minus shuffled AUC, one value per fold."""
    use_one_thread("cpu")
    prepared = prepare(config)
    plan, dataset = prepared.plan, prepared.dataset
    start = plan.windows[plan.family.warmup].start_row
    user = np.concatenate([block.user for block in dataset.blocks()])
    label = np.concatenate([block.label for block in dataset.blocks()])
    after = np.arange(len(user)) >= start
    fold = fold_of(user, plan.seeds[0], config.folds)
    true = scores_of(plan, dataset)
    found = []
    for f in range(config.folds):
        own = after & (fold == f)
        with tempfile.TemporaryDirectory() as folder:
            changed = scores_of(plan, shuffled_copy(dataset, own, f, Path(folder) / "copy"))
        pair = [windowed_auc(plan, s, label, own) for s in (true, changed)]
        found.append(pair[0] - pair[1])
        print(f"fold {f}: {pair[0]:.5f} -> {pair[1]:.5f}: {found[-1]:+.5f}", flush=True)
    return np.array(found)


def windowed_auc(plan: RunPlan, score: Float32, label: Float32, rows: Bool) -> float:
    """Return the window-stratified AUC of some rows."""
    total, weight = 0.0, 0
    for window in plan.windows[plan.family.warmup :]:
        inside = slice(window.start_row, window.end_row)
        keep = rows[inside]
        one = auc(score[inside][keep], label[inside][keep]).value
        if one is not None:
            total, weight = total + one * int(keep.sum()), weight + int(keep.sum())
    return total / weight


def main(arguments: list[str]) -> None:
    """Print the path of both forms."""
    overrides = [a for a in arguments[1:] if a != "--set"]
    for form in ("residual", "joint"):
        print(f"form {form}")
        found = second_order(load_config(Path(arguments[0]), [*overrides, f"form={form}"]))
        error = found.std(ddof=1) / len(found) ** 0.5
        print(f"second-order path, {form}: {found.mean():+.5f} (standard error {error:.5f})")


if __name__ == "__main__":
    main(sys.argv[1:])
