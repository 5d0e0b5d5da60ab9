"""The part of DeepFM that sees no representation: factors, pairs and a perceptron."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from lis_sim.hashing import purpose_key, uniform_rows
from lis_sim.types import Batch, Schema
from policies.base import SavedState, State
from policies.embedding import Columns
from policies.exchange import ALONE, Exchange
from policies.numeric import RunningScale
from policies.optim import DenseParameters
from policies.perceptron import Perceptron, first_weights
from policies.settings import DeepFMSettings
from policies.shared_table import table_for


class BackboneInputs(NamedTuple):
    """What some events look like to the backbone, whatever it has learned."""

    rows: torch.Tensor  # (n, F) table rows of the F fields
    numeric: torch.Tensor  # (n, D) standardised


@dataclass(frozen=True, slots=True)
class BackbonePass:
    """One forward pass: the logit, and what its gradient needs."""

    logit: torch.Tensor  # (n,)
    inputs: BackboneInputs
    factors: torch.Tensor  # (n, F + D, dim)
    total: torch.Tensor  # (n, dim) their sum
    layers: list[torch.Tensor]


class Backbone:
    """Factorisation machine and multilayer perceptron over one fused embedding table.

    With the factors ``v_f`` (of user, item, every categorical feature, and of numeric features
    times their value) and as many linear weights ``b_f``, the logit is

        b + sum_f b_f + sum_{f < g} v_f . v_g + MLP(v_1, v_2, ...)

    Gradients are written out: on batches of a few hundred events autograd's bookkeeping costs
    as much as the arithmetic.
    """

    def __init__(
        self,
        schema: Schema,
        *,
        seed: int,
        settings: DeepFMSettings,
        device: str = "cpu",
        exchange: Exchange = ALONE,
    ) -> None:
        self._dim = dim = settings.dim
        self._device = device
        fields = ("user", "item", *(column.name for column in schema.categorical))
        factors = Columns(dim, settings.deviation, settings.embedding_rate)
        self._table = table_for(
            exchange,
            fields,
            (factors, Columns(1, 0.0, settings.bias_rate)),
            seed=seed,
            initial_square=settings.initial_square,
            hash_bits=settings.hash_bits,
            device=device,
        )
        self._scale = RunningScale(len(schema.numeric), exchange)
        first = _first_dense(len(fields), len(schema.numeric), seed, settings)
        self._dense = DenseParameters(
            first,
            dict.fromkeys(first, settings.dense_rate),
            initial_square=settings.initial_square,
            device=device,
            exchange=exchange,
        )
        self._layers = len(settings.hidden) + 1
        self._perceptron = Perceptron(self._dense, self._layers)

    def prepare(self, batch: Batch) -> BackboneInputs:
        """Look up what :meth:`forward` needs of ``batch``."""
        ids = np.concatenate([batch.user[:, None], batch.item[:, None], batch.categorical], axis=1)
        rows = torch.from_numpy(self._table.rows(ids)).to(self._device)
        numeric = torch.from_numpy(self._scale.apply(batch.numeric)).to(self._device)
        return BackboneInputs(rows, numeric)

    def forward(self, inputs: BackboneInputs) -> BackbonePass:
        """Return the logits of the events, with the parameters as they are."""
        n, fields = inputs.rows.shape
        gathered = self._table.gather(inputs.rows)
        numeric = self._dense["numeric"]
        factors = gathered.new_empty((n, fields + len(numeric), self._dim))
        factors[:, :fields] = gathered[:, :, : self._dim]
        logit = self._dense["bias"] + gathered[:, :, self._dim].sum(dim=1)
        if len(numeric):
            torch.mul(inputs.numeric[:, :, None], numeric[:, : self._dim], out=factors[:, fields:])
            logit += inputs.numeric @ numeric[:, self._dim]
        total = factors.sum(dim=1)
        flat = factors.flatten(1)
        pairs = total.square().sum(dim=1) - flat.square().sum(dim=1)
        layers = self._perceptron.forward(flat)
        logit = logit.add_(pairs, alpha=0.5).add_(layers[-1][:, 0])
        return BackbonePass(logit, inputs, factors, total, layers)

    def learn(self, done: BackbonePass, slope: torch.Tensor) -> None:
        """Step against the loss whose derivative by ``done.logit`` is ``slope`` ``(n,)``."""
        n, fields = done.inputs.rows.shape
        each = slope[:, None, None]
        back = self._perceptron.backward(done.layers, slope).view(done.factors.shape)
        back.addcmul_(each, done.total[:, None] - done.factors)
        gradient = back.new_empty((n, fields, self._dim + 1))
        gradient[:, :, : self._dim] = back[:, :fields]
        gradient[:, :, self._dim] = slope[:, None]
        numeric = self._dense.gradient["numeric"]
        if len(numeric):
            value = done.inputs.numeric
            numeric[:, : self._dim] = torch.einsum("nd,ndk->dk", value, back[:, fields:])
            numeric[:, self._dim] = slope @ value
        torch.sum(slope, dim=0, keepdim=True, out=self._dense.gradient["bias"])
        self._dense.step()
        self._table.step(done.inputs.rows.flatten(), gradient.flatten(0, 1))

    def finish(self, batch: Batch) -> None:
        """Note that ``batch`` was learned from: its numeric features widen the known spread."""
        self._scale.learn(batch.numeric)

    def state_dict(self) -> dict[str, NDArray[np.generic]]:
        """Return all parameters, accumulators and the spread of numeric features."""
        return {**self._table.state_dict("table"), **self._small_state()}

    def saved_state(self, save: int, since: int | None) -> SavedState:
        """Return the same, see :class:`policies.base.SavesChanges`."""
        return {**self._table.saved_state("table", save, since), **self._small_state()}

    def _small_state(self) -> State:
        return {
            **{f"dense.{k}": v for k, v in self._dense.state_dict().items()},
            **{f"scale.{k}": v for k, v in self._scale.state_dict().items()},
        }

    def load_state_dict(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what :meth:`state_dict` returned."""
        self._table.load_state_dict("table", state)
        self._dense.load_state_dict(below("dense.", state))
        self._scale.load_state_dict(below("scale.", state))


def _first_dense(
    fields: int, numeric: int, seed: int, settings: DeepFMSettings
) -> dict[str, torch.Tensor]:
    dim = settings.dim
    first = first_weights((fields + numeric) * dim, settings.hidden, seed)
    drawn = uniform_rows(purpose_key(seed, "numeric factors"), 0, numeric, dim + 1)
    first["numeric"] = torch.from_numpy(drawn * np.float32(settings.deviation))
    first["bias"] = torch.zeros(1)
    return first


def below(prefix: str, state: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
    """Return the entries of ``state`` whose key starts with ``prefix``, without it."""
    return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
