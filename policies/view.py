"""How an arm looks items up in the representation it may see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lis_sim.hashing import fold_of
from lis_sim.types import Float32, Int32, Int64, Representation

_LEAST_SPREAD = 0.25


@dataclass(frozen=True, slots=True)
class RepresentationView:
    """A representation together with the fold hash of the replicate that looks at it.

    Row ``fold * (I + 1) + item`` of ``table`` is what a user of that fold sees: the vector and
    then the flag of :func:`missing_flag`. The last row of each fold is all zero and stands for
    padding and for items that are not in it yet.

    >>> import numpy as np
    >>> vectors = np.float32([[[1.0, -1.0], [0.0, 0.0]]])
    >>> view = RepresentationView.of(Representation(vectors, np.array([[True, False]])), 0)
    >>> view.table.tolist()
    [[1.0, -1.0, -1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    >>> view.rows(np.int32([7, 8, 9]), np.int32([1, 5, -1])).tolist()
    [1, 2, 2]
    """

    table: Float32  # (F * (I + 1), d + 1)
    folds: int
    items: int
    fold_seed: int
    blocks: tuple[int, ...]

    @property
    def parts(self) -> list[slice]:
        """The columns of every block.

        >>> import numpy as np
        >>> RepresentationView(np.zeros((2, 6), np.float32), 1, 1, 0, (2, 3)).parts
        [slice(0, 2, None), slice(2, 5, None)]
        """
        ends = np.cumsum(self.blocks).tolist()
        return [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]

    @property
    def dimensions(self) -> int:
        return int(self.table.shape[1]) - 1

    @classmethod
    def of(cls, representation: Representation, fold_seed: int) -> RepresentationView:
        """Lay ``representation`` out for look-ups by users hashed with ``fold_seed``."""
        folds, items, d = representation.vectors.shape
        table = np.zeros((folds, items + 1, d + 1), np.float32)
        table[:, :items, :d] = representation.vectors
        table[:, :items, d] = missing_flag(representation)
        return cls(table.reshape(-1, d + 1), folds, items, fold_seed, representation.blocks or (d,))

    def rows(self, user: Int32, item: Int32) -> Int64:
        """Return table rows for ``item`` ``(n,)`` or ``(n, H)`` as seen by ``user`` ``(n,)``."""
        # As an unsigned number, padding (-1) is beyond every item.
        known = np.minimum(item.astype(np.uint32), np.uint32(self.items))
        if self.folds == 1:
            return known.astype(np.int64)
        start = self.first_rows(user)
        rows: Int64 = known + (start if item.ndim == 1 else start[:, None])
        return rows

    def first_rows(self, user: Int32) -> Int64:
        """Return the table row ``(n,)`` of the first item as seen by ``user`` ``(n,)``."""
        if self.folds == 1:
            return np.zeros(len(user), np.int64)
        return fold_of(user, self.fold_seed, self.folds) * (self.items + 1)


def missing_flag(representation: Representation) -> Float32:
    """Return the ``(F, I)`` flag of items without a vector, centred and scaled to unit RMS.

    Centring makes a flag that says the same about every item exactly 0, so a representation
    that holds nothing changes nothing. Where nearly all items say the same, the RMS is taken
    as 0.25: the few others would stand out by 1 / RMS and shake the tower.
    """
    missing = (~representation.supported).astype(np.float64)
    centred = missing - missing.mean(axis=1, keepdims=True)
    rms = np.sqrt((centred**2).mean(axis=1, keepdims=True))
    flag: Float32 = (centred / np.maximum(rms, _LEAST_SPREAD)).astype(np.float32)
    return flag
