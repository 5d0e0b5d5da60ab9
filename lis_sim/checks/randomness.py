"""The global random numbers of torch, NumPy and Python: put somewhere, looked at, put back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def global_states() -> dict[str, object]:
    """Return the state of every global generator, to be compared."""
    kind, keys, *rest = np.random.get_state(legacy=True)  # noqa: NPY002 - it is what is looked at
    return {
        "torch": torch.get_rng_state().numpy().tobytes(),
        "NumPy": (kind, np.asarray(keys).tobytes(), *rest),
        "Python": random.getstate(),
    }


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed the global generators of this processor while the block runs; afterwards all go on."""
    numpy_state, python_state = np.random.get_state(), random.getstate()  # noqa: NPY002
    with torch.random.fork_rng(devices=[]):
        try:
            torch.default_generator.manual_seed(seed)
            np.random.seed(seed)  # noqa: NPY002
            random.seed(seed)
            yield
        finally:
            np.random.set_state(numpy_state)  # noqa: NPY002
            random.setstate(python_state)
