"""The settings of ``co_click``."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from lis_sim.errors import ConfigError, nearest
from lis_sim.preference.limits import LARGEST, MOST, SMALLEST, is_number, is_whole
from lis_sim.preference.selection import SETTINGS, Selection
from lis_sim.preference.spec import PreferenceSpec


@dataclass(frozen=True, slots=True)
class CoClickSettings:
    """How evidence becomes vectors. Of which events it is made, :class:`Selection` says.

    The three strengths are pseudo-counts: how many events of nothing in particular every item
    rate, user mean and item vector is averaged with. The two scales are pseudo-counts too: a user's
    row is divided by the root of its events plus ``user_scale``, an item's column likewise.
    Without them the leading directions are those of the items whose few users have few events.

    >>> CoClickSettings(rank=0)
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: co_click.rank is 0; accepted: a whole number, ...
    """

    rank: int = 8  # co-engagement directions beside the engagement rate
    rounds: int = 1  # block power iterations, started from the previous window's vectors
    first_rounds: int = 8  # the same where there is no previous window
    extra: int = 4  # random directions of the block: new ones enter through them only
    rate_strength: float = 20.0
    user_strength: float = 5.0
    vector_strength: float = 50.0
    user_scale: float = 50.0
    item_scale: float = 50.0
    distil: str | None = (
        None  # a representation of raw content: add what it can express of the data
    )

    def __post_init__(self) -> None:
        for name in ("rank", "rounds", "first_rounds", "extra"):
            value: object = getattr(self, name)
            if not is_whole(value):
                raise ConfigError(
                    f"co_click.{name} is {value!r}; accepted: a whole number, 1 or more, at most "
                    f"{MOST:,}"
                )
        if self.distil is not None and not isinstance(self.distil, str):
            raise ConfigError(
                f"co_click.distil is {self.distil!r}; accepted: the name of a representation that "
                "holds raw content"
            )
        for name in ("rate_strength", "user_strength", "vector_strength"):
            value = getattr(self, name)
            # Without any, the log odds of a rate of 0 or 1 would be infinite.
            if not is_number(value):
                raise ConfigError(
                    f"co_click.{name} is {value!r}; accepted: a number above 0, from "
                    f"{SMALLEST:g} to {LARGEST:g}"
                )
        for name in ("user_scale", "item_scale"):
            value = getattr(self, name)
            if not is_number(value, or_zero=True):
                raise ConfigError(
                    f"co_click.{name} is {value!r}; accepted: a number, 0 or more, at most "
                    f"{LARGEST:g}"
                )

    @property
    def dimensions(self) -> int:
        """Width of what is made of co-clicks alone: the directions and the engagement rate."""
        return self.rank + 1


def co_click_settings(spec: PreferenceSpec) -> CoClickSettings:
    """Read how ``spec`` makes vectors; :class:`ConfigError` names an unknown setting."""
    return CoClickSettings(**_split(spec)[0])


def selection_of(spec: PreferenceSpec) -> Selection:
    """Read of which events ``spec`` is made; :class:`ConfigError` names an unknown setting."""
    return Selection(**_split(spec)[1])


def _split(spec: PreferenceSpec) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings that make vectors and those that select events."""
    making = [field.name for field in fields(CoClickSettings)]
    accepted = [*making, *SETTINGS]
    for key in spec.settings:
        if key not in accepted:
            raise ConfigError(
                f"preference '{spec.name}': '{key}' is not a setting of co_click"
                f"{nearest(key, accepted)}; accepted: {', '.join(accepted)}"
            )
    given = spec.settings.items()
    return (
        {key: value for key, value in given if key in making},
        {key: value for key, value in given if key in SETTINGS},
    )
