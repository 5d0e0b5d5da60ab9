"""A module that keeps the contract, and one that breaks each promise a module can break."""

from __future__ import annotations

import itertools

import numpy as np
import torch
from torch import nn

from lis_sim.types import Schema
from policies import TensorBatch

_CALLS = itertools.count()
NO_CLASS = 3


class Good(nn.Module):
    def __init__(self, schema: Schema, rank: int = 4) -> None:
        super().__init__()
        self.user = nn.Embedding(schema.users, rank, sparse=True)
        self.item = nn.Embedding(schema.items, rank, sparse=True)
        self.bias = nn.Embedding(schema.items, 1, sparse=True)
        self.numeric = nn.Parameter(torch.zeros(len(schema.numeric)))
        self.dropout = nn.Dropout(0.1)
        for table in (self.user, self.item, self.bias):
            nn.init.normal_(table.weight, std=0.05)

    def forward(self, batch: TensorBatch) -> torch.Tensor:
        user, item = self.dropout(self.user(batch.user)), self.item(batch.item)
        known = batch.history_mask[:, :, None]
        recent = (self.item(batch.history) * known).sum(1)
        logit: torch.Tensor = ((user + recent) * item).sum(1) + self.bias(batch.item)[:, 0]
        return logit + batch.numeric @ self.numeric

    def make_optimizer(self) -> torch.optim.Optimizer:
        return torch.optim.Adagrad(self.parameters(), lr=0.1)


class NotFinite(Good):
    def forward(self, batch: TensorBatch) -> torch.Tensor:
        return super().forward(batch) / 0.0


class WrongShape(Good):
    def forward(self, batch: TensorBatch) -> torch.Tensor:
        return super().forward(batch)[:, None]


class Unseeded(Good):
    """Every object is another, whatever the seed."""

    def __init__(self, schema: Schema) -> None:
        super().__init__(schema)
        self.shift = 0.01 * next(_CALLS)

    def forward(self, batch: TensorBatch) -> torch.Tensor:
        return super().forward(batch) + self.shift


class GlobalNumPy(Good):
    def forward(self, batch: TensorBatch) -> torch.Tensor:
        return super().forward(batch) + float(np.random.random())  # noqa: NPY002


class CountsScores(Good):
    """Scoring changes what later scores are."""

    def __init__(self, schema: Schema) -> None:
        super().__init__(schema)
        self.scored: torch.Tensor
        self.register_buffer("scored", torch.zeros(()))

    def forward(self, batch: TensorBatch) -> torch.Tensor:
        if not self.training:
            self.scored += 1.0
        return super().forward(batch) + 0.01 * self.scored


class Unsaved(Good):
    """What later scores depend on is no buffer."""

    learned = 0

    def forward(self, batch: TensorBatch) -> torch.Tensor:
        self.learned += self.training
        return super().forward(batch) + 0.01 * self.learned


class BatchMean(Good):
    def forward(self, batch: TensorBatch) -> torch.Tensor:
        logit = super().forward(batch)
        return logit - logit.mean()


class Hoarder(Good):
    """Keeps every batch it has learned from."""

    def __init__(self, schema: Schema) -> None:
        super().__init__(schema)
        self.seen: list[TensorBatch] = []

    def forward(self, batch: TensorBatch) -> torch.Tensor:
        if self.training:
            self.seen.append(batch)
        return super().forward(batch)


class WrongWay(Good):
    def loss(self, logit: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        loss = nn.functional.binary_cross_entropy_with_logits
        return loss(logit, 1.0 - label, reduction="none")


class Stuck(Good):
    def make_optimizer(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.0)


class KnownCategories(Good):
    """Has rows for the categories of today alone."""

    def __init__(self, schema: Schema) -> None:
        super().__init__(schema)
        self.tab = nn.Embedding(4, 1)

    def forward(self, batch: TensorBatch) -> torch.Tensor:
        logit: torch.Tensor = super().forward(batch) + self.tab(batch.categorical[:, 0])[:, 0]
        return logit


class Detached(Good):
    def forward(self, batch: TensorBatch) -> torch.Tensor:
        return super().forward(batch).detach()


class Raises(Good):
    def forward(self, batch: TensorBatch) -> torch.Tensor:
        raise IndexError("no such row")


class NoParameters(nn.Module):
    def __init__(self, schema: Schema) -> None:
        super().__init__()


class NeedsRank(Good):
    def __init__(self, schema: Schema, rank: int) -> None:
        super().__init__(schema, rank)


class NoSchema(nn.Module):
    pass


class TakesOurs(Good):
    def __init__(self, schema: Schema, hash_bits: int = 3) -> None:
        super().__init__(schema)


class NoOptimizer(Good):
    def make_optimizer(self) -> torch.optim.Optimizer:
        return 3  # type: ignore[return-value]


class WrongLoss(Good):
    def loss(self, logit: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        return torch.zeros(3)


class SmallTables(Good):
    """Its class says what suits it."""

    hash_bits = 4
    category_bits = 2
