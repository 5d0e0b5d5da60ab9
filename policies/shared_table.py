"""The embedding table of one shard: own rows for its users, everybody's rows for all else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from lis_sim.hashing import uniform_rows
from lis_sim.types import Float32, Int32, Int64
from policies import shard_kernels
from policies.embedding import CHUNK, CHUNK_BITS, Columns, EmbeddingTable
from policies.exchange import Exchange

_USER = "user"


def table_for(
    exchange: Exchange, fields: Sequence[str], groups: Sequence[Columns], **settings: Any
) -> EmbeddingTable:
    """Return a table for the users of ``exchange``'s shard, or for all if there is one shard."""
    if exchange.shard.whole:
        return EmbeddingTable(fields, groups, **settings)
    return SharedTable(exchange, fields, groups, **settings)


class SharedTable(EmbeddingTable):
    """An :class:`EmbeddingTable` of which every shard keeps the rows of its own users alone.

    The rows of all other fields lie on every shard. In a step each shard adds its events'
    gradients and squares up by row, and sends them with the row's field and id (rows are numbered
    by each shard in its own way). All then step the same rows by the same sums. Folded by
    ``hash_bits``, users of different shards meet in one row: then those are everybody's too.

    A step is that of one table over all events, up to the order of sums. What travels is a row for
    every distinct id of a step: ``4 (columns + groups + 2)`` bytes.
    """

    def __init__(
        self, exchange: Exchange, fields: Sequence[str], groups: Sequence[Columns], **settings: Any
    ) -> None:
        super().__init__(fields, groups, **settings)
        assert fields[0] == _USER, "users come first"
        self._exchange = exchange
        self._own = 0 if self.hash_bits is not None else 1  # fields nobody else has rows of
        self._counts = np.array([group.count for group in self.groups])
        self._field_of = self._chunk_of = np.zeros(0, np.int64)  # by chunk of rows
        self._slot: Int32 = np.zeros(0, np.int32)  # of a row among those of a step; -1: none

    def rows(self, ids: Int32) -> Int64:
        if self._own:
            ids = ids.copy()
            ids[:, 0] = self._exchange.shard.local(ids[:, 0])
        return super().rows(ids)

    def _first(self, field: int, start: int, end: int) -> Float32:
        shard = self._exchange.shard
        if field >= self._own:
            return super()._first(field, start, end)
        first, size = start * CHUNK * shard.of, (end - start) * CHUNK * shard.of
        drawn = uniform_rows(self._keys[field], first, size, self.columns)[shard.index :: shard.of]
        fresh: Float32 = drawn * self._spread.sum(axis=0)
        return fresh

    def step(self, rows: torch.Tensor, gradient: torch.Tensor) -> None:
        """Apply the gradient ``(n fields, columns)`` of rows ``(n fields,)``, events in order."""
        fields = len(self._keys)
        at, by_field = rows.view(-1, fields), gradient.view(-1, fields, self.columns)
        if self._own:
            self._step_summed(*self._summed(at[:, :1], by_field[:, :1]))
        if fields > self._own:
            self._step_shared(at[:, self._own :], by_field[:, self._own :])

    def step_with(
        self,
        rows: torch.Tensor,
        gradient: torch.Tensor,
        further: torch.Tensor,
        of_further: torch.Tensor,
    ) -> None:
        fields = len(self._keys)
        at, by_field = rows.view(-1, fields), gradient.view(-1, fields, self.columns)
        if self._own:
            self._step_summed(*self._summed(at[:, :1], by_field[:, :1]))
        shared = torch.cat([at[:, self._own :].flatten(), further])
        of_shared = torch.cat([by_field[:, self._own :].flatten(0, 1), of_further])
        self._step_shared(shared[:, None], of_shared[:, None])

    def step_compiled(self, rows: Int64, slope: Float32, gradient: Float32) -> None:
        n, fields = rows.shape
        d = self.columns - 1
        if self._own:
            super().step_compiled(rows[:, :1].copy(), slope, gradient[:, :d].copy())
        shared = np.empty((n, fields - self._own, self.columns), np.float32)
        shared[:, :, :d] = gradient[:, : fields * d].reshape(n, fields, d)[:, self._own :]
        shared[:, :, d] = slope[:, None]
        self._step_shared(torch.from_numpy(rows[:, self._own :]), torch.from_numpy(shared))

    def _step_shared(self, rows: torch.Tensor, gradient: torch.Tensor) -> None:
        """Step rows ``(n, f)`` by the gradients ``(n, f, columns)`` of all shards."""
        which, sums = self._summed(rows, gradient)
        wide = sums.shape[1]
        sent = sums.new_empty((len(which), wide + 2))
        sent[:, :wide] = sums
        sent[:, wide:] = self._names(which).view(torch.float32)  # as they are, bit by bit
        found = self._exchange.gather(sent)
        at = self._at(found[:, wide:].contiguous().view(torch.int32))
        self._step_summed(at, found)

    def _step_summed(self, rows: torch.Tensor, sums: torch.Tensor) -> None:
        """Step rows (m,), which may repeat, by sums of gradients and squares (m, ...)."""
        if rows.device.type == "cpu":
            arrays = (self.weight.numpy(), self.square.numpy(), self._changed.numpy())
            given = (rows.numpy(), sums.numpy(), self._counts, self._rates)
            shard_kernels.step_rows(*given, *arrays, self._save)
            return
        squares = sums[:, self.columns : self.columns + len(self.groups)]
        self.square.index_add_(0, rows, squares)
        scale = self.square.index_select(0, rows).rsqrt_()
        self.weight.index_add_(0, rows, sums[:, : self.columns] * (scale @ self._descent))
        self._changed.index_fill_(0, rows, self._save)

    def _summed(
        self, rows: torch.Tensor, gradient: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return distinct rows (m,), and (m, columns + groups) their gradients and squares."""
        if rows.device.type == "cpu":
            return self._summed_compiled(rows.numpy(), gradient.numpy())
        which, place = torch.unique(rows, return_inverse=True)
        flat = gradient.reshape(-1, self.columns)
        counts = [group.count for group in self.groups]
        squares = [one.mean(dim=1) for one in torch.split(flat.square(), counts, dim=1)]
        sums = flat.new_zeros((len(which), self.columns + len(counts)))
        sums.index_add_(0, place.flatten(), torch.cat([flat, torch.stack(squares, dim=1)], dim=1))
        return which, sums

    def _summed_compiled(self, rows: Int64, gradient: Float32) -> tuple[torch.Tensor, torch.Tensor]:
        if len(self._slot) < len(self.weight):
            self._slot = np.full(len(self.weight), -1, np.int32)
        which = np.empty(rows.size, np.int64)
        sums = np.empty((rows.size, self.columns + len(self.groups)), np.float32)
        found = shard_kernels.sum_by_row(rows, gradient, self._counts, self._slot, which, sums)
        return torch.from_numpy(which[:found]), torch.from_numpy(sums[:found])

    def _names(self, rows: torch.Tensor) -> torch.Tensor:
        """Return field and id (m, 2), int32, of table rows (m,)."""
        if len(self._field_of) * CHUNK < self._used:
            self._name_chunks()
        host = rows.cpu().numpy()
        chunk = host >> CHUNK_BITS
        names = np.empty((len(host), 2), np.int32)
        names[:, 0] = self._field_of[chunk]
        names[:, 1] = (self._chunk_of[chunk] << CHUNK_BITS) + (host & (CHUNK - 1))
        return torch.from_numpy(names).to(rows.device)

    def _name_chunks(self) -> None:
        self._field_of = np.empty(self._used >> CHUNK_BITS, np.int64)
        self._chunk_of = np.empty_like(self._field_of)
        for field, chunks in enumerate(self._chunks):
            at = self._start[field, :chunks] >> CHUNK_BITS
            self._field_of[at] = field
            self._chunk_of[at] = np.arange(chunks)

    def _at(self, names: torch.Tensor) -> torch.Tensor:
        """Return the table rows (m,) of ``names`` (m, 2), growing the table to hold them."""
        host = names.cpu().numpy()
        rows = np.empty(len(host), np.int64)
        if not shard_kernels.find_named(host, self._start, self._chunks, rows):
            needed = np.zeros(len(self._keys), np.int64)
            np.maximum.at(needed, host[:, 0], (host[:, 1] >> CHUNK_BITS) + 1)
            self._grow_to(needed)
            shard_kernels.find_named(host, self._start, self._chunks, rows)
        return torch.from_numpy(rows).to(names.device)
