"""The shards of one arm's users as workers of a Ray Train run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from lis_sim.training.cluster.channel import Channel, GlooChannel
from lis_sim.training.cluster.ranks import PATIENCE, hearing_first_of_the_lost
from lis_sim.training.cluster.socket_channel import Door, SocketChannel
from lis_sim.user_shard import UserShard
from policies.exchange import ALONE, Exchange, OtherShardError

_WELL, _FAILED = 0, 1


@dataclass(frozen=True, slots=True)
class ShardExchange:
    """An :class:`~policies.exchange.Exchange` over processes.

    Every message begins with whether its sender goes on, so that an error on one shard ends the
    others instead of leaving them to wait. Sums are taken in the order of shards: the same bytes on
    all of them, and again. Tensors on GPUs travel over NCCL, after a message that all go on.
    """

    shard: UserShard
    channel: Channel
    gpu: Any = None  # NCCL group of the shards, where they train on GPUs

    def add(self, tensor: torch.Tensor) -> None:
        if tensor.is_cuda:
            self._swap(None)
            torch.distributed.all_reduce(tensor, group=self.gpu)
            return
        own = tensor.contiguous().numpy()
        parts = [np.frombuffer(part, own.dtype) for part in self._swap(own)]
        total = parts[0] + parts[1]
        for part in parts[2:]:
            total += part
        tensor.copy_(torch.from_numpy(total).view(tensor.shape))

    def gather(self, rows: torch.Tensor) -> torch.Tensor:
        if rows.is_cuda:
            return self._gathered_on_gpu(rows)
        own = rows.contiguous().numpy()
        shape = (-1, *own.shape[1:])
        return torch.from_numpy(
            np.concatenate([np.frombuffer(p, own.dtype).reshape(shape) for p in self._swap(own)])
        )

    def fail(self) -> None:
        with hearing_first_of_the_lost():
            self.channel.swap(_FAILED, memoryview(b""))

    def _swap(self, array: np.ndarray[Any, Any] | None) -> list[memoryview]:
        data = memoryview(b"")
        if array is not None and array.size:
            data = array.reshape(-1).view(np.uint8).data
        with hearing_first_of_the_lost():
            found = self.channel.swap(_WELL, data)
        if any(word == _FAILED for word, _ in found):
            raise OtherShardError("another shard of this arm's users failed, and says why")
        return [part for _, part in found]

    def _gathered_on_gpu(self, rows: torch.Tensor) -> torch.Tensor:
        counts = self._swap(np.array([len(rows)]))
        lengths = [int(np.frombuffer(count, np.int64)[0]) for count in counts]
        padded = rows.new_zeros((max(lengths), *rows.shape[1:]))
        padded[: len(rows)] = rows
        found = [torch.empty_like(padded) for _ in lengths]
        torch.distributed.all_gather(found, padded, group=self.gpu)
        return torch.cat([one[:length] for one, length in zip(found, lengths, strict=True)])


def join_shards(rank: int, size: int, shards: int, device: str) -> Exchange:
    """Return worker ``rank``'s exchange with its neighbours; all ``size`` workers call it."""
    found: Exchange = ALONE
    for first in range(0, size, shards) if shards > 1 else ():
        members = range(first, first + shards)
        groups = _groups(members, device)  # made by all, as torch wants it
        if rank in members:
            shard = UserShard(rank - first, shards)
            found = ShardExchange(shard, _channel(shard, groups[0]), groups[1])
    return found


def _groups(members: Sequence[int], device: str) -> tuple[Any, Any]:
    import torch.distributed as dist

    host = dist.new_group(list(members), backend="gloo", timeout=PATIENCE)
    if not device.startswith("cuda"):
        return host, None
    return host, dist.new_group(list(members), backend="nccl", timeout=PATIENCE)


def _channel(shard: UserShard, group: Any) -> Channel:
    """Return sockets where all shards are on this machine, else gloo."""
    door = Door()
    try:
        paths = _told(shard, group, door.open(shard.of))
        known = [path for path in paths if path is not None]
        peers = door.meet(shard.index, known) if len(known) == shard.of else None
        if None in _told(shard, group, None if peers is None else ""):
            return GlooChannel(group, shard.of)
        assert peers is not None
        door.admit(peers, shard.of - 1 - shard.index)
    finally:
        door.close()
    return SocketChannel(shard.index, peers)


def _told(shard: UserShard, group: Any, mine: str | None) -> list[str | None]:
    import torch.distributed as dist

    found: list[str | None] = [None] * shard.of
    dist.all_gather_object(found, mine, group=group)
    return found
