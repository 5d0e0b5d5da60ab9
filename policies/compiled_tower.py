"""The representation tower on a processor, without a tensor operation a step."""

from __future__ import annotations

import numpy as np
import torch

from lis_sim.types import Batch, Float32, Int64
from policies import tower_kernels
from policies.embedding import EmbeddingTable
from policies.tower import HALF_KNOWN, SIMILARITIES, RepresentationTower, TowerInputs


class _UserRows(EmbeddingTable):
    """A table of one field and one group whose rows step as machine code."""

    def step_features(self, rows: Int64, slope: Float32, features: Float32) -> None:
        """Step ``rows`` ``(n,)``; their gradient is ``slope`` times the first ``features``."""
        arrays = (self.weight.numpy(), self.square.numpy(), self._changed.numpy())
        rate = self.groups[0].rate
        tower_kernels.step_users(rows, slope, features, *arrays, rate, self._save)


class CompiledTower(RepresentationTower):
    """A :class:`RepresentationTower` whose passes are machine code.

    Parameters and their states are its own: either takes over what the other has learned.
    """

    _rows_of_users = _UserRows
    _user: _UserRows

    def prepare(self, batch: Batch) -> TowerInputs | None:
        """Look up what :meth:`forward` needs of ``batch``; None: no representation is seen."""
        if (view := self._view) is None:
            return None
        features = np.empty((len(batch), 2 * (self.dimensions + 1) + SIMILARITIES), np.float32)
        learned = self._learned.at(self._counted(batch.item))
        tower_kernels.tower_features(
            batch.item,
            batch.history,
            view.first_rows(batch.user),
            view.table,
            view.items,
            learned,
            HALF_KNOWN,
            features,
        )
        rows = self._user.rows(batch.user[:, None])[:, 0]
        return TowerInputs(torch.from_numpy(features), torch.from_numpy(rows))

    def forward(self, inputs: TowerInputs) -> torch.Tensor:
        """Return what the tower adds to the logits ``(n,)``."""
        logit = np.empty(len(inputs.features), np.float32)
        tower_kernels.tower_logit(
            inputs.features.numpy(),
            self._weight.flat.numpy(),
            inputs.user_rows.numpy(),
            self._user.weight.numpy(),
            logit,
        )
        return torch.from_numpy(logit)

    def learn(self, inputs: TowerInputs, slope: torch.Tensor) -> None:
        """Step against the loss whose derivative by the logit is ``slope`` ``(n,)``."""
        features, of = inputs.features.numpy(), slope.numpy()
        tower_kernels.tower_gradient(features, of, self._weight.flat_gradient.numpy())
        self._weight.step_compiled()
        self._user.step_features(inputs.user_rows.numpy(), of, features)
