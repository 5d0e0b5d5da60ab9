"""Shards of an arm as threads of one process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

import numpy as np
import torch

from lis_sim.types import Float32
from lis_sim.user_shard import UserShard
from policies.exchange import Exchange
from tests.unit.policies.worlds import Step

T = TypeVar("T")


class ThreadExchange:
    """One thread among ``of`` that share a board and meet at a barrier."""

    def __init__(
        self, shard: UserShard, board: list[torch.Tensor | None], barrier: threading.Barrier
    ) -> None:
        self.shard = shard
        self._board = board
        self._barrier = barrier

    def add(self, tensor: torch.Tensor) -> None:
        parts = self._all(tensor)
        assert len({(part.shape, part.dtype) for part in parts}) == 1
        tensor.copy_(sum(parts[1:], start=parts[0]))

    def gather(self, rows: torch.Tensor) -> torch.Tensor:
        parts = self._all(rows)
        assert len({(part.shape[1:], part.dtype) for part in parts}) == 1
        return torch.cat(parts)

    def fail(self) -> None:
        self._barrier.abort()

    def _all(self, tensor: torch.Tensor) -> list[torch.Tensor]:
        self._board[self.shard.index] = tensor.clone()
        self._barrier.wait()
        parts = [part for part in self._board if part is not None]
        self._barrier.wait()  # nobody writes the board before all have read it
        return parts


def on_shards(of: int, work: Callable[[Exchange], T]) -> list[T]:
    """Return what ``work`` returns on each of ``of`` shards, which run at the same time."""
    board: list[torch.Tensor | None] = [None] * of
    barrier = threading.Barrier(of, timeout=60.0)

    def one(index: int) -> T:
        try:
            return work(ThreadExchange(UserShard(index, of), board, barrier))
        except BaseException:
            barrier.abort()  # or the others wait for it
            raise

    with ThreadPoolExecutor(of) as pool:
        waiting = [pool.submit(one, index) for index in range(of)]
        failed = [e for e in (each.exception() for each in waiting) if e is not None]
        for error in failed:
            if not isinstance(error, threading.BrokenBarrierError):
                raise error
        return [each.result() for each in waiting]


def own_part(step: Step, shard: UserShard) -> Step:
    """Return the events of ``step`` that are of the shard's users."""
    batch, label = step
    rows = shard.events(batch.user)
    return replace(batch.take(rows), place=rows, step_events=len(batch)), label[rows]


def joined(parts: list[list[Float32]], steps: list[Step]) -> Float32:
    """Return the scores of all events in their order, of each shard's scores by step."""
    whole = []
    for k, (batch, _) in enumerate(steps):
        scores = np.empty(len(batch), np.float32)
        for index, part in enumerate(parts):
            scores[UserShard(index, len(parts)).events(batch.user)] = part[k]
        whole.append(scores)
    return np.concatenate(whole)
