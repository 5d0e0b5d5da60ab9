"""Calls of somebody else's code: with random numbers of their own, and errors told in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from lis_sim.errors import LisSimError, PolicyError
from lis_sim.hashing import purpose_key
from lis_sim.plain.own_code import told

_SEED_BITS = (1 << 63) - 1


@contextmanager
def drawing(device: str, seed: int, *purpose: str | int) -> Iterator[None]:
    """Let torch draw from a generator of (seed, purpose), and go on as if it had not.

    >>> with drawing("cpu", 0, "first weights"):
    ...     one = torch.rand(2)
    >>> with drawing("cpu", 0, "first weights"):
    ...     print(torch.equal(one, torch.rand(2)))
    True
    """
    key = purpose_key(seed, "module", *purpose) & _SEED_BITS
    devices = [device] if device.startswith("cuda") else []
    with torch.random.fork_rng(devices=devices):
        torch.default_generator.manual_seed(key)
        if devices:
            torch.cuda.manual_seed(key)
        yield


@contextmanager
def theirs(where: str, kind: type[LisSimError] = PolicyError) -> Iterator[None]:
    """Tell of an error in somebody else's code in one line, with the line it came from.

    Raises:
        LisSimError: ``kind``, for whatever the block raises but errors of ours and of memory, which
            have their own words.
    """
    try:
        yield
    except (LisSimError, MemoryError, torch.cuda.OutOfMemoryError):
        raise
    except Exception as error:  # whatever stands there is run
        if "allocate memory" in str(error):  # torch says it so of a processor
            raise
        raise kind(f"{where} raised {told(error)}") from error


def described(value: object) -> str:
    """Return what a value is, for an error.

    >>> described(torch.zeros(2, 1)), described([1.0])
    ('a tensor of shape (2, 1), torch.float32', 'list')
    """
    if isinstance(value, torch.Tensor):
        return f"a tensor of shape {tuple(value.shape)}, {value.dtype}"
    return type(value).__name__
