"""How much memory this process holds: what Python and NumPy allocated, and torch's tensors."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def traced() -> Iterator[None]:
    """Trace allocations while the block runs; what was there before it is not looked at."""
    already = tracemalloc.is_tracing()
    gc.freeze()  # or every look would go through all that torch has imported
    if not already:
        tracemalloc.start(1)
    try:
        yield
    finally:
        if not already:
            tracemalloc.stop()
        gc.unfreeze()


def held_bytes() -> int:
    """Return the bytes held by what was allocated since tracing began, tensors among it."""
    gc.collect()
    found = tracemalloc.get_traced_memory()[0]
    # torch allocates past Python: every storage once, however many tensors look at it.
    storages: dict[int, int] = {}
    for one in gc.get_objects():
        if issubclass(type(one), torch.Tensor) and one.layout == torch.strided:
            storage = one.untyped_storage()
            storages[storage.data_ptr()] = storage.nbytes()
    return found + sum(storages.values())
