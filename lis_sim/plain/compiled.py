"""Loops over arrays as machine code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Return ``function`` as machine code, which is kept on the disk for the next process.

    Where no folder takes it, as in a read-only container, every process compiles anew: a second.

    >>> @compiled
    ... def twice(value: float) -> float:
    ...     return 2 * value
    >>> twice(1.5)
    3.0
    """
    return _made(function)


def compiled_fast(function: Callable[P, R]) -> Callable[P, R]:
    """Return ``function`` as machine code that may add sums up in another order.

    Which order is settled when it is compiled: the same machine gives the same bytes. A division
    by zero gives an infinity or NaN, as in arrays.
    """
    fast = {"contract", "reassoc", "nsz", "arcp"}
    return _made(function, fastmath=fast, error_model="numpy")


def _made(function: Callable[P, R], **options: Any) -> Callable[P, R]:
    try:
        made = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # Numba's word for: there is no folder to keep the machine code in
        made = numba.njit(**options)(function)
    return cast("Callable[P, R]", made)
