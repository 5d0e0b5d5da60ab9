"""Memory that ran out: how that is known from other errors, and told in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lis_sim.errors import RunError
from lis_sim.training.lines import complete_lines

GO_ON = "and give the same command again: it goes on from the last checkpoint"
MORE_MEMORY = (
    f"give it more memory, or (engine ray) take fewer training.workers on a machine, {GO_ON}; "
    "smaller policy.settings or preferences.per_user, fewer arms or replicates make another run "
    "(--restart, or another --out)"
)
_MEMORY = (
    *("out of memory", "OutOfMemory", "can't allocate memory", "not enough memory"),
    *("cannot allocate memory", "Cannot allocate memory", "bad_alloc"),
    *("low on memory", "memory pressure"),  # Ray's monitor, where a cluster has it
)
# What Ray adds to any process that is gone, whatever ended it.
_COMMON_CAUSES = "Some common causes include"


def is_memory(error: BaseException) -> bool:
    """Whether ``error`` says that there was no memory left, on the processor or a GPU.

    >>> is_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried ..."))
    True
    >>> is_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    False
    """
    if isinstance(error, MemoryError):
        return True
    said = f"{type(error).__name__} {words_of(error)}"
    return any(word in said for word in _MEMORY)


@contextmanager
def memory_told(windows: Path) -> Iterator[None]:
    """Tell of memory that runs out in the block, which plays ``windows``, a run's history.

    Raises:
        RunError: it did: a :class:`MemoryError`, or what torch raises for the processor or a GPU.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_memory(error):
            raise
        window = sum(1 for _ in complete_lines(windows))
        raise RunError(
            f"memory ran out in window {window} ({type(error).__name__}: {str(error)[:200]}); what "
            f"was committed is kept; {MORE_MEMORY}"
        ) from error


def words_of(error: BaseException) -> str:
    """Return what ``error`` says, without what Ray says of all of them."""
    return str(error).partition(_COMMON_CAUSES)[0]
