"""The settings of ``pairs``."""

from __future__ import annotations

from dataclasses import dataclass, fields

from lis_sim.errors import ConfigError, nearest
from lis_sim.preference.limits import LARGEST, MOST, is_number, is_whole
from lis_sim.preference.spec import PreferenceSpec


@dataclass(frozen=True, slots=True)
class PairsSettings:
    """How weighted pairs become vectors.

    Attributes:
        pairs: Name of the dataset's pairs; None: the one of the preference data set.
        signed: Do weights below 0 say that two items are unlike? Then the weights are taken as
            what is beyond expectation already. False: weights are 0 or more, and what items'
            shares of all weights make likely is taken out of them.
        rank: Dimensions of the vectors.
        rounds: How often a window's block is multiplied; all products are used together.
        extra: Random directions of the block: new ones enter through them only.
        vector_strength: Pairs of nothing in particular that every item's vector is averaged
            with.

    >>> PairsSettings(rank=0)
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: pairs.rank is 0; accepted: a whole number, ...
    """

    pairs: str | None = None
    signed: bool = False
    rank: int = 8
    rounds: int = 4
    extra: int = 8
    vector_strength: float = 5.0

    def __post_init__(self) -> None:
        pairs: object = self.pairs
        if pairs is not None and not (isinstance(pairs, str) and pairs.strip()):
            raise ConfigError(f"pairs.pairs is {pairs!r}; accepted: the name of pairs")
        if not isinstance(self.signed, bool):
            raise ConfigError(f"pairs.signed is {self.signed!r}; accepted: true or false")
        for name in ("rank", "rounds", "extra"):
            value: object = getattr(self, name)
            if not is_whole(value):
                raise ConfigError(
                    f"pairs.{name} is {value!r}; accepted: a whole number, 1 or more, at most "
                    f"{MOST:,}"
                )
        strength: object = self.vector_strength
        if not is_number(strength, or_zero=True):
            raise ConfigError(
                f"pairs.vector_strength is {strength!r}; accepted: a number, 0 or more, at most "
                f"{LARGEST:g}"
            )


def pairs_settings(spec: PreferenceSpec) -> PairsSettings:
    """Read how ``spec`` makes vectors; :class:`ConfigError` names an unknown setting."""
    accepted = [field.name for field in fields(PairsSettings)]
    for key in spec.settings:
        if key not in accepted:
            raise ConfigError(
                f"preference '{spec.name}': '{key}' is not a setting of pairs"
                f"{nearest(str(key), accepted)}; accepted: {', '.join(accepted)}"
            )
    return PairsSettings(**spec.settings)


def pairs_name(spec: PreferenceSpec) -> str:
    """Return the name of the dataset's pairs that ``spec`` is made of."""
    return pairs_settings(spec).pairs or spec.name
