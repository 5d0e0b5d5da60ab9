"""An error on one shard of an arm's users is an error on all: the others would wait for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lis_sim.errors import LisSimError
from policies.exchange import Exchange, on_any


class OtherShardError(LisSimError):
    """Another shard met an error, which is the one to be told of."""


@contextmanager
def agreed(exchange: Exchange) -> Iterator[None]:
    """Raise :class:`OtherShardError` after the block if it failed on another shard.

    The block must not exchange anything itself.
    """
    if exchange.shard.whole:
        yield
        return
    try:
        yield
    except LisSimError:
        on_any(exchange, True)
        raise
    if on_any(exchange, False):
        raise OtherShardError("another shard of this arm's users failed, and says why")
