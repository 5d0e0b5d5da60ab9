"""The settings of ``co_click``."""

from __future__ import annotations

from dataclasses import dataclass, fields

from lis_sim.errors import ConfigError, nearest
from lis_sim.preference.spec import PreferenceSpec


@dataclass(frozen=True, slots=True)
class CoClickSettings:
    """How evidence becomes vectors.

    The three strengths are pseudo-counts: how many events of nothing in particular every item
    rate, user mean and item vector is averaged with.

    >>> CoClickSettings(rank=0)
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: co_click.rank is 0; accepted: a whole number, 1 or more
    """

    rank: int = 8  # co-engagement directions beside the engagement rate
    rounds: int = 2  # block power iterations, started from the previous window's vectors
    first_rounds: int = 8  # the same where there is no previous window
    extra: int = 8  # random directions of the block: new ones enter through them only
    rate_strength: float = 20.0
    user_strength: float = 5.0
    vector_strength: float = 5.0

    def __post_init__(self) -> None:
        for name in ("rank", "rounds", "first_rounds", "extra"):
            value: object = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ConfigError(
                    f"co_click.{name} is {value!r}; accepted: a whole number, 1 or more"
                )
        for name in ("rate_strength", "user_strength", "vector_strength"):
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            # Without any, the log odds of a rate of 0 or 1 would be infinite.
            if not number or not 0 < float(str(value)) < float("inf"):
                raise ConfigError(f"co_click.{name} is {value!r}; accepted: a number above 0")

    @property
    def dimensions(self) -> int:
        """Width of the vectors: the directions and the engagement rate."""
        return self.rank + 1


def co_click_settings(spec: PreferenceSpec) -> CoClickSettings:
    """Read the settings of ``spec``; :class:`ConfigError` names an unknown one."""
    accepted = [field.name for field in fields(CoClickSettings)]
    for key in spec.settings:
        if key not in accepted:
            raise ConfigError(
                f"preference '{spec.name}': '{key}' is not a setting of co_click"
                f"{nearest(key, accepted)}; accepted: {', '.join(accepted)}"
            )
    return CoClickSettings(**spec.settings)
