"""Attention over the history (DIN, Zhou et al. 2018, arXiv 1706.06978), one step at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch

from lis_sim.types import Batch, Schema
from policies.backbone import ITEM, Backbone, BackboneInputs, Slopes
from policies.exchange import ALONE, Exchange
from policies.online import OnlineRanker
from policies.optim import DenseParameters
from policies.pairs import Pairs, PairsPass
from policies.perceptron import Perceptron, first_weights
from policies.settings import DINSettings

_PADDING = -1


class _PooledPass(NamedTuple):
    event: torch.Tensor  # (m,) whose history an item is of
    past: torch.Tensor  # (m, dim) the item's factor
    item: torch.Tensor  # (m, dim) of the item that is scored
    layers: list[torch.Tensor]  # of the activation unit; last its weights (m, 1)


class ActivationUnit:
    """The sum of the history's factors, each weighed by what it says of the item.

    Equation 3 of the paper: for the factor ``v`` of the item and ``h_l`` of the history's items,

        sum_l a(h_l, v) h_l,   a = MLP(h_l, h_l * v, v)

    with weights that are not brought to a sum of 1: a long history that agrees says more than a
    short one. No history gives 0.
    """

    def __init__(self, dense: DenseParameters, layers: int) -> None:
        self._unit = Perceptron(dense, layers, "attention")

    @staticmethod
    def first(settings: DINSettings, seed: int) -> dict[str, torch.Tensor]:
        """Return first weights by name: every item of a history counts about alike."""
        first = first_weights(3 * settings.dim, settings.attention, seed, "attention")
        first[f"attention.{len(settings.attention)}.bias"].fill_(settings.first_weight)
        return first

    def forward(self, item: torch.Tensor, event: torch.Tensor, past: torch.Tensor) -> _PooledPass:
        """Weigh the factors ``past`` ``(m, dim)`` of histories for ``item`` ``(n, dim)``."""
        own = item.index_select(0, event)
        layers = self._unit.forward(torch.cat([past, past * own, own], dim=1))
        return _PooledPass(event, past, own, layers)

    def backward(self, done: _PooledPass, back: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Write the unit's gradients for ``back`` ``(n, dim)`` of the sum; return two others.

        Those of ``past`` ``(m, dim)``, and of the item that each was weighed for.
        """
        of_each = back.index_select(0, done.event)
        of_input = self._unit.backward(done.layers, (of_each * done.past).sum(dim=1))
        of_past, of_product, of_item = of_input.chunk(3, dim=1)
        of_past = of_past + of_product * done.item + of_each * done.layers[-1]
        return of_past, of_item + of_product * done.past


class _Attended(NamedTuple):
    rows: torch.Tensor  # (m,) table rows of the history
    pooled: _PooledPass
    pairs: PairsPass


class AttentionBackbone(Backbone[DINSettings, _Attended]):
    """DeepFM with the history as one more factor, made by an :class:`ActivationUnit`.

    The history's items have the factors of the item table. The paper gives user, item and history
    to a perceptron alone; the pairs of factors are kept beside it here.
    """

    def __init__(
        self,
        schema: Schema,
        *,
        seed: int,
        settings: DINSettings,
        device: str = "cpu",
        exchange: Exchange = ALONE,
    ) -> None:
        super().__init__(schema, seed=seed, settings=settings, device=device, exchange=exchange)
        self._unit = ActivationUnit(self._dense, len(settings.attention) + 1)
        self._pairs = Pairs(self._dense, len(settings.hidden) + 1)

    def _first_weights(
        self, factors: int, seed: int, settings: DINSettings
    ) -> dict[str, torch.Tensor]:
        first = first_weights((factors + 1) * settings.dim, settings.hidden, seed)
        return first | ActivationUnit.first(settings, seed)

    def prepare(self, batch: Batch) -> BackboneInputs:
        """Look up what :meth:`forward` needs of ``batch``, its history among it."""
        there = batch.history >= 0
        rows = np.full(batch.history.shape, _PADDING, np.int64)
        rows[there] = self._table.rows_of(ITEM, batch.history[there])
        found = super().prepare(batch)
        return found._replace(history=torch.from_numpy(rows).to(self._device))

    def _interact(
        self, inputs: BackboneInputs, factors: torch.Tensor, logit: torch.Tensor
    ) -> _Attended:
        assert inputs.history is not None
        event, place = torch.nonzero(inputs.history != _PADDING, as_tuple=True)
        rows = inputs.history[event, place]
        past = self._table.gather(rows)[:, : self._dim]
        pooled = self._unit.forward(factors[:, ITEM], event, past)
        taste = factors.new_zeros((len(factors), self._dim))
        taste.index_add_(0, event, pooled.layers[-1] * past)
        joined = torch.cat([factors, taste[:, None]], dim=1)
        return _Attended(rows, pooled, self._pairs.forward(joined, logit))

    def _back(self, kept: _Attended, slope: torch.Tensor) -> Slopes:
        back = self._pairs.backward(kept.pairs, slope)
        of_past, of_item = self._unit.backward(kept.pooled, back[:, -1])
        factors = back[:, :-1]
        factors[:, ITEM].index_add_(0, kept.pooled.event, of_item)
        return Slopes(factors, kept.rows, of_past)


class DIN(OnlineRanker[DINSettings]):
    """Attention over the history: :class:`AttentionBackbone` learned step by step."""

    settings_type = DINSettings

    def _kind(self, compiled: bool) -> type[Backbone[DINSettings, Any]]:
        return AttentionBackbone
