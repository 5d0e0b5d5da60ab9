"""Loops over arrays as machine code, compiled when they are first called."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

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
    return _Loop(function)


def compiled_fast(function: Callable[P, R]) -> Callable[P, R]:
    """Return ``function`` as machine code that may add sums up in another order.

    Which order is settled when it is compiled: the same machine gives the same bytes, as long as no
    loop adds numbers up *and* writes to an array. Of such a loop there are two, with vectors and
    without, and which one runs depends on how close to each other the arrays happen to lie. A
    division by zero gives an infinity or NaN, as in arrays.
    """
    fast = {"contract", "reassoc", "nsz", "arcp"}
    return _Loop(function, fastmath=fast, error_model="numpy")


class _Loop(Generic[P, R]):
    """A function that Numba gets to see at its first call: loading Numba takes half a second."""

    def __init__(self, function: Callable[P, R], **options: Any) -> None:
        self._function: Any = function
        self._options = options
        self._machine_code: Callable[P, R] | None = None
        update_wrapper(self, function)

    def __call__(self, *given: P.args, **named: P.kwargs) -> R:
        if self._machine_code is None:
            self._machine_code = self.made()
        return self._machine_code(*given, **named)

    def made(self) -> Any:
        """Return the function as Numba's, and with it the loops it calls."""
        import numba

        known = self._function.__globals__
        for name in self._function.__code__.co_names:
            if isinstance(called := known.get(name), _Loop):
                known[name] = called.made()
        try:
            return numba.njit(cache=True, **self._options)(self._function)
        except RuntimeError:  # Numba's word for: there is no folder to keep the machine code in
            return numba.njit(**self._options)(self._function)
