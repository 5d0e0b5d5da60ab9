"""Arrays of a saved state, taken over only where they are what was saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import RunError

T = TypeVar("T", bound=np.generic)


def saved(
    state: Mapping[str, NDArray[Any]], name: str, dtype: type[T], *shape: int | None
) -> NDArray[T]:
    """Return a copy of the array ``name`` of ``state``; a length of None may be any.

    numpy would cast other numbers and spread other shapes without a word.

    Raises:
        RunError: It is missing, or of another type or shape.

    >>> saved({"mean": np.zeros((2, 3))}, "mean", np.float64, 2, None).shape
    (2, 3)
    >>> saved({"mean": np.zeros(2, np.uint8)}, "mean", np.float64, 2)
    Traceback (most recent call last):
    ...
    lis_sim.errors.RunError: the saved 'mean' is uint8 of shape (2,); accepted: float64 of shape \
(2,); load the state of a run with the same settings
    """
    accepted = f"accepted: {np.dtype(dtype)} of shape {_shown(shape)}"
    if name not in state:
        raise RunError(
            f"the saved state lacks '{name}', {accepted}; load the state of a run with the same "
            "settings, saved by this version of lis-sim"
        )
    array = np.asarray(state[name])
    fits = len(shape) == array.ndim and all(
        wanted is None or wanted == found for wanted, found in zip(shape, array.shape, strict=True)
    )
    if not fits or array.dtype != dtype:
        raise RunError(
            f"the saved '{name}' is {array.dtype} of shape {array.shape}; {accepted}; load the "
            "state of a run with the same settings"
        )
    return np.array(array, order="C")


def _shown(shape: tuple[int | None, ...]) -> str:
    return str(tuple("any" if length is None else length for length in shape)).replace("'", "")
