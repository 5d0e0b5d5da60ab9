"""Small random streams and representations that recommenders are checked with.

Axis legend: as in :mod:`lis_sim.types`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.types import Batch, CategoricalColumn, Float32, Representation, Schema
from policies import Recommender
from policies.view import RepresentationView

SCHEMA = Schema(
    users=2000, items=600, categorical=(CategoricalColumn("tab", 4),), numeric=("age", "length")
)
HISTORY = 4
DIMENSIONS = 3
FOLDS = 5
BATCH_EVENTS = 16  # steps of a stream have fewer, as many and more events

Step = tuple[Batch, Float32]
State = Mapping[str, NDArray[Any]]


def random_step(events: int, seed: int, schema: Schema = SCHEMA) -> Step:
    """Return ``events`` events and labels; ids are spread over several chunks of tables.

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
    return batch, draw.integers(0, 2, events).astype(np.float32)


def stream(sizes: Iterable[int] = (7, 16, 40, 1, 33, 16), seed: int = 0) -> list[Step]:
    """Return steps below, at and above :data:`BATCH_EVENTS`."""
    return [random_step(size, 1000 * seed + k) for k, size in enumerate(sizes)]


def obvious_stream(steps: int = 60) -> list[Step]:
    """Return steps in which even items are always engaged with, odd ones never."""
    batches = [random_step(BATCH_EVENTS, seed=step)[0] for step in range(steps)]
    return [(batch, (batch.item % 2 == 0).astype(np.float32)) for batch in batches]


def late_ids() -> Batch:
    """Return one event of a user, an item and a category that the schema does not know of."""
    batch, _ = random_step(1, seed=0)
    return Batch(
        user=np.array([5000], np.int32),
        item=np.array([3000], np.int32),
        categorical=np.array([[900]], np.int32),
        numeric=batch.numeric,
        history=batch.history,
    )


def representation(seed: int = 0, folds: int = FOLDS, items: int = 400) -> Representation:
    """Return random vectors, a fifth of them missing; the last items of the log have none."""
    draw = np.random.Generator(np.random.Philox(key=seed))
    supported = draw.random((folds, items)) < 0.8
    vectors = draw.normal(size=(folds, items, DIMENSIONS)) * supported[:, :, None]
    return Representation(vectors.astype(np.float32), supported)


def view(seed: int = 0) -> RepresentationView:
    """Return a random representation as an arm looks at it."""
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
    """Whether two arrays are of one type and shape and the same to the last bit."""
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def same_state(a: State, b: State) -> bool:
    """Whether two states have the same arrays under the same names."""
    return a.keys() == b.keys() and all(same_bits(a[key], b[key]) for key in a)


def differing(a: State, b: State) -> str:
    """Return which arrays of two states are not the same, by name."""
    names = [
        key for key in {**a, **b} if key not in a or key not in b or not same_bits(a[key], b[key])
    ]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def auc(score: Float32, label: Float32) -> float:
    """Share of (positive, negative) pairs in the right order; ties one half."""
    order = score[label > 0][:, None] - score[label == 0][None, :]
    return float((order > 0).mean() + 0.5 * (order == 0).mean())
