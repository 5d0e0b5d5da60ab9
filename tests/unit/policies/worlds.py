"""Small random streams and representations for recommenders."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from lis_sim.checks import world
from lis_sim.checks.case import WindowEachStep as WindowEachStep
from lis_sim.checks.world import BATCH_EVENTS as BATCH_EVENTS
from lis_sim.checks.world import DIMENSIONS as DIMENSIONS
from lis_sim.checks.world import FOLDS as FOLDS
from lis_sim.checks.world import HISTORY as HISTORY
from lis_sim.checks.world import SCHEMA as SCHEMA
from lis_sim.checks.world import State as State
from lis_sim.checks.world import Step as Step
from lis_sim.checks.world import auc as auc
from lis_sim.checks.world import play as play
from lis_sim.checks.world import representation as representation
from lis_sim.checks.world import same_bits as same_bits
from lis_sim.checks.world import same_state as same_state
from lis_sim.checks.world import view as view
from lis_sim.checks.world import zero_view as zero_view
from lis_sim.types import Float64, Int32, Schema

PLAIN = Schema(users=2000, items=600)
_FACTORS = {"dim": 8, "batch_events": BATCH_EVENTS}
_DEEP = {"dim": 4, "hidden": [4], "batch_events": BATCH_EVENTS}
SETTINGS: dict[str, dict[str, Any]] = {
    "deepfm": {"dim": 8, "hidden": [8], "batch_events": BATCH_EVENTS},
    "dcn_v2": _DEEP,
    "din": {**_DEEP, "attention": [4]},
    "fm": _FACTORS,
    "mf": _FACTORS,
    "logistic": {"batch_events": BATCH_EVENTS},
    "popularity": {},
}

Truth = Callable[[Int32, Float64, Float64], Float64]


def random_step(events: int, seed: int, schema: Schema = SCHEMA) -> Step:
    """Return those of :func:`lis_sim.checks.world.random_step`, read-only."""
    batch, label = world.random_step(events, seed, schema)
    inputs = (batch.user, batch.item, batch.categorical, batch.numeric, batch.history)
    for array in (*inputs, label):
        array.setflags(write=False)
    return batch, label


def stream(sizes: Iterable[int] = (7, 16, 40, 1, 33, 16), seed: int = 0) -> list[Step]:
    """Return read-only steps below, at and above ``BATCH_EVENTS``."""
    return [random_step(size, 1000 * seed + k) for k, size in enumerate(sizes)]


def by_vector(user: Int32, vector: Float64, past: Float64) -> Float64:
    return vector[:, 0]


def by_taste(user: Int32, vector: Float64, past: Float64) -> Float64:
    """Each user likes one half of the items, and users differ."""
    return np.where(user % 2 == 0, 1.0, -1.0) * vector[:, 1]


def by_history(user: Int32, vector: Float64, past: Float64) -> Float64:
    closeness: Float64 = (vector[:, None] * past).sum(axis=(1, 2))
    return closeness


TRUTHS: tuple[Truth, ...] = (by_vector, by_taste, by_history)
"""What decides a label: the item, the user's taste in it, or the user's past items."""
