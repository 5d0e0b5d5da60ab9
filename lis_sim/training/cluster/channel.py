"""How the shards of an arm's users reach each other: on one machine, or over a network."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

import torch

Message: TypeAlias = tuple[int, memoryview]


class Channel(Protocol):
    """One of some processes that all send each other a message at the same time."""

    def swap(self, word: int, data: memoryview) -> list[Message]:
        """Send ``word`` (0 to 255) and ``data`` to all; return everybody's, in order.

        What is returned is good until the next call. Raises :class:`RuntimeError` where another
        process has ended.
        """
        ...


class GlooChannel:
    """A :class:`Channel` over a gloo group of torch: two messages, the first of fixed length."""

    def __init__(self, group: Any, size: int) -> None:
        self._group = group
        self._size = size

    def swap(self, word: int, data: memoryview) -> list[Message]:
        import torch.distributed as dist

        heads = [torch.zeros(2, dtype=torch.int64) for _ in range(self._size)]
        dist.all_gather(heads, torch.tensor([word, data.nbytes]), group=self._group)
        words, sizes = ([int(head[k]) for head in heads] for k in (0, 1))
        sent = torch.zeros(max(sizes), dtype=torch.uint8)
        if data.nbytes:
            sent[: data.nbytes] = torch.frombuffer(bytearray(data), dtype=torch.uint8)
        found = [torch.empty_like(sent) for _ in sizes]
        if max(sizes):
            dist.all_gather(found, sent, group=self._group)
        bodies = [one[:size].numpy().data for one, size in zip(found, sizes, strict=True)]
        return list(zip(words, bodies, strict=True))
