"""DeepFM and its tower once more: slow, in float64, loops and autograd instead of formulas.

Reads and returns the arrays of ``DeepFM.state_dict``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lis_sim.types import Batch, Float32, Float64, Int64
from policies.settings import DeepFMSettings
from policies.view import RepresentationView
from tests.unit.policies.worlds import State

Leaves = dict[str, torch.Tensor]
Group = tuple[int, float]  # columns, rate


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
    """One update of a DeepFM whose state was ``state``, by a batch of its own size."""

    def __init__(
        self,
        state: State,
        batch: Batch,
        settings: DeepFMSettings,
        view: RepresentationView | None = None,
    ) -> None:
        self.state = state
        self.batch = batch
        self.settings = settings
        self.view = view
        self.leaves: Leaves = {}
        self.rows = _rows(state, "table", [batch.user, batch.item, *batch.categorical.T])
        self.base = self._base()
        self.tower = torch.zeros(len(batch), dtype=torch.float64)
        if view is not None:
            self.tower = self._tower(view)

    def _leaf(self, key: str, rows: Int64 | None = None) -> torch.Tensor:
        value = self.state[f"{key}.weight"].astype(np.float64)
        leaf = torch.from_numpy(value if rows is None else value[rows]).requires_grad_(True)
        self.leaves[key] = leaf
        return leaf

    def _base(self) -> torch.Tensor:
        dim = self.settings.dim
        fields = self._leaf("table", self.rows)
        numeric, bias = self._leaf("dense.numeric"), self._leaf("dense.bias")
        spread = np.sqrt(self.state["scale.squares"] / max(int(self.state["scale.count"]), 1))
        mean = self.state["scale.mean"]
        layers = range(len(self.settings.hidden) + 1)
        weight = [self._leaf(f"dense.mlp.{layer}") for layer in layers]
        shift = [self._leaf(f"dense.mlp.{layer}.bias") for layer in layers]
        logits = []
        for event in range(len(self.batch)):
            parts = list(fields[event])
            for d, value in enumerate(self.batch.numeric[event]):
                scaled = 0.0 if spread[d] == 0 else (value - mean[d]) / spread[d]
                parts.append(numeric[d] * float(np.clip(scaled, -5, 5)))
            logit = bias[0] + sum(part[dim] for part in parts)
            for f in range(len(parts)):
                for g in range(f):
                    logit = logit + torch.dot(parts[f][:dim], parts[g][:dim])
            x = torch.cat([part[:dim] for part in parts])
            for layer in layers:
                x = x @ weight[layer] + shift[layer]
                x = x if layer == layers[-1] else torch.relu(x)
            logits.append(logit + x[0])
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
                rows = self.rows.ravel() if key == "table" else self.user_rows
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
            return [(settings.dim, settings.embedding_rate), (1, settings.bias_rate)]
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
    columns = []
    for field, wanted in enumerate(ids):
        chunks = state[f"{name}.chunks.{field}"]
        columns.append([int(chunks[one // 256]) + one % 256 for one in wanted.tolist()])
    return np.array(columns, np.int64).T
