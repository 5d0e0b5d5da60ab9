"""Recommenders and their tower once more: slow, in float64, loops and autograd, not formulas.

Reads and returns the arrays of ``OnlineRanker.state_dict``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lis_sim.types import Batch, Float32, Float64, Int64
from policies.settings import FactorSettings, LogisticSettings
from policies.view import RepresentationView
from tests.unit.policies.worlds import State

Leaves = dict[str, torch.Tensor]
Group = tuple[int, float]  # columns, rate
# Of dense weights by name, the factors of an event, and those of its history: what they add.
Interaction = Callable[[Mapping[str, torch.Tensor], list[torch.Tensor], torch.Tensor], torch.Tensor]


def perceptron(
    weights: Mapping[str, torch.Tensor], x: torch.Tensor, name: str = "mlp"
) -> torch.Tensor:
    """Return the one output for the input ``(width,)``."""
    layers = sum(f"{name}.{layer}" in weights for layer in range(10))
    for layer in range(layers):
        x = x @ weights[f"{name}.{layer}"] + weights[f"{name}.{layer}.bias"]
        x = x if layer == layers - 1 else torch.relu(x)
    return x[0]


def pairs(
    weights: Mapping[str, torch.Tensor], factors: list[torch.Tensor], past: torch.Tensor
) -> torch.Tensor:
    """Factorisation machine."""
    found = torch.zeros((), dtype=torch.float64)
    for f in range(len(factors)):
        for g in range(f):
            found = found + torch.dot(factors[f], factors[g])
    return found


def deepfm(
    weights: Mapping[str, torch.Tensor], factors: list[torch.Tensor], past: torch.Tensor
) -> torch.Tensor:
    return pairs(weights, factors, past) + perceptron(weights, torch.cat(factors))


def dcn(
    weights: Mapping[str, torch.Tensor], factors: list[torch.Tensor], past: torch.Tensor
) -> torch.Tensor:
    """Parallel where there is a head, else stacked."""
    x = first = torch.cat(factors)
    for layer in range(sum(f"cross.{layer}" in weights for layer in range(10))):
        matrix, bias = weights[f"cross.{layer}"], weights[f"cross.{layer}.bias"]
        linear = [torch.dot(matrix[:, out], x) + bias[out] for out in range(len(first))]
        x = first * torch.stack(linear) + x
    if "head" in weights:
        return torch.dot(weights["head"], x - first) + perceptron(weights, first)
    return perceptron(weights, x)


def din(
    weights: Mapping[str, torch.Tensor], factors: list[torch.Tensor], past: torch.Tensor
) -> torch.Tensor:
    taste = torch.zeros_like(factors[0])
    for one in past:
        weight = perceptron(weights, torch.cat([one, one * factors[1], factors[1]]), "attention")
        taste = taste + weight * one
    return deepfm(weights, [*factors, taste], past)


def slow_adagrad(
    weight: NDArray[Any],
    square: NDArray[Any],
    rows: Sequence[int],
    gradient: Float64,
    groups: Sequence[Group],
) -> tuple[Float64, Float64]:
    """Row-wise Adagrad: first the squares of all, then the steps of all, one by one."""
    weight, square = weight.astype(np.float64), square.astype(np.float64)
    for phase in ("squares", "steps"):
        for row, each in zip(rows, gradient, strict=True):
            start = 0
            for g, (columns, rate) in enumerate(groups):
                part = each[start : start + columns]
                if phase == "squares":
                    square[row, g] += float((part**2).mean())
                else:
                    weight[row, start : start + columns] -= rate * part / np.sqrt(square[row, g])
                start += columns
    return weight, square


class Reference:
    """One update of a recommender whose state was ``state``, by a batch of its own size."""

    def __init__(
        self,
        state: State,
        batch: Batch,
        settings: LogisticSettings,
        view: RepresentationView | None = None,
        interaction: Interaction = deepfm,
    ) -> None:
        self.state = state
        self.batch = batch
        self.settings = settings
        self.view = view
        self.leaves: Leaves = {}
        fields = sum(key.startswith("table.chunks.") for key in state)
        ids = [batch.user, batch.item, *batch.categorical.T][:fields]
        self.rows = _rows(state, "table", ids)
        self.past = [one[one >= 0] if interaction is din else one[:0] for one in batch.history]
        self.dim = settings.dim if isinstance(settings, FactorSettings) else 0
        self.base = self._base(interaction)
        self.tower = torch.zeros(len(batch), dtype=torch.float64)
        if view is not None:
            self.tower = self._tower(view)

    def _leaf(self, key: str, rows: Int64 | None = None) -> torch.Tensor:
        value = self.state[f"{key}.weight"].astype(np.float64)
        leaf = torch.from_numpy(value if rows is None else value[rows]).requires_grad_(True)
        self.leaves[key] = leaf
        return leaf

    def _base(self, interaction: Interaction) -> torch.Tensor:
        dim = self.dim
        past = np.concatenate(self.past)
        past = _chunked(self.state, "table", 1, past) if len(past) else past.astype(np.int64)
        self.table_rows = np.concatenate([self.rows.ravel(), past])
        table = self._leaf("table", self.table_rows)
        fields = table[: self.rows.size].view(*self.rows.shape, -1)
        before = torch.split(table[self.rows.size :, :dim], [len(one) for one in self.past])
        weights = {
            key.removeprefix("dense.").removesuffix(".weight"): self._leaf(
                key.removesuffix(".weight")
            )
            for key in self.state
            if key.startswith("dense.") and key.endswith(".weight")
        }
        spread = np.sqrt(self.state["scale.squares"] / max(int(self.state["scale.count"]), 1))
        mean = self.state["scale.mean"]
        logits = []
        for event in range(len(self.batch)):
            parts = list(fields[event])
            for d, factor in enumerate(weights["numeric"]):
                value = self.batch.numeric[event, d]
                scaled = 0.0 if spread[d] == 0 else (value - mean[d]) / spread[d]
                parts.append(factor * float(np.clip(scaled, -5, 5)))
            linear = weights["bias"][0] + sum(part[dim] for part in parts)
            added = interaction(weights, [part[:dim] for part in parts], before[event])
            logits.append(linear + added)
        return torch.stack(logits)

    def _tower(self, view: RepresentationView) -> torch.Tensor:
        d = view.dimensions
        self.user_rows = _rows(self.state, "tower.user", [self.batch.user])[:, 0]
        own = self._leaf("tower.user", self.user_rows)
        item_weight, similarity = self._leaf("tower.item"), self._leaf("tower.similarity")
        learned = self.state["tower.learned"]
        logits = []
        for event in range(len(self.batch)):
            user, item = self.batch.user[event : event + 1], self.batch.item[event]
            looked_up = view.table[view.rows(user, self.batch.item[event : event + 1])[0]]
            seen = torch.from_numpy(looked_up.astype(np.float64))
            known = float(learned[item]) if item < len(learned) else 0.0
            both = torch.cat([seen, seen / (1.0 + known / 10.0) ** 0.5])
            past = view.table[view.rows(user, self.batch.history[event : event + 1])[0], :d]
            each = past.astype(np.float64) @ seen[:d].numpy() / d
            length = max(int((self.batch.history[event] >= 0).sum()), 1)
            logits.append(
                both @ item_weight
                + own[event] @ seen[:d]
                + similarity[0] * (each.sum() / length)
                + similarity[1] * each.max()
            )
        return torch.stack(logits)

    def updated(self, label: Float32) -> dict[str, Float64]:
        """Return every weight and accumulator after one batch with ``label``."""
        target = torch.from_numpy(label.astype(np.float64))
        loss = _log_loss(self.base + self.tower, target)
        gradients = torch.autograd.grad(
            loss, list(self.leaves.values()), allow_unused=True, materialize_grads=True
        )
        found: dict[str, Float64] = {}
        for (key, leaf), gradient in zip(self.leaves.items(), gradients, strict=True):
            rates = self._rates(key)
            if key in ("table", "tower.user"):
                rows = self.table_rows if key == "table" else self.user_rows
                flat = gradient.reshape(-1, leaf.shape[-1]).numpy()
                weight, square = self.state[f"{key}.weight"], self.state[f"{key}.square"]
                after = slow_adagrad(weight, square, rows.tolist(), flat, rates)
                found[f"{key}.weight"], found[f"{key}.square"] = after
            else:
                g = gradient.numpy()
                found[f"{key}.square"] = self.state[f"{key}.square"] + g**2
                step = rates[0][1] * g / np.sqrt(found[f"{key}.square"])
                found[f"{key}.weight"] = leaf.detach().numpy() - step
        return found

    def _rates(self, key: str) -> list[Group]:
        settings = self.settings
        if key == "table":
            linear = (1, settings.bias_rate)
            if isinstance(settings, FactorSettings):
                return [(settings.dim, settings.embedding_rate), linear]
            return [linear]
        tower = {
            "tower.user": settings.tower.user,
            "tower.item": settings.tower.item,
            "tower.similarity": settings.tower.similarity,
        }
        width = self.view.dimensions if self.view is not None else 0
        return [(width, tower.get(key, settings.dense_rate))]


def _log_loss(logit: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return -(target * torch.sigmoid(logit).log() + (1 - target) * torch.sigmoid(-logit).log()).sum()


def _rows(state: State, name: str, ids: Sequence[NDArray[np.int32]]) -> Int64:
    columns = [_chunked(state, name, field, wanted) for field, wanted in enumerate(ids)]
    return np.stack(columns, axis=1)


def _chunked(state: State, name: str, field: int, ids: NDArray[np.int32]) -> Int64:
    chunks = state[f"{name}.chunks.{field}"]
    return np.array([int(chunks[one // 256]) + one % 256 for one in ids.tolist()], np.int64)
