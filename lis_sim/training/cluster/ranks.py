"""The workers of a run, and what they tell each other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from lis_sim.errors import LisSimError
from lis_sim.training.cluster.watchdog import Watchdog
from policies.exchange import OtherShardError

T = TypeVar("T")
PATIENCE = timedelta(days=7)  # a long window is no hang; a dead peer is noticed at once
_LAST_SECONDS = 10.0  # who is left is ended much sooner, with all others


@dataclass(frozen=True, slots=True)
class Ranks:
    """This worker among ``size``; messages are Python objects over gloo."""

    rank: int
    size: int
    group: Any
    watchdog: Watchdog  # of this worker: the others have theirs, so waiting for them is no hang

    @classmethod
    def join(cls, watchdog: Callable[[int], Watchdog]) -> Ranks:
        """Make a group of all workers of this Ray Train run."""
        import torch.distributed as dist
        from ray.train import get_context

        # NCCL, the default group of GPU workers, moves tensors only.
        group = dist.new_group(backend="gloo", timeout=PATIENCE)
        context = get_context()
        rank = int(context.get_world_rank())
        return cls(rank, context.get_world_size(), group, watchdog(rank))

    @property
    def first(self) -> bool:
        return self.rank == 0

    def gather(self, part: T) -> list[T]:
        """Return the parts of all workers, in order, to the first; nothing to the others."""
        import torch.distributed as dist

        parts: list[Any] = [None] * self.size
        with self._together():
            dist.gather_object(part, parts if self.first else None, dst=0, group=self.group)
        return parts if self.first else []

    def from_first(self, value: T) -> T:
        """Return the value of the first worker to every worker."""
        import torch.distributed as dist

        given = [value]
        with self._together():
            dist.broadcast_object_list(given, src=0, group=self.group)
        return given[0]

    @contextmanager
    def _together(self) -> Iterator[None]:
        """Wait for the others without being taken for hung."""
        with self.watchdog.waiting(), hearing_first_of_the_lost():
            yield


@contextmanager
def hearing_first_of_the_lost() -> Iterator[None]:
    """Let a worker that has lost another one in the block hold its tongue for a while.

    Else the controller would hear first of those who are left, and not what became of the one that
    is gone.
    """
    try:
        yield
    except RuntimeError:
        time.sleep(_LAST_SECONDS)
        raise


def attempt(action: Callable[[], T]) -> T | LisSimError:
    """Return what ``action`` returns, or the error of ours that it raises.

    A worker that raised while the others wait for its message would look like a lost machine:
    Ray would start all of them again, only to meet the same error.
    """
    try:
        return action()
    except LisSimError as error:
        # Ray wraps what an actor raises; the cause speaks for itself.
        cause = getattr(error, "cause", error)
        return cause if isinstance(cause, LisSimError) else error


def first_error(parts: Sequence[object]) -> LisSimError | None:
    """Return the first of ``parts`` that is an error; one that only tells of another comes last.

    >>> first_error([1, OtherShardError("b"), LisSimError("a"), LisSimError("b")])
    LisSimError('a')
    """
    errors = [part for part in parts if isinstance(part, LisSimError)]
    return min(errors, key=lambda error: isinstance(error, OtherShardError), default=None)


def share(parts: Sequence[T], rank: int, size: int, shards: int = 1) -> list[T]:
    """Return the parts of one worker: neighbours, as arms of a replicate share a clean arm.

    ``shards`` neighbouring workers have the same parts, each for some of the users.

    >>> share(list("abcde"), 0, 2), share(list("abcde"), 1, 2)
    (['a', 'b'], ['c', 'd', 'e'])
    >>> share(list("abcde"), 3, 4, shards=2)
    ['c', 'd', 'e']
    """
    of, which = size // shards, rank // shards
    return list(parts[which * len(parts) // of : (which + 1) * len(parts) // of])
