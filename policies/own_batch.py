"""What a module of the user's own sees of some events: tensors, with ids below a fixed number."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from lis_sim.types import Batch, CategoricalColumn, Float32, Int32, Int64, Schema
from policies.embedding import hashed


class TensorBatch(NamedTuple):
    """Some events, as ``forward`` gets them. ``n`` events, ``C``, ``D`` features, ``H`` history.

    Ids are rows of tables: below ``schema.users``, ``schema.items`` and the ``size`` of each
    categorical column, whatever the log becomes. Ids up to there stand for themselves, later ones
    are hashed onto the same rows. Numeric features are standardised with the mean and spread of
    what was learned so far, and clipped to five deviations.
    """

    user: torch.Tensor  # (n,) int64
    item: torch.Tensor  # (n,) int64
    categorical: torch.Tensor  # (n, C) int64
    numeric: torch.Tensor  # (n, D) float32
    history: torch.Tensor  # (n, H) int64: items engaged with before the step; 0 where there is none
    history_mask: torch.Tensor  # (n, H) bool: True where `history` is an item

    def take(self, rows: torch.Tensor) -> TensorBatch:
        """Return the events at ``rows`` ``(m,)``."""
        return TensorBatch(*(part.index_select(0, rows) for part in self))


def table_schema(schema: Schema, hash_bits: int, category_bits: int) -> Schema:
    """Return ``schema`` with the rows of tables in place of what the log has.

    How many users a log has at its end is not known while it grows, and no secret of the future
    belongs into a table's size.

    >>> table_schema(Schema(users=7, items=9, numeric=("age",)), 16, 10)
    Schema(users=65536, items=65536, categorical=(), numeric=('age',))
    """
    rows = 1 << hash_bits
    columns = tuple(CategoricalColumn(one.name, 1 << category_bits) for one in schema.categorical)
    return Schema(users=rows, items=rows, categorical=columns, numeric=schema.numeric)


def tensor_batch(
    batch: Batch, numeric: Float32, hash_bits: int, category_bits: int, seed: int, device: str
) -> TensorBatch:
    """Return ``batch`` as tensors on ``device``; ``numeric`` (n, D) are its scaled features."""
    known = batch.history >= 0
    history = np.where(known, folded(batch.history, hash_bits, seed), 0)
    arrays = (
        folded(batch.user, hash_bits, seed),
        folded(batch.item, hash_bits, seed),
        folded(batch.categorical, category_bits, seed),
        numeric.astype(np.float32),
        history,
        known,
    )
    # Copies: what a module writes into them reaches no other arm.
    return TensorBatch(*(torch.from_numpy(array).to(device) for array in arrays))


def folded(ids: Int32, bits: int, seed: int) -> Int64:
    """Return ``ids``, those from ``2**bits`` on hashed below it.

    >>> folded(np.int32([0, 3, 3]), bits=2, seed=0).tolist()
    [0, 3, 3]
    >>> int(folded(np.arange(100, dtype=np.int32), bits=2, seed=0).max())
    3
    """
    found = ids.astype(np.int64)
    late = found >= 1 << bits
    if late.any():
        found[late] = hashed(ids[late], bits, seed)
    return found
