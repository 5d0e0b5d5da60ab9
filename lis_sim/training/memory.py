"""Memory that ran out while a run trained in this process, told in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lis_sim.errors import RunError
from lis_sim.training.cluster.losses import MORE_MEMORY, is_memory
from lis_sim.training.folder import WINDOWS, RunFolder
from lis_sim.training.lines import complete_lines


@contextmanager
def memory_told(folder: RunFolder) -> Iterator[None]:
    """Tell of memory that runs out in the block, which plays the windows of ``folder``.

    Raises:
        RunError: it did: a :class:`MemoryError`, or what torch raises for the processor or a GPU.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_memory(error):
            raise
        window = sum(1 for _ in complete_lines(folder.path / WINDOWS))
        raise RunError(
            f"memory ran out in window {window} ({type(error).__name__}: {str(error)[:200]}); what "
            f"was committed is kept; {MORE_MEMORY}"
        ) from error
