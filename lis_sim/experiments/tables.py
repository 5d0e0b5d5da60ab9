"""Representation tables of known worth: what a model aligned on preference data could bring."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lis_sim.arms import Arm
from lis_sim.data import representations
from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec, make_world
from lis_sim.hashing import generator
from lis_sim.preference import Builder, BuilderPlan, PreferenceSpec
from lis_sim.types import Int64, RepresentationTable, Window

NOISE_DIMENSIONS = 16


def tables_of(
    dataset: Dataset, preferences: Sequence[PreferenceSpec], seed: int = 0
) -> dict[str, RepresentationTable]:
    """Return by name the vectors that the whole log gives for each of ``preferences``.

    They are what a ``causal`` arm would see after the last event; items without a vector are
    left out, and a data set that says nothing of any item gives an empty table.
    """
    arms = tuple(Arm("causal", one.name) for one in preferences)
    end = Window(0, dataset.rows, dataset.rows, dataset.end_us + 1, dataset.end_us + 1)
    builder = Builder(BuilderPlan(arms, tuple(preferences), (end,), (seed,), seed=seed), dataset)
    builder.start(0)
    shown = builder.build(0)
    tables = {}
    for one in preferences:
        seen = shown[f"causal:{one.name}", 0]
        items = np.flatnonzero(seen.supported[0]).astype(np.int32)
        vectors = seen.vectors[0, items]
        tables[one.name] = RepresentationTable(one.name, items, vectors, dataset.end_us)
    return tables


def noise_table(name: str, dataset: Dataset, seed: int) -> RepresentationTable:
    """Return random vectors for all items: a model that learned nothing."""
    items = dataset.schema.items
    vectors = generator(seed, "noise table", name).standard_normal((items, NOISE_DIMENSIONS))
    return RepresentationTable(
        name, np.arange(items, dtype=np.int32), vectors.astype(np.float32), dataset.start_us - 1
    )


def truth_table(name: str, spec: SyntheticSpec, dataset: Dataset) -> RepresentationTable:
    """Return the true factors of all items: more than any log can tell."""
    factors = make_world(spec).factors[world_items(dataset)]
    items = np.arange(len(factors), dtype=np.int32)
    return RepresentationTable(name, items, factors.astype(np.float32), dataset.start_us - 1)


def carried_over(
    table: RepresentationTable, origin: Dataset, to: Dataset, trained_until_us: int
) -> RepresentationTable:
    """Return ``table`` of the log ``origin`` with the item indices of another log.

    Both are logs of one catalogue. Every item of the catalogue is known to both, whether or
    not the log has events of it.
    """
    place = np.argsort(world_items(to))  # by the world's index
    item = place[world_items(origin)[table.item]].astype(np.int32)
    order = np.argsort(item)
    return RepresentationTable(table.name, item[order], table.vectors[order], trained_until_us)


def add_table(dataset: Dataset, table: RepresentationTable) -> None:
    """Put ``table`` among the representations of ``dataset``."""
    representations.write_table(dataset.path / "representations" / f"{table.name}.parquet", table)


def world_items(dataset: Dataset) -> Int64:
    """Return the world's index of every item of a synthetic log, int64 ``(I,)``."""
    return np.array([int(str(one)[1:]) for one in dataset.vocab("item").to_pylist()], np.int64)
