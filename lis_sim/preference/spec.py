"""What a preference data set is called, how it is built and how far ahead it may look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lis_sim.errors import ConfigError
from lis_sim.plain.duration import duration_us


@dataclass(frozen=True, slots=True)
class PreferenceSpec:
    """One preference data set: its name in arms and scores, its kind and the kind's settings."""

    name: str
    kind: str = "co_click"
    settings: Mapping[str, Any] = field(default_factory=dict)
    per_user: int = 2048  # events remembered of every user, the most recent ones

    def __post_init__(self) -> None:
        if self.per_user < 1:
            raise ConfigError(
                f"preference '{self.name}': per_user is {self.per_user}; accepted: 1 or more"
            )
        # Kinds read specs, so they are looked up only here, when both modules are there.
        from lis_sim.preference.kinds import kind_of

        kind_of(self.name, self.kind).check(self)


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far past a window's end the leaked arms look; ``us`` None: to the end of the log.

    >>> Horizon.parse("all"), Horizon.parse("0"), Horizon.parse("2d").us == 2 * 86400 * 10**6
    (Horizon(us=None), Horizon(us=0), True)
    """

    us: int | None

    def __post_init__(self) -> None:
        if self.us is not None and self.us < 0:
            raise ConfigError(f"horizon is {self.us} us; accepted: 0 or more")

    @classmethod
    def parse(cls, text: str | int) -> Horizon:
        """Read ``all``, ``0`` or a duration such as ``90m``, ``12h``, ``2d``, ``1w``."""
        word = str(text).strip()
        if word == "all":
            return cls(None)
        return cls(0) if word == "0" else cls(duration_us(word, "horizon", "'all', 0 or "))

    def reach_us(self, window_end_us: int, log_end_us: int) -> int:
        """Return the time before which the leaked arms of a window see events."""
        return log_end_us + 1 if self.us is None else window_end_us + self.us


WHOLE_LOG = Horizon(None)
