"""The shards of one arm's users as workers of a torch process group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lis_sim.training.cluster.ranks import PATIENCE, hearing_first_of_the_lost
from lis_sim.user_shard import UserShard
from policies.exchange import ALONE, Exchange


@dataclass(frozen=True, slots=True)
class ShardExchange:
    """An :class:`~policies.exchange.Exchange` over processes; tensors stay on their device.

    Sums are of one order for one number of shards: the same bytes on all of them, and again.
    """

    shard: UserShard
    host: Any  # gloo group of the arm's shards
    gpu: Any = None  # NCCL group of the same, where they train on GPUs

    def add(self, tensor: torch.Tensor) -> None:
        import torch.distributed as dist

        with hearing_first_of_the_lost():
            dist.all_reduce(tensor, group=self._group(tensor))

    def gather(self, rows: torch.Tensor) -> torch.Tensor:
        import torch.distributed as dist

        counts = [torch.zeros(1, dtype=torch.int64) for _ in range(self.shard.of)]
        with hearing_first_of_the_lost():
            dist.all_gather(counts, torch.tensor([len(rows)]), group=self.host)
            lengths = [int(count) for count in counts]
            padded = rows.new_zeros((max(lengths), *rows.shape[1:]))
            padded[: len(rows)] = rows
            found = [torch.empty_like(padded) for _ in lengths]
            dist.all_gather(found, padded, group=self._group(rows))
        return torch.cat([one[:length] for one, length in zip(found, lengths, strict=True)])

    def _group(self, tensor: torch.Tensor) -> Any:
        return self.gpu if tensor.is_cuda else self.host


def join_shards(rank: int, size: int, shards: int, device: str) -> Exchange:
    """Return worker ``rank``'s exchange with its neighbours; all ``size`` workers call it."""
    if shards == 1:
        return ALONE
    found: Exchange = ALONE
    for first in range(0, size, shards):
        members = range(first, first + shards)
        groups = _groups(members, device)  # made by all, as torch wants it
        if rank in members:
            found = ShardExchange(UserShard(rank - first, shards), *groups)
    return found


def _groups(members: Sequence[int], device: str) -> tuple[Any, Any]:
    import torch.distributed as dist

    host = dist.new_group(list(members), backend="gloo", timeout=PATIENCE)
    if not device.startswith("cuda"):
        return host, None
    return host, dist.new_group(list(members), backend="nccl", timeout=PATIENCE)
