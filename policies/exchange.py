"""What recommenders tell each other that learn one arm from different users."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from lis_sim.errors import LisSimError
from lis_sim.user_shard import ALL_USERS, UserShard

Number = TypeVar("Number", bound=np.generic)


class Exchange(Protocol):
    """The other shards of an arm, seen from one of them.

    All shards call the same methods in the same order; each call waits for all of them, and gives
    all of them the same bytes. It raises :class:`OtherShardError` where another shard gave up.
    """

    @property
    def shard(self) -> UserShard:
        """The users of this one."""
        ...

    def add(self, tensor: torch.Tensor) -> None:
        """Turn ``tensor``, of one shape on all shards, into its sum over them."""
        ...

    def gather(self, rows: torch.Tensor) -> torch.Tensor:
        """Return the rows of all shards ``(sum of n, ...)``, shard by shard, for ``rows`` (n, ...).

        ``n`` may differ between shards, what follows may not.
        """
        ...

    def fail(self) -> None:
        """Let the next call of every other shard raise; nothing may be called after it."""
        ...


class OtherShardError(LisSimError):
    """Another shard met an error, which is the one to be told of."""


class _Alone:
    """All users in one place: nothing to tell anybody."""

    shard = ALL_USERS

    def add(self, tensor: torch.Tensor) -> None:
        """Leave the sum over one shard as it is."""

    def gather(self, rows: torch.Tensor) -> torch.Tensor:
        return rows

    def fail(self) -> None:
        """Tell nobody."""


ALONE: Exchange = _Alone()


def gathered(exchange: Exchange, rows: NDArray[Number]) -> NDArray[Number]:
    """Return the rows of all shards as an array, as :meth:`Exchange.gather` does.

    >>> gathered(ALONE, np.array([3, 1])).tolist()
    [3, 1]
    """
    if exchange.shard.whole:
        return rows
    found: NDArray[Any] = exchange.gather(torch.from_numpy(np.ascontiguousarray(rows))).numpy()
    return found


def on_any(exchange: Exchange, flag: bool) -> bool:
    """Return whether ``flag`` is true on any shard.

    >>> on_any(ALONE, False)
    False
    """
    flags = torch.tensor([int(flag)])
    exchange.add(flags)
    return bool(flags)


@contextmanager
def failing_together(exchange: Exchange) -> Iterator[None]:
    """Let an error of ours in the block end the other shards' blocks too, who would wait else."""
    try:
        yield
    except OtherShardError:
        raise
    except LisSimError:
        exchange.fail()
        raise
