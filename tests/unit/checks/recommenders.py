"""A recommender in NumPy that keeps the contract, and one for each promise only one can break."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lis_sim.hashing import generator
from lis_sim.types import Batch, Float32, Float64, Schema
from policies.base import State
from policies.view import RepresentationView

ROWS = 1024


class Good:
    """A logistic model of items and numeric features, learned by plain gradient steps."""

    def __init__(self, schema: Schema, *, seed: int, rate: float = 0.3) -> None:
        self.rate = rate
        self.bias: Float64 = 0.01 * generator(seed, "bias").standard_normal(ROWS)
        self.weight = np.zeros(len(schema.numeric))

    def see(self, view: RepresentationView | None) -> None:
        """There is nothing to see."""

    def logit(self, batch: Batch) -> Float64:
        found: Float64 = self.bias[batch.item % ROWS] + self.scaled(batch) @ self.weight
        return found

    def scaled(self, batch: Batch) -> Float64:
        return batch.numeric.astype(np.float64) / 10.0

    def score(self, batch: Batch) -> Float32:
        found: Float32 = self.logit(batch).astype(np.float32)
        return found

    def update(self, batch: Batch, label: Float32) -> None:
        self.learn(batch, 1.0 / (1.0 + np.exp(-self.logit(batch))) - label)

    def learn(self, batch: Batch, slope: Float64) -> None:
        np.add.at(self.bias, batch.item % ROWS, -self.rate * slope)
        self.weight -= self.rate * self.scaled(batch).T @ slope / max(len(batch), 1)

    def state_dict(self) -> State:
        return {"bias": self.bias.copy(), "weight": self.weight.copy()}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        self.bias, self.weight = state["bias"].copy(), state["weight"].copy()


class FailsWhenJoint(Good):
    def __init__(self, schema: Schema, *, seed: int, dimensions: int | None = None) -> None:
        super().__init__(schema, seed=seed)
        if dimensions is not None:
            raise NotImplementedError("only clean arms so far")


class WideWhenEmpty(Good):
    """Scores no events in float64."""

    def score(self, batch: Batch) -> Float32:
        if not len(batch):
            return np.zeros(0)  # type: ignore[return-value]
        return super().score(batch)


class WritesInputs(Good):
    def scaled(self, batch: Batch) -> Float64:
        np.divide(batch.numeric, 10.0, out=batch.numeric)
        return batch.numeric.astype(np.float64)


class WritesLabels(Good):
    def update(self, batch: Batch, label: Float32) -> None:
        super().update(batch, label)
        label[:] = 0.0


class SeedsTorch(Good):
    """Seeds the global generator: everything else in the process draws from it."""

    def __init__(self, schema: Schema, *, seed: int) -> None:
        super().__init__(schema, seed=seed)
        torch.manual_seed(seed)
        self.bias = 0.01 * torch.randn(ROWS).numpy().astype(np.float64)


class Overflows(Good):
    """Counts steps of positives alone, in numbers that are soon too large."""

    def __init__(self, schema: Schema, *, seed: int) -> None:
        super().__init__(schema, seed=seed)
        self.streak = np.zeros(1)

    def logit(self, batch: Batch) -> Float64:
        return super().logit(batch) + (np.inf if self.streak[0] > 5 else 0.0)

    def update(self, batch: Batch, label: Float32) -> None:
        with np.errstate(all="ignore"):
            super().update(batch, label)
        self.streak = self.streak + 1 if len(batch) == 1 or label.all() else np.zeros(1)

    def state_dict(self) -> State:
        return {**super().state_dict(), "streak": self.streak}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        super().load_state_dict(state)
        self.streak = state["streak"]


class LearnsWhatItScored(Good):
    """Learns less of what it was not asked for before."""

    def __init__(self, schema: Schema, *, seed: int) -> None:
        super().__init__(schema, seed=seed)
        self.asked = False

    def score(self, batch: Batch) -> Float32:
        self.asked = True
        return super().score(batch)

    def learn(self, batch: Batch, slope: Float64) -> None:
        super().learn(batch, slope if self.asked else 0.5 * slope)
        self.asked = False


class HandsOutItsScores(Good):
    """Returns the array that it learns from later."""

    def __init__(self, schema: Schema, *, seed: int) -> None:
        super().__init__(schema, seed=seed)
        self.scored: tuple[Batch, Float32] | None = None

    def score(self, batch: Batch) -> Float32:
        self.scored = batch, super().score(batch)
        return self.scored[1]

    def logit(self, batch: Batch) -> Float64:
        if self.scored is not None and self.scored[0] is batch:
            return self.scored[1].astype(np.float64)
        # As one that was scored rounds.
        return super().logit(batch).astype(np.float32).astype(np.float64)

    def learn(self, batch: Batch, slope: Float64) -> None:
        super().learn(batch, slope)
        self.scored = None

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        super().load_state_dict(state)
        self.scored = None


class StateOfLists(Good):
    def state_dict(self) -> State:
        return {"bias": self.bias.tolist(), "weight": self.weight}


class LiveState(Good):
    """Its saved state follows what is learned."""

    def state_dict(self) -> State:
        return {"bias": self.bias, "weight": self.weight.copy()}


class LoadsWhatIsThere(Good):
    """Saves what it has so far, and keeps what a state lacks: right for a fresh one alone."""

    def __init__(self, schema: Schema, *, seed: int) -> None:
        super().__init__(schema, seed=seed)
        self.steps = np.zeros(1)
        self.later = np.zeros(0)

    def update(self, batch: Batch, label: Float32) -> None:
        super().update(batch, label)
        self.steps = self.steps + 1
        if self.steps[0] > 3:
            self.later = np.ones(1)

    def state_dict(self) -> State:
        later = {"later": self.later} if len(self.later) else {}
        return {**super().state_dict(), "steps": self.steps, **later}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        super().load_state_dict(state)
        self.steps = state["steps"]
        self.later = state.get("later", self.later)


class GrowsInOrder(Good):
    """Draws rows in the order in which ids come."""

    def __init__(self, schema: Schema, *, seed: int) -> None:
        super().__init__(schema, seed=seed)
        self.draw = generator(seed, "rows")
        self.rows: dict[int, float] = {}

    def logit(self, batch: Batch) -> Float64:
        for item in batch.item.tolist():
            if item >= ROWS and item not in self.rows:
                self.rows[item] = self.draw.random()
                self.bias[:600] += 0.01 * self.rows[item]
        return super().logit(batch)


class GrowingState(Good):
    """Keeps every label."""

    def __init__(self, schema: Schema, *, seed: int) -> None:
        super().__init__(schema, seed=seed)
        self.labels = np.zeros(0, np.float32)

    def update(self, batch: Batch, label: Float32) -> None:
        super().update(batch, label)
        self.labels = np.concatenate([self.labels, label])

    def state_dict(self) -> State:
        return {**super().state_dict(), "labels": self.labels}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        super().load_state_dict(state)
        self.labels = state["labels"]


class Seeing(Good):
    """Adds a linear term of the item's vector, and keeps the contract in that too."""

    def __init__(self, schema: Schema, *, seed: int, dimensions: int | None = None) -> None:
        super().__init__(schema, seed=seed)
        self.taste = np.zeros(0 if dimensions is None else dimensions + 1)
        self.view: RepresentationView | None = None

    def see(self, view: RepresentationView | None) -> None:
        self.view = view

    def vectors(self, batch: Batch) -> Float64:
        if self.view is None:
            return np.zeros((len(batch), len(self.taste)))
        return self.view.table[self.view.rows(batch.user, batch.item)].astype(np.float64)

    def logit(self, batch: Batch) -> Float64:
        found: Float64 = super().logit(batch) + self.vectors(batch) @ self.taste
        return found

    def learn(self, batch: Batch, slope: Float64) -> None:
        super().learn(batch, slope)
        self.taste = self.taste - self.rate * self.vectors(batch).T @ slope / max(len(batch), 1)

    def state_dict(self) -> State:
        return {**super().state_dict(), "taste": self.taste.copy()}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        super().load_state_dict(state)
        self.taste = state["taste"].copy()


class OtherStart(Seeing):
    """An arm that sees begins with other weights than one that does not."""

    def __init__(self, schema: Schema, *, seed: int, dimensions: int | None = None) -> None:
        super().__init__(schema, seed=seed, dimensions=dimensions)
        if dimensions is not None:
            self.bias = self.bias + 0.01


class LearnsFasterWhenShown(Seeing):
    """What a representation adds is not only what is in it."""

    def learn(self, batch: Batch, slope: Float64) -> None:
        super().learn(batch, slope if self.view is None else 1.5 * slope)


class KeepsTheOldView(Seeing):
    """Learns from vectors that were looked up for scoring."""

    kept: tuple[Batch, Float64] | None = None

    def score(self, batch: Batch) -> Float32:
        found = super().score(batch)
        self.kept = batch, self.vectors(batch)
        return found

    def vectors(self, batch: Batch) -> Float64:
        if self.kept is not None and self.kept[0] is batch:
            return self.kept[1]
        return super().vectors(batch)
