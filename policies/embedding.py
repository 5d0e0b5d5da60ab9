"""One embedding table for all fields, grown by chunks, updated by row-wise Adagrad."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lis_sim.errors import DataError
from lis_sim.hashing import mix, purpose_key, uniform_rows
from lis_sim.plain.saved import saved
from lis_sim.types import Bool, ChangedRows, Float32, Int32, Int64
from policies import kernels

CHUNK_BITS = kernels.CHUNK_BITS
CHUNK = 1 << CHUNK_BITS
_FLOAT = np.dtype(np.float32)
_NEVER = -1
_FILLED_CHUNKS = 256  # whose first numbers are made at a time
_UNIT_TO_DEVIATION = 3.0**0.5  # U(-1, 1) has standard deviation 1 / sqrt(3)


@dataclass(frozen=True, slots=True)
class Columns:
    """Neighbouring columns of a table that share an accumulator, a rate and a first spread."""

    count: int
    deviation: float
    rate: float


class EmbeddingTable:
    """Rows of numbers for the ids of several fields, in one tensor.

    A row's first value is a function of (seed, field, id) alone, so a table that grew as ids
    appeared holds the same numbers as one allocated up front. ``hash_bits`` folds every field
    onto ``2**hash_bits`` rows and bounds the memory.

    Optimiser: row-wise Adagrad (one accumulator a row and column group; Duchi et al. 2011).
    With repeated rows in a batch the squares of the *whole* batch are added before anyone
    steps; stepping with partly filled accumulators makes large batches diverge.

    >>> import numpy as np
    >>> factors, bias = Columns(4, deviation=0.1, rate=0.2), Columns(1, deviation=0.0, rate=0.1)
    >>> table = EmbeddingTable(("user",), (factors, bias), seed=0)
    >>> table.rows(np.array([[0], [70_000]], np.int32)).shape, table.weight.shape[1]
    ((2, 1), 5)
    """

    def __init__(
        self,
        fields: Sequence[str],
        groups: Sequence[Columns],
        *,
        seed: int,
        initial_square: float = 0.1,
        hash_bits: int | None = None,
        device: str = "cpu",
    ) -> None:
        self.groups = tuple(groups)
        self.columns = sum(group.count for group in self.groups)
        self.initial_square = initial_square
        self.hash_bits = hash_bits
        self._keys = [purpose_key(seed, "embedding", field) for field in fields]
        self._seed = seed
        self._spread = _across(self.groups, [g.deviation * _UNIT_TO_DEVIATION for g in self.groups])
        self._share = torch.tensor([1.0 / group.count for group in self.groups], device=device)
        self._rates = np.array([group.rate for group in self.groups], np.float32)
        rates = _across(self.groups, [-g.rate for g in self.groups])
        self._descent = torch.from_numpy(rates).to(device)  # (groups, columns)
        self._chunks = np.zeros(len(self._keys), np.int64)  # chunks each field has
        self._start = np.zeros((len(self._keys), 0), np.int64)  # first row of a field's chunk
        self._used = 0
        self._save = 0  # number of the last save
        # By row: after which save it was stepped last; _NEVER: its numbers follow from its id.
        self._changed = torch.empty(0, dtype=torch.int32, device=device)
        self.weight = torch.empty((0, self.columns), device=device)
        self.square = torch.empty((0, len(self.groups)), device=device)

    def rows(self, ids: Int32) -> Int64:
        """Return the table rows of ``ids`` ``(n, fields)``, growing the table to hold them."""
        return self._rows(ids, slice(None))

    def rows_of(self, field: int, ids: Int32) -> Int64:
        """Return the rows ``(m,)`` of ``ids`` ``(m,)`` of one field that is not the users'."""
        return self._rows(ids[:, None], slice(field, field + 1))[:, 0]

    def _rows(self, ids: Int32, fields: slice) -> Int64:
        if self.hash_bits is not None and ids.min(initial=0) >= 0:
            ids = hashed(ids, self.hash_bits, self._seed)
        found = np.empty(ids.shape, np.int64)
        if kernels.find_rows(ids, self._start[fields], self._chunks[fields], found):
            return found
        if ids.min(initial=0) < 0:
            raise DataError(
                f"id {ids.min()} is negative; ids are dense indices from 0; import the log again"
            )
        needed = self._chunks.copy()
        needed[fields] = (ids >> CHUNK_BITS).max(axis=0, initial=-1).astype(np.int64) + 1
        self._grow_to(needed)
        kernels.find_rows(ids, self._start[fields], self._chunks[fields], found)
        return found

    def _grow_to(self, needed: Int64) -> None:
        """Let every field have ``needed`` (fields,) chunks at least."""
        for field in np.flatnonzero(needed > self._chunks).tolist():
            self._grow(field, int(needed[field]))

    def _grow(self, field: int, chunks: int) -> None:
        first = int(self._chunks[field])
        size = (chunks - first) * CHUNK
        self._reserve(self._used + size, chunks)
        end = self._used + size
        self.weight[self._used : end] = torch.from_numpy(self._first(field, first, chunks))
        self.square[self._used : end] = self.initial_square
        self._changed[self._used : end] = _NEVER
        self._start[field, first:chunks] = np.arange(self._used, end, CHUNK)
        self._chunks[field] = chunks
        self._used = end

    def _first(self, field: int, start: int, end: int) -> Float32:
        """Return what the rows of a field's chunks ``[start, end)`` begin with."""
        size = (end - start) * CHUNK
        fresh = uniform_rows(self._keys[field], start * CHUNK, size, self.columns)
        fresh *= self._spread.sum(axis=0)
        return fresh

    def _reserve(self, rows: int, chunks: int) -> None:
        wide = self._start.shape[1]
        if chunks > wide:
            self._start = np.pad(self._start, ((0, 0), (0, max(chunks, 2 * wide) - wide)))
        if rows > len(self.weight):
            capacity = max(rows, 2 * len(self.weight))
            self.weight = _longer(self.weight, self._used, capacity)
            self.square = _longer(self.square, self._used, capacity)
            self._changed = _longer(self._changed, self._used, capacity)

    def gather(self, rows: torch.Tensor) -> torch.Tensor:
        """Return a copy of the table rows ``(n,)`` or ``(n, fields)``: one more axis, columns."""
        # Several times faster than weight[rows] for the few thousand rows of a batch.
        picked = self.weight.index_select(0, rows.flatten())
        return picked.view(*rows.shape, self.columns)

    def step(self, rows: torch.Tensor, gradient: torch.Tensor) -> None:
        """Apply the gradient ``(m, columns)`` of table rows ``(m,)``, which may repeat."""
        squared = gradient.square()
        mean = gradient.new_empty((len(rows), len(self.groups)))
        start = 0
        for g, group in enumerate(self.groups):
            torch.sum(squared[:, start : start + group.count], dim=1, out=mean[:, g])
            start += group.count
        self.square.index_add_(0, rows, mean.mul_(self._share))
        scale = self.square.index_select(0, rows).rsqrt_()
        self.weight.index_add_(0, rows, gradient * (scale @ self._descent))
        self._changed.index_fill_(0, rows, self._save)

    def step_with(
        self,
        rows: torch.Tensor,
        gradient: torch.Tensor,
        further: torch.Tensor,
        of_further: torch.Tensor,
    ) -> None:
        """Step as :meth:`step`, and with it ``further`` rows ``(k,)``, which are of no user."""
        self.step(torch.cat([rows, further]), torch.cat([gradient, of_further]))

    def step_compiled(self, rows: Int64, slope: Float32, gradient: Float32) -> None:
        """Step rows ``(n, fields)`` of two groups, the second of one column, in one pass.

        ``gradient`` ``(n, fields x d)`` is of the first group's columns, ``slope`` ``(n,)`` that
        of the one column. On a processor only; else as :meth:`step`.
        """
        arrays = (self.weight.numpy(), self.square.numpy(), self._changed.numpy())
        kernels.step_table(rows, slope, gradient, *arrays, self._rates, self._save)

    def state_dict(self, name: str) -> dict[str, NDArray[np.generic]]:
        """Return the table's arrays under keys that start with ``name``."""
        state: dict[str, NDArray[np.generic]] = {
            f"{name}.weight": self.weight[: self._used].cpu().numpy().copy(),
            f"{name}.square": self.square[: self._used].cpu().numpy().copy(),
        }
        for field, chunks in enumerate(self._chunks):
            state[f"{name}.chunks.{field}"] = self._start[field, :chunks].copy()
        return state

    def saved_state(
        self, name: str, save: int, since: int | None
    ) -> dict[str, NDArray[np.generic] | ChangedRows]:
        """Return the same as :meth:`state_dict`, as rows that changed after save ``since``.

        See :class:`policies.base.SavesChanges`. For None: as all rows that were ever stepped.
        Those that were not are zeros then, which no sum of squares of a stepped row is, and
        :meth:`load_state_dict` makes them again from their ids.
        """
        state: dict[str, NDArray[np.generic] | ChangedRows] = {}
        first = 0 if since is None else since
        rows = torch.nonzero(self._changed[: self._used] >= first)[:, 0]
        of = rows.cpu().numpy()
        for part, values in (("weight", self.weight), ("square", self.square)):
            changed = values.index_select(0, rows).cpu().numpy()
            state[f"{name}.{part}"] = ChangedRows(self._used, of, changed, alone=since is None)
        for field, chunks in enumerate(self._chunks):
            state[f"{name}.chunks.{field}"] = self._start[field, :chunks]
        self._save = save
        return state

    def load_state_dict(self, name: str, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over the arrays that :meth:`state_dict` returned under ``name``.

        Raises:
            RunError: If they are of a table of other columns.
        """
        device = self.weight.device
        weight = saved(state, f"{name}.weight", np.float32, None, self.columns)
        square = saved(state, f"{name}.square", np.float32, len(weight), len(self.groups))
        starts = [
            saved(state, f"{name}.chunks.{field}", np.int64, None)
            for field in range(len(self._keys))
        ]
        never: Bool = np.asarray(~square.any(axis=1))
        for field, start in enumerate(starts):
            self._fill(field, start, never, weight)
        square[never] = self.initial_square
        self.weight = torch.from_numpy(weight).to(device)
        self.square = torch.from_numpy(square).to(device)
        self._used = len(self.weight)
        self._changed = torch.from_numpy(np.where(never, _NEVER, 0).astype(np.int32)).to(device)
        self._chunks = np.array([len(start) for start in starts], np.int64)
        self._start = np.zeros((len(starts), self._chunks.max(initial=0)), np.int64)
        for field, start in enumerate(starts):
            self._start[field, : len(start)] = start

    def _fill(self, field: int, starts: NDArray[np.generic], never: Bool, weight: Float32) -> None:
        """Write the first numbers of a field's rows that were ``never`` stepped to ``weight``."""
        for first in range(0, len(starts), _FILLED_CHUNKS):
            some = np.asarray(starts[first : first + _FILLED_CHUNKS], np.int64)
            rows = (some[:, None] + np.arange(CHUNK)).ravel()
            missing = never[rows]
            if missing.any():
                weight[rows[missing]] = self._first(field, first, first + len(some))[missing]


def hashed(ids: Int32, bits: int, seed: int) -> Int32:
    """Fold ``ids`` onto ``[0, 2**bits)`` by a hash of (id, seed); ``bits`` is at most 30.

    >>> import numpy as np
    >>> int(hashed(np.arange(1000, dtype=np.int32), bits=4, seed=0).max())
    15
    """
    # A purpose of its own: users of one row must not all be of one fold.
    mixed = mix(ids, purpose_key(seed, "hashed rows"))
    return (mixed & np.uint64((1 << bits) - 1)).astype(np.int32)


def _across(groups: Sequence[Columns], values: Sequence[float]) -> Float32:
    """Return ``(groups, columns)``: each group's value in its own columns, 0 elsewhere."""
    counts = [group.count for group in groups]
    return np.repeat(np.diag(np.array(values, np.float32)), counts, axis=1)


def _longer(old: torch.Tensor, used: int, capacity: int) -> torch.Tensor:
    new = torch.empty((capacity, *old.shape[1:]), dtype=old.dtype, device=old.device)
    new[:used] = old[:used]
    return new
