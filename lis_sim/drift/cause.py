"""What a change of a series points to: the data, the preference data or the representation.

Every score is a difference from the clean arm on the same events. So when the clean arm, the labels
and the log itself are what they were and a score still moved, what moved is on its other side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from lis_sim.arms import Arm

Cause = Literal["data", "preference-data", "representation"]
CLEAN = "clean"
BOUND = ("lis_crossfit", "lis_crossfit_over_placebo")
_MEASURED = "representation:"


class Key(NamedTuple):
    """Names one series; what does not apply is None."""

    series: str
    arm: str | None = None
    preference: str | None = None
    representation: str | None = None


DATA = (Key("auc", CLEAN), Key("calibration", CLEAN), Key("label_rate"))


class Moved(NamedTuple):
    """What else moved since a window: asked by series key, and by what a measure is of."""

    series: Callable[[Key], bool]
    measures: frozenset[str]
    with_clean: bool = False  # the clean arm's own series of that name went the same way

    @property
    def data(self) -> bool:
        """Whether the clean arm, the labels or the log itself moved."""
        if self.with_clean:
            return True
        measured = any(not of.startswith(_MEASURED) for of in self.measures)
        return measured or any(self.series(key) for key in DATA)


def points_to(key: Key, moved: Moved, preferences: tuple[str, ...]) -> Cause:
    """Return what the change of ``key`` points to; ``preferences`` names all preference data.

    - A score or arm of preference data moved and the data hold: ``preference-data``.
    - A score or arm of a representation moved and either the representation itself did, or the
      data and every ``lis_crossfit`` hold: ``representation``.
    - Anything else: ``data``, which moves everything that stands on it.

    >>> holds = Moved(lambda key: False, frozenset())
    >>> points_to(Key("lis_crossfit", preference="likes"), holds, ("likes",))
    'preference-data'
    >>> points_to(Key("auc", "aligned:title"), holds, ("likes",))
    'representation'
    >>> shown = Moved(lambda key: False, frozenset({"items"}))
    >>> points_to(Key("lis_crossfit", preference="likes"), shown, ("likes",))
    'data'
    """
    preference, representation = _sources(key, preferences)
    if representation is not None and f"{_MEASURED}{representation}" in moved.measures:
        return "representation"
    if moved.data:
        return "data"
    if preference is not None:
        return "preference-data"
    if representation is None or any(
        moved.series(Key(score, None, name)) for score in BOUND for name in preferences
    ):
        return "data"
    return "representation"


def _sources(key: Key, preferences: tuple[str, ...]) -> tuple[str | None, str | None]:
    """Return the preference data and the representation that ``key`` is of, where it is."""
    if key.arm is None:
        return key.preference, key.representation
    source = Arm.parse(key.arm).source
    return (source, None) if source in preferences else (None, source)
