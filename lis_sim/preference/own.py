"""A user's own builder: ``kind: my_package.my_module:build``.

The platform keeps the clocks and the folds, scales, projects and permutes. The function makes
vectors of what it is given, and it is given nothing that the arm may not see.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import ConfigError, DataError, LisSimError
from lis_sim.plain import own_code
from lis_sim.preference.spec import PreferenceSpec
from lis_sim.types import Bool, Float32, Float64, Int32, Int64

DIMENSIONS = "dimensions"
ACCEPTED = (
    "package.module:function, a function (past, future, items, settings, seed) -> (vectors, "
    "supported)"
)


@dataclass(frozen=True, slots=True)
class OwnEvents:
    """Events by user (ascending), oldest first; read-only arrays of their own."""

    user: Int32  # (n,) dense index
    item: Int32  # (n,) dense index
    time_us: Int64  # (n,) microseconds UTC
    label: Float32  # (n,) 0 or 1

    def __len__(self) -> int:
        return len(self.user)


Vectors: TypeAlias = tuple[NDArray[np.floating[Any]], Bool]


class OwnBuilder(Protocol):
    """What ``kind`` must name: a function of its arguments alone.

    It is called for every window, arm and fold by itself, in any order, and must return the same
    bytes for the same arguments: random numbers come from a generator made of ``seed``.
    """

    def __call__(
        self,
        past: OwnEvents,
        future: OwnEvents,
        items: int,
        settings: Mapping[str, Any],
        seed: int,
    ) -> Vectors:
        """Return vectors ``(items, dimensions)``, floating and finite, and support ``(items,)``.

        Args:
            past: The events before the window starts, the same for every arm and fold.
            future: The events from the window's start on that this arm may see: none for
                ``causal``, all before the horizon for ``leaked``, those of users of other folds
                for ``leaked_crossfit``.
            items: How many items there are; item indices are below it.
            settings: The preference's settings.
            seed: The run's seed.
        """


def own_builder(spec: PreferenceSpec) -> OwnBuilder:
    """Import the function that ``spec.kind`` names; :class:`ConfigError` says what is off."""
    return builder_at(_path(spec), f"preference '{spec.name}' has kind '{spec.kind}'")


def builder_at(path: str, where: str) -> OwnBuilder:
    """Import the function at ``path``; ``where`` is the setting that has it."""
    found = own_code.imported(path, where, ACCEPTED)
    if not callable(found) or inspect.isclass(found):
        raise ConfigError(
            f"{where}, which is no function but of type {type(found).__name__}; accepted: "
            f"{ACCEPTED}"
        )
    builder: OwnBuilder = found
    return builder


def _path(spec: PreferenceSpec) -> str:
    """Return ``module:function`` of what ``spec.kind`` names."""
    from lis_sim.preference.kinds import own_kind  # it knows this module

    return own_kind(spec.kind) or spec.kind


def own_dimensions(spec: PreferenceSpec) -> int:
    """Return the width of the vectors that the function of ``spec`` returns."""
    value = spec.settings.get(DIMENSIONS)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ConfigError(
            f"preference '{spec.name}': {DIMENSIONS} is {value!r}; accepted: a whole number, 1 "
            f"or more, the width of the vectors that {spec.kind} returns"
        )
    return value


def own_file(spec: PreferenceSpec) -> Path | None:
    """Return the file with the function of ``spec``; None: it has none."""
    return own_code.source_file(own_builder(spec))


def call(
    spec: PreferenceSpec,
    builder: OwnBuilder,
    past: OwnEvents,
    future: OwnEvents,
    items: int,
    seed: int,
) -> tuple[Float64, Bool]:
    """Call ``builder`` and check what it returns; no events: nothing, and it is not called.

    Its settings are copied for every call: what is written into them reaches no other arm.
    """
    width = own_dimensions(spec)
    if not len(past) and not len(future):
        return np.zeros((items, width)), np.zeros(items, np.bool_)
    try:
        returned: object = builder(past, future, items, deepcopy(dict(spec.settings)), seed)
    except (LisSimError, MemoryError):
        raise
    except Exception as error:  # whatever stands there is run
        raise DataError(
            f"preference '{spec.name}': {spec.kind} raised {own_code.told(error)}"
        ) from error
    return _checked(f"preference '{spec.name}': {spec.kind} returned", returned, items, width)


def _checked(said: str, returned: object, items: int, width: int) -> tuple[Float64, Bool]:
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise DataError(f"{said} {type(returned).__name__}; accepted: (vectors, supported)")
    vectors, supported = returned
    _check_array(f"{said} vectors", vectors, (items, width), "float16, float32 or float64", "f")
    _check_array(f"{said} supported", supported, (items,), "bool", "b")
    if not np.isfinite(vectors).all():
        row, column = np.argwhere(~np.isfinite(vectors))[0]
        raise DataError(
            f"{said} vectors with {vectors[row, column]} for item {row}, dimension {column}; "
            "accepted: finite numbers, also where supported is False"
        )
    # A copy: the function may go on writing into its own array.
    return np.array(vectors, np.float64), np.array(supported)


def _check_array(said: str, array: object, shape: tuple[int, ...], types: str, kinds: str) -> None:
    if not isinstance(array, np.ndarray):
        raise DataError(f"{said} of type {type(array).__name__}; accepted: a NumPy array")
    if array.shape != shape:
        raise DataError(f"{said} of shape {array.shape}; accepted: {shape}")
    if array.dtype.kind not in kinds:
        raise DataError(f"{said} of type {array.dtype}; accepted: {types}")
