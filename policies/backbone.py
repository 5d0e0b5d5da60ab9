"""What all neural recommenders share: linear weights and factors in one embedding table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

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
from policies.settings import FactorSettings, LogisticSettings
from policies.shared_table import table_for

ITEM = 1  # the field of items, after the users'

S = TypeVar("S", bound=LogisticSettings)
Kept = TypeVar("Kept")


class BackboneInputs(NamedTuple):
    """What some events look like to the backbone, whatever it has learned."""

    rows: torch.Tensor  # (n, F) table rows of the F fields
    numeric: torch.Tensor  # (n, D) standardised
    history: torch.Tensor | None = None  # (n, H) table rows of the history, where it is looked at


@dataclass(frozen=True, slots=True)
class BackbonePass(Generic[Kept]):
    """One forward pass: the logit, and what its gradient needs."""

    logit: torch.Tensor  # (n,)
    inputs: BackboneInputs
    kept: Kept  # by the interaction


class Slopes(NamedTuple):
    """The gradient that an interaction hands back."""

    factors: torch.Tensor  # (n, K, dim)
    rows: torch.Tensor | None = None  # (m,) further table rows, of no user
    of_rows: torch.Tensor | None = None  # (m, dim) of their factors


class Backbone(ABC, Generic[S, Kept]):
    """Linear weights and factors over one fused embedding table, and an interaction of factors.

    With a linear weight ``b_f`` and a factor ``v_f`` for user, item, every categorical feature
    and every numeric one (both times its value there), ``K`` of them, the logit is

        b + sum_f b_f + interaction(v_1, ..., v_K)

    and a subclass says what the interaction is. Features that ``schema`` does not have are not
    looked at.

    Gradients are written out: on batches of a few hundred events autograd's bookkeeping costs
    as much as the arithmetic.
    """

    def __init__(
        self,
        schema: Schema,
        *,
        seed: int,
        settings: S,
        device: str = "cpu",
        exchange: Exchange = ALONE,
    ) -> None:
        factors = _factors(settings)
        self._dim = factors.count
        self._device = device
        self._categorical, self._numeric = len(schema.categorical), len(schema.numeric)
        fields = ("user", "item", *(column.name for column in schema.categorical))
        linear = Columns(1, 0.0, settings.bias_rate)
        self._table = table_for(
            exchange,
            fields,
            (factors, linear) if factors.count else (linear,),
            seed=seed,
            initial_square=settings.initial_square,
            hash_bits=settings.hash_bits,
            device=device,
        )
        self._scale = RunningScale(self._numeric, exchange)
        first = self._first_weights(len(fields) + self._numeric, seed, settings)
        drawn = uniform_rows(purpose_key(seed, "numeric factors"), 0, self._numeric, self._dim + 1)
        first["numeric"] = torch.from_numpy(drawn * np.float32(factors.deviation))
        first["bias"] = torch.zeros(1)
        self._dense = DenseParameters(
            first,
            dict.fromkeys(first, settings.dense_rate),
            initial_square=settings.initial_square,
            device=device,
            exchange=exchange,
        )

    @abstractmethod
    def _first_weights(self, factors: int, seed: int, settings: S) -> dict[str, torch.Tensor]:
        """Return the first dense weights of the interaction of so many ``factors``, by name."""

    @abstractmethod
    def _interact(self, inputs: BackboneInputs, factors: torch.Tensor, logit: torch.Tensor) -> Kept:
        """Add the interaction of ``factors`` ``(n, K, dim)`` to ``logit`` ``(n,)``."""

    @abstractmethod
    def _back(self, kept: Kept, slope: torch.Tensor) -> Slopes:
        """Write the dense weights' gradients for ``slope`` ``(n,)``; return the factors'."""

    def prepare(self, batch: Batch) -> BackboneInputs:
        """Look up what :meth:`forward` needs of ``batch``."""
        categorical = batch.categorical[:, : self._categorical]
        ids = np.concatenate([batch.user[:, None], batch.item[:, None], categorical], axis=1)
        rows = torch.from_numpy(self._table.rows(ids)).to(self._device)
        numeric = self._scale.apply(batch.numeric[:, : self._numeric])
        return BackboneInputs(rows, torch.from_numpy(numeric).to(self._device))

    def forward(self, inputs: BackboneInputs) -> BackbonePass[Kept]:
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
        kept = self._interact(inputs, factors, logit)
        return BackbonePass(logit, inputs, kept)

    def learn(self, done: BackbonePass[Kept], slope: torch.Tensor) -> None:
        """Step against the loss whose derivative by ``done.logit`` is ``slope`` ``(n,)``."""
        n, fields = done.inputs.rows.shape
        back, further, of_further = self._back(done.kept, slope)
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
        rows, flat = done.inputs.rows.flatten(), gradient.flatten(0, 1)
        if further is None or of_further is None:
            self._table.step(rows, flat)
        else:
            no_bias = of_further.new_zeros((len(further), 1))
            self._table.step_with(rows, flat, further, torch.cat([of_further, no_bias], dim=1))

    def finish(self, batch: Batch) -> None:
        """Note that ``batch`` was learned from: its numeric features widen the known spread."""
        self._scale.learn(batch.numeric[:, : self._numeric])

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


def _factors(settings: LogisticSettings) -> Columns:
    """Return the table's columns that hold factors; none for a logistic regression."""
    if isinstance(settings, FactorSettings):
        return Columns(settings.dim, settings.deviation, settings.embedding_rate)
    return Columns(0, 0.0, settings.bias_rate)


def below(prefix: str, state: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
    """Return the entries of ``state`` whose key starts with ``prefix``, without it."""
    return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
