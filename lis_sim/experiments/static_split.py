"""The usual offline evaluation: a random split of the log, a few epochs, one AUC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lis_sim.data.blocks import concatenate
from lis_sim.data.dataset import Dataset
from lis_sim.data.history import History
from lis_sim.hashing import generator
from lis_sim.preference.source import one_fold
from lis_sim.preference.table import scaled_table
from lis_sim.scores.auc import auc
from lis_sim.types import Batch, Bool, Float32, RepresentationTable, Schema
from policies import Recommender, make_policy
from policies.view import RepresentationView

TEST_SHARE = 0.2
EPOCHS = 2
STEP_EVENTS = 1024
HISTORY = 20
TOWER_DIM = 16


@dataclass(frozen=True, slots=True)
class Split:
    """A log cut at random: what to train on, what to test on."""

    schema: Schema
    train: Batch
    train_label: Float32
    test: Batch
    test_label: Float32


def training_rows(events: int, seed: int) -> Bool:
    """Return which of ``events`` rows a random split trains on, bool ``(events,)``."""
    random = generator(seed, "static split")
    return np.asarray(random.random(events) >= TEST_SHARE)


def split_log(dataset: Dataset, training: Bool) -> Split:
    """Return both sides of a split; histories hold engaged items of the training side only."""
    events = concatenate(list(dataset.blocks()))
    history = History(HISTORY)
    shown = []
    for start in range(0, len(events), STEP_EVENTS):
        step = events.slice(start, min(start + STEP_EVENTS, len(events)))
        shown.append(history.recent(step.user)[0])
        learned = training[start : start + len(step)] & (step.label > 0)
        history.append(step.user[learned], step.item[learned])
    whole = Batch(
        events.user, events.item, events.categorical, events.numeric, np.concatenate(shown)
    )
    train, test = np.flatnonzero(training), np.flatnonzero(~training)
    return Split(
        dataset.schema, whole.take(train), events.label[train], whole.take(test), events.label[test]
    )


def static_aucs(
    split: Split, tables: Mapping[str, RepresentationTable], seed: int
) -> dict[str, float]:
    """Return the AUC on the test side of ``clean`` and of a ranker with each of ``tables``.

    All rankers share the initial weights and the order of the training events.
    """
    found = {"clean": _auc(split, make_policy("deepfm", split.schema, seed=seed), seed)}
    for name, table in tables.items():
        width = min(TOWER_DIM, table.vectors.shape[1])
        ranker = make_policy("deepfm", split.schema, seed=seed, dimensions=width)
        seen = one_fold(*scaled_table(table, split.schema.items, width))
        ranker.see(RepresentationView.of(seen, seed))
        found[name] = _auc(split, ranker, seed)
    return found


def _auc(split: Split, ranker: Recommender, seed: int) -> float:
    events = len(split.train_label)
    for epoch in range(EPOCHS):
        order = generator(seed, "static epoch", epoch).permutation(events)
        for start in range(0, events, STEP_EVENTS):
            rows = order[start : start + STEP_EVENTS]
            ranker.update(split.train.take(rows), split.train_label[rows])
    value = auc(ranker.score(split.test), split.test_label).value
    assert value is not None  # a fifth of a log holds both labels
    return value
