"""Item pairs for the tests of ``lis_sim.preference``: in memory, garbled, and in a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lis_sim.data.dataset import Dataset
from lis_sim.data.preferences import NOBODY, PairTable, pairs_path, write_pairs
from lis_sim.preference import Builder, BuilderPlan, PreferenceSpec
from lis_sim.preference.builder import Shown
from lis_sim.types import Bool
from tests.unit.preference.worlds import ITEMS, USERS, random_log, shown_by

SMALL = {"rank": 3, "extra": 2, "rounds": 3}
PAIRS = PreferenceSpec("pairs", "pairs", SMALL)
LOG = random_log(5)


def random_pairs(seed: int, rows: int = 150, signed: bool = False) -> PairTable:
    """Return pairs over the time of ``LOG``, a few of them before, after and of nobody."""
    random = np.random.default_rng(seed)
    times = np.sort(random.integers(LOG.time_us[0] - 9, LOG.time_us[-1] + 9, rows))
    user = random.integers(NOBODY, USERS, rows).astype(np.int32)
    weight = random.integers(-4 if signed else 1, 5, rows) / 2.0
    first = random.integers(0, ITEMS, rows).astype(np.int32)
    second = (first + random.integers(1, ITEMS, rows)).astype(np.int32) % ITEMS
    return PairTable("pairs", first, second.astype(np.int32), weight, times, user)


def garbled(pairs: PairTable, rows: Bool) -> PairTable:
    """Change items and weight of every one of ``rows``."""
    first = np.where(rows, (pairs.item_a + 1) % ITEMS, pairs.item_a).astype(np.int32)
    second = np.where(rows, (pairs.item_a + 3) % ITEMS, pairs.item_b).astype(np.int32)
    return replace(
        pairs, item_a=first, item_b=second, weight=np.where(rows, 7.5 - pairs.weight, pairs.weight)
    )


def dataset_with(*tables: PairTable) -> Dataset:
    """Return ``LOG`` as a dataset with these pairs."""
    dataset = LOG.write()
    for pairs in tables:
        write_pairs(pairs_path(dataset.path, pairs.name), pairs)
    return dataset


def shown_of(pairs: PairTable, plan: BuilderPlan, windows: int | None = None) -> Sequence[Shown]:
    """Return what arms see in the first ``windows`` windows."""
    builder = Builder(plan, dataset_with(pairs))
    builder.start(0)
    return shown_by(builder, 0, windows)
