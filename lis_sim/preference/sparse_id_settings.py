"""The settings of ``sparse_id``."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from lis_sim.errors import ConfigError, nearest
from lis_sim.preference.limits import LARGEST, MOST, SMALLEST, is_number, is_whole
from lis_sim.preference.selection import Selection
from lis_sim.preference.spec import PreferenceSpec

SELECTING = ("behaviour", "users_share", "events_share", "until")
"""What of a :class:`Selection` a teacher can follow: what is decided as an event comes in."""

_WHOLE = ("rank", "passes")
_POSITIVE = ("rate", "bias_rate", "initial_square", "deviation", "vector_strength")


@dataclass(frozen=True, slots=True)
class SparseIdSettings:
    """How teachers learn. From which events, :class:`Selection` says.

    >>> SparseIdSettings(passes=0)
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: sparse_id.passes is 0; accepted: a whole number, ...
    """

    rank: int = 8  # factors of an item beside its bias
    passes: int = 3  # how often a teacher goes through what has become visible to it
    rate: float = 0.2  # Adagrad's rate for factors
    bias_rate: float = 0.1  # the same for biases
    initial_square: float = 0.1  # where Adagrad's sums of squares start
    deviation: float = 0.03  # first factors are uniform between minus this and this
    vector_strength: float = 5.0  # events of nothing in particular a vector is averaged with

    def __post_init__(self) -> None:
        for name in _WHOLE:
            value: object = getattr(self, name)
            if not is_whole(value):
                raise ConfigError(
                    f"sparse_id.{name} is {value!r}; accepted: a whole number, 1 or more, at most "
                    f"{MOST:,}"
                )
        for name in _POSITIVE:
            value = getattr(self, name)
            if not is_number(value):
                raise ConfigError(
                    f"sparse_id.{name} is {value!r}; accepted: a number above 0, from "
                    f"{SMALLEST:g} to {LARGEST:g}"
                )

    @property
    def dimensions(self) -> int:
        """Width of the vectors: the factors and the bias."""
        return self.rank + 1


def sparse_id_settings(spec: PreferenceSpec) -> SparseIdSettings:
    """Read how the teachers of ``spec`` learn; :class:`ConfigError` says what is off."""
    making = [field.name for field in fields(SparseIdSettings)]
    return SparseIdSettings(**_only(spec, making))


def selection_of(spec: PreferenceSpec) -> Selection:
    """Read from which events the teachers of ``spec`` learn."""
    selection = Selection(**_only(spec, SELECTING))
    if selection.taken.exposure:
        raise ConfigError(
            f"preference '{spec.name}': behaviour is 'exposure', but a teacher learns to tell "
            "engagements from other events, and every event would be one; accepted: label, an "
            "outcome column or a rule on one; or the kind co_click"
        )
    return selection


def check_settings(spec: PreferenceSpec) -> None:
    """Raise :class:`ConfigError` for settings of ``spec`` that no log could fulfil."""
    making = [field.name for field in fields(SparseIdSettings)]
    accepted = [*making, *SELECTING]
    for key in spec.settings:
        if key not in accepted:
            raise ConfigError(
                f"preference '{spec.name}': '{key}' is not a setting of sparse_id"
                f"{nearest(key, accepted)}; accepted: {', '.join(accepted)}"
            )
    if spec.per_user != PreferenceSpec("any").per_user:
        raise ConfigError(
            f"preference '{spec.name}': per_user is {spec.per_user}, but a teacher never forgets "
            "an event it has learned; leave per_user out, or take the kind co_click"
        )
    sparse_id_settings(spec)
    selection_of(spec)


def _only(spec: PreferenceSpec, names: list[str] | tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in spec.settings.items() if key in names}
