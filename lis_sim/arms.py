"""Arms: one recommender plus what it may see, by their names in every config and record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lis_sim.errors import ConfigError, nearest

KINDS = ("clean", "leaked", "leaked_crossfit", "causal", "placebo", "aligned")
PREFERENCE_KINDS = ("leaked", "leaked_crossfit", "causal", "placebo")
REPRESENTATION_KINDS = ("aligned", "placebo")


@dataclass(frozen=True, slots=True, order=True)
class Arm:
    """What a recommender may see: ``kind`` and the preference data or representation it is of.

    >>> Arm.parse("leaked_crossfit:co_click")
    Arm(kind='leaked_crossfit', source='co_click')
    >>> str(Arm("clean"))
    'clean'
    """

    kind: str
    source: str | None = None

    def __str__(self) -> str:
        return self.kind if self.source is None else f"{self.kind}:{self.source}"

    @classmethod
    def parse(cls, name: str) -> Arm:
        """Read an arm's name; :class:`ConfigError` when it is not one."""
        kind, colon, source = name.partition(":")
        if kind not in KINDS:
            raise ConfigError(
                f"arm '{name[:100]}' is not known; accepted: clean, or one of "
                f"{', '.join(KINDS[1:])} followed by ':NAME'{nearest(kind, KINDS)}"
            )
        if (kind == "clean") == bool(colon) or (colon and not source):
            raise ConfigError(
                f"arm '{name}': 'clean' takes no name and every other arm needs one, "
                "as in 'leaked:co_click'"
            )
        return cls(kind, source or None)


def default_arms(preferences: Iterable[str], representations: Iterable[str]) -> tuple[Arm, ...]:
    """Return every arm the scores and verdicts need, ``clean`` first.

    >>> [str(arm) for arm in default_arms(["co_click"], [])]
    ['clean', 'leaked:co_click', 'leaked_crossfit:co_click', 'causal:co_click', 'placebo:co_click']
    """
    arms = [Arm("clean")]
    arms += [Arm(kind, name) for name in preferences for kind in PREFERENCE_KINDS]
    arms += [Arm(kind, name) for name in representations for kind in REPRESENTATION_KINDS]
    return tuple(arms)
