"""Small random streams and representations for recommenders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.types import (
    Batch,
    CategoricalColumn,
    Float32,
    Float64,
    Int32,
    Representation,
    Schema,
)
from policies import CleanArm, Recommender
from policies.view import RepresentationView

SCHEMA = Schema(
    users=2000, items=600, categorical=(CategoricalColumn("tab", 4),), numeric=("age", "length")
)
PLAIN = Schema(users=2000, items=600)
HISTORY = 4
DIMENSIONS = 3
FOLDS = 5
BATCH_EVENTS = 16
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

Step = tuple[Batch, Float32]
State = Mapping[str, NDArray[Any]]
Truth = Callable[[Int32, Float64, Float64], Float64]


class WindowEachStep:
    """An arm of the residual form whose windows are single steps, with its clean arm's state."""

    def __init__(self, clean: CleanArm, arm: Recommender) -> None:
        self._clean = clean
        self._arm = arm

    def see(self, view: RepresentationView | None) -> None:
        self._arm.see(view)

    def score(self, batch: Batch) -> Float32:
        return self._arm.score(batch)

    def update(self, batch: Batch, label: Float32) -> None:
        self._arm.update(batch, label)
        self._clean.end_window()

    def state_dict(self) -> dict[str, NDArray[Any]]:
        own = {} if self._arm is self._clean else self._arm.state_dict()
        return {**self._clean.state_dict(), **{f"arm.{key}": one for key, one in own.items()}}

    def load_state_dict(self, state: State) -> None:
        arm = {k.removeprefix("arm."): v for k, v in state.items() if k.startswith("arm.")}
        self._clean.load_state_dict({k: v for k, v in state.items() if not k.startswith("arm.")})
        if arm:
            self._arm.load_state_dict(arm)


def random_step(events: int, seed: int, schema: Schema = SCHEMA) -> Step:
    """Return ``events`` read-only events and labels; ids are spread over several chunks.

    Some items are not in the representation and some events have no history.
    """
    draw = np.random.Generator(np.random.Philox(key=seed))
    spread = np.array([0, 1, 2, 300, 301, 599], np.int32)
    history = draw.choice(np.append(spread, -1), (events, HISTORY)).astype(np.int32)
    history[draw.random(events) < 0.2] = -1
    width = len(schema.categorical)
    batch = Batch(
        user=draw.choice(np.array([0, 1, 2, 3, 700, 1999], np.int32), events),
        item=draw.choice(spread, events),
        categorical=draw.integers(0, 4, (events, width), dtype=np.int32),
        numeric=draw.normal(3.0, 2.0, (events, len(schema.numeric))).astype(np.float32),
        history=history,
    )
    label = draw.integers(0, 2, events).astype(np.float32)
    for array in (batch.user, batch.item, batch.categorical, batch.numeric, history, label):
        array.setflags(write=False)
    return batch, label


def stream(sizes: Iterable[int] = (7, 16, 40, 1, 33, 16), seed: int = 0) -> list[Step]:
    """Return steps below, at and above ``BATCH_EVENTS``."""
    return [random_step(size, 1000 * seed + k) for k, size in enumerate(sizes)]


def representation(seed: int = 0, folds: int = FOLDS, items: int = 400) -> Representation:
    """Return random vectors, a fifth of them missing; the last items of the log have none."""
    draw = np.random.Generator(np.random.Philox(key=seed))
    supported = draw.random((folds, items)) < 0.8
    vectors = draw.normal(size=(folds, items, DIMENSIONS)) * supported[:, :, None]
    return Representation(vectors.astype(np.float32), supported)


def view(seed: int = 0) -> RepresentationView:
    return RepresentationView.of(representation(seed), fold_seed=0)


def zero_view(supported: bool) -> RepresentationView:
    """Return the view of a representation that holds nothing."""
    vectors = np.zeros((FOLDS, 400, DIMENSIONS), np.float32)
    flags = np.full((FOLDS, 400), supported)
    return RepresentationView.of(Representation(vectors, flags), fold_seed=0)


def play(recommender: Recommender, steps: Iterable[Step]) -> Float32:
    """Score and then learn every step; return all scores."""
    scores = []
    for batch, label in steps:
        scores.append(recommender.score(batch).copy())
        recommender.update(batch, label)
    return np.concatenate(scores)


def same_bits(a: NDArray[np.generic], b: NDArray[np.generic]) -> bool:
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def same_state(a: State, b: State) -> bool:
    return a.keys() == b.keys() and all(same_bits(a[key], b[key]) for key in a)


def auc(score: Float32, label: Float32) -> float:
    """Share of (positive, negative) pairs in the right order; ties one half."""
    order = score[label > 0][:, None] - score[label == 0][None, :]
    return float((order > 0).mean() + 0.5 * (order == 0).mean())


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
