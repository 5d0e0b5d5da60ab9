"""What the platform does around a module of the user's own, checked when made."""

from __future__ import annotations

from dataclasses import dataclass, field

from lis_sim.errors import ConfigError
from policies.settings import TowerRates, check_whole


@dataclass(frozen=True, slots=True)
class ModuleSettings:
    """What the platform does around a module; all other settings go to its constructor."""

    batch_events: int = 256  # of a step are learned from together
    hash_bits: int = 16  # users and items have 2**hash_bits rows each
    category_bits: int = 10  # and every categorical column 2**category_bits
    tower: TowerRates = field(default_factory=TowerRates)

    def __post_init__(self) -> None:
        check_whole("policy.batch_events", self.batch_events, 1, 10_000_000)
        check_whole("policy.hash_bits", self.hash_bits, 1, 30)
        check_whole("policy.category_bits", self.category_bits, 1, 30)
        if not isinstance(self.tower, TowerRates):
            raise ConfigError(
                f"policy.tower is {self.tower!r}; accepted: rates by name, as in {{item: 0.02}}"
            )
