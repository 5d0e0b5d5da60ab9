"""The path by which a recommender takes a representation in; zero before it has learned."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from lis_sim.errors import ConfigError
from lis_sim.plain.saved import saved
from lis_sim.types import Batch, Float32, Float64, Int32
from policies.base import SavedState
from policies.counts import Counts
from policies.embedding import Columns, EmbeddingTable, hashed
from policies.exchange import ALONE, Exchange, gathered
from policies.optim import DenseParameters
from policies.settings import TowerRates
from policies.shared_table import SharedTable
from policies.view import RepresentationView

SIMILARITIES = 2
HALF_KNOWN = 10.0  # learned events of an item after which the gate is 1 / sqrt(2)


class TowerInputs(NamedTuple):
    """What some events look like to the tower, whatever its weights are."""

    features: torch.Tensor  # (n, 2 (d + 1) + 2): (v, m), g (v, m), s
    user_rows: torch.Tensor  # (n,) rows of the per-user table


class RepresentationTower:
    """Item vector, user-item interaction and similarity with the recent history.

    For the vector ``v`` of an item, its missing flag ``m``, the user's own weights ``P_u`` and
    the history's vectors ``h``, the tower adds to the logit

        w . (v, m) + g w' . (v, m) + P_u . v + a . s,   s = (mean_l v.h_l, max_l v.h_l) / d

    with ``w, w', P_u, a`` zero at first: before learning every arm scores alike, and an
    all-zero representation keeps every gradient, hence every term, exactly 0. The gate
    ``g = 1 / sqrt(1 + events of the item learned so far / 10)`` lets the vector matter for an
    item the recommender hardly knows and step back as it learns the item itself. Items without
    a vector and padding count as similarity 0 in the maximum; padding not at all in the mean.

    The logit is linear in all weights, so gradients are the inputs times the loss's slope.
    """

    _rows_of_users: type[EmbeddingTable] = EmbeddingTable

    def __init__(
        self,
        dimensions: int,
        *,
        seed: int,
        rates: TowerRates,
        hash_bits: int | None = None,
        device: str = "cpu",
        exchange: Exchange = ALONE,
    ) -> None:
        self.dimensions = dimensions
        self._device = device
        self._seed = seed
        self._hash_bits = hash_bits
        self._exchange = exchange
        self._weight = DenseParameters(
            {"item": torch.zeros(2 * (dimensions + 1)), "similarity": torch.zeros(SIMILARITIES)},
            {"item": rates.item, "similarity": rates.similarity},
            initial_square=1.0,
            device=device,
            exchange=exchange,
        )
        alone = exchange.shard.whole
        rows_of_users = self._rows_of_users if alone else partial(SharedTable, exchange)
        self._user = rows_of_users(
            ("user",),
            (Columns(dimensions, deviation=0.0, rate=rates.user),),
            seed=seed,
            initial_square=1.0,
            hash_bits=hash_bits,
            device=device,
        )
        self._learned = Counts()
        self._view: RepresentationView | None = None
        self._table = torch.empty(0)

    def see(self, view: RepresentationView | None) -> None:
        """Look items up in ``view`` from the next pass on."""
        if view is not None and view.dimensions != self.dimensions:
            raise ConfigError(
                f"the representation has {view.dimensions} dimensions, this arm was made for "
                f"{self.dimensions}; make the policy with dimensions={view.dimensions}"
            )
        self._view = view
        if view is not None:
            self._table = torch.from_numpy(view.table).to(self._device)

    def prepare(self, batch: Batch) -> TowerInputs | None:
        """Look up what :meth:`forward` needs of ``batch``; None: no representation is seen."""
        if self._view is None:
            return None
        d = self.dimensions
        ids = np.concatenate([batch.item[:, None], batch.history], axis=1)
        rows = torch.from_numpy(self._view.rows(batch.user, ids)).to(self._device)
        seen = self._table.index_select(0, rows.flatten()).view(*rows.shape, d + 1)
        item = seen[:, 0]
        features = item.new_zeros((len(item), 2 * (d + 1) + SIMILARITIES))
        features[:, : d + 1] = item
        gate = torch.from_numpy(self._gate(batch.item)).to(self._device)
        torch.mul(item, gate[:, None], out=features[:, d + 1 : 2 * (d + 1)])
        if seen.shape[1] > 1:
            similarity = torch.bmm(seen[:, 1:, :d], item[:, :d, None])[:, :, 0]
            length = np.count_nonzero(batch.history >= 0, axis=1).clip(min=1)
            share = torch.from_numpy((1.0 / (d * length)).astype(np.float32)).to(self._device)
            torch.mul(similarity.sum(dim=1), share, out=features[:, -2])
            torch.div(similarity.amax(dim=1), d, out=features[:, -1])
        user_rows = torch.from_numpy(self._user.rows(batch.user[:, None])[:, 0])
        return TowerInputs(features, user_rows.to(self._device))

    def _gate(self, item: Int32) -> Float32:
        learned: Float64 = self._learned.at(self._counted(item))
        gate: Float32 = (1.0 / np.sqrt(1.0 + learned / HALF_KNOWN)).astype(np.float32)
        return gate

    def _counted(self, item: Int32) -> Int32:
        return item if self._hash_bits is None else hashed(item, self._hash_bits, self._seed)

    def forward(self, inputs: TowerInputs) -> torch.Tensor:
        """Return what the tower adds to the logits ``(n,)``."""
        vector = inputs.features[:, : self.dimensions]
        own = (vector * self._user.gather(inputs.user_rows)).sum(dim=1)
        return own.addmv_(inputs.features, self._weight.flat)

    def learn(self, inputs: TowerInputs, slope: torch.Tensor) -> None:
        """Step against the loss whose derivative by the logit is ``slope`` ``(n,)``."""
        torch.mv(inputs.features.t(), slope, out=self._weight.flat_gradient)
        self._weight.step()
        self._user.step(inputs.user_rows, inputs.features[:, : self.dimensions] * slope[:, None])

    def finish(self, batch: Batch) -> None:
        """Note that ``batch`` was learned from: its items are better known now."""
        self._learned.add(gathered(self._exchange, self._counted(batch.item)))

    def state_dict(self) -> dict[str, NDArray[np.generic]]:
        """Return all weights, accumulators and counts; the representation is not among them."""
        return {
            **self._weight.state_dict(),
            **self._user.state_dict("user"),
            "learned": self._learned.array(),
        }

    def saved_state(self, save: int, since: int | None) -> SavedState:
        """Return the same, see :class:`policies.base.SavesChanges`."""
        return {
            **self._weight.state_dict(),
            **self._user.saved_state("user", save, since),
            "learned": self._learned.array(),
        }

    def load_state_dict(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what :meth:`state_dict` returned."""
        self._weight.load_state_dict(state)
        self._user.load_state_dict("user", state)
        self._learned = Counts(saved(state, "learned", np.float64, None))


def show(tower: RepresentationTower | None, view: RepresentationView | None) -> None:
    """Let ``tower`` see ``view``; an arm without one sees nothing, or :class:`ConfigError`."""
    if tower is not None:
        tower.see(view)
    elif view is not None:
        raise ConfigError(
            "this arm sees no representation; make the policy with "
            f"dimensions={view.dimensions} to show it one"
        )
