"""What a worker was lost by, read from the error that Ray Train or the worker itself raised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from lis_sim.training.memory import is_memory, words_of

# In the order in which one of them explains the others: who is left loses connections.
Cause: TypeAlias = Literal["memory", "still", "node", "killed", "error", "peer"]
_ORDER: tuple[Cause, ...] = get_args(Cause)

_PEER = ("gloo", "Connection closed by peer", "Connection reset", "NCCL", "DistBackendError")
_NODE = ("node has died", "node died", "node was terminated", "Node is dead", "was drained")
_DIED = ("died", "dead", "exits unexpectedly", "unexpectedly exits", "unavailable")


@dataclass(frozen=True, slots=True)
class Loss:
    """Why workers were lost.

    Attributes:
        who: what was lost first, as far as one can tell: ``worker 1``, ``the builder``.
        cause: ``memory``: it could get no more; ``still``: its watchdog ended it; ``node``: its
            machine is gone; ``killed``: from outside; ``peer``: it lost another worker, about
            which nothing is known yet; ``error``: anything else.
    """

    who: str
    cause: Cause
    text: str  # with ``who`` in it


def loss_of(errors: Mapping[int, BaseException], stood: Mapping[str, str]) -> Loss:
    """Return what explains the ``errors`` by rank best.

    ``stood`` holds where watchdogs ended processes, by what these are called.

    >>> loss_of({0: RuntimeError("gloo: Connection closed by peer"), 1: MemoryError()}, {}).text
    'worker 1 ran out of memory (MemoryError)'
    >>> loss_of(
    ...     {0: RuntimeError("gloo: Connection closed by peer")}, {"worker 1": "line 3 in f"}
    ... ).text
    'worker 1 stood still, at line 3 in f, and was ended'
    """
    found = [_loss(f"worker {rank}", error) for rank, error in sorted(errors.items())]
    found += [
        Loss(who, "still", f"{who} stood still, at {place}, and was ended")
        for who, place in sorted(stood.items())
    ]
    return min(found, key=lambda loss: _ORDER.index(loss.cause))


def _loss(who: str, error: BaseException) -> Loss:
    chain = list(_causes(error))
    text = " ".join(f"{type(one).__name__}: {words_of(one)}" for one in chain)
    if short := next((one for one in chain if is_memory(one)), None):
        return Loss(who, "memory", f"{who} ran out of memory ({type(short).__name__})")
    if "HealthCheckTimeout" in text:  # a frozen process: not even its watchdog runs
        return Loss(who, "still", f"{who} did not answer any more, and was ended")
    if any(word in text for word in _NODE):
        return Loss(who, "node", f"the machine of {who} is gone")
    if any("Actor" in type(one).__name__ for one in chain) and any(w in text for w in _DIED):
        return Loss(
            who,
            "killed",
            f"the process of {who}, or of the builder it asked, is gone (killed from outside: by "
            "the kernel when memory runs out, by somebody, or with its machine)",
        )
    if any(word in text for word in _PEER):
        return Loss(who, "peer", f"{who} lost its connection to another worker")
    last = str(chain[-1]).strip().rpartition("\n")[2][:300]
    return Loss(who, "error", f"{who} failed ({type(chain[-1]).__name__}: {last})")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield ``error`` and what is behind it, outermost first."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        inner = getattr(seen, "health_check_failure", None) or getattr(seen, "cause", None)
        seen = inner if isinstance(inner, BaseException) else None
