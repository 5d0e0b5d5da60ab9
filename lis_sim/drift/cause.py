"""What a change of a series points to, and why: data, preference data or representation.

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
REPRESENTATION = "representation:"  # begins what a measure is of, where it is of one


class Key(NamedTuple):
    """Names one series; what does not apply is None."""

    series: str
    arm: str | None = None
    preference: str | None = None
    representation: str | None = None


DATA = {
    Key("auc", CLEAN): "the clean arm's AUC",
    Key("calibration", CLEAN): "the clean arm's calibration",
    Key("label_rate"): "the label rate",
}
_MEASURE_MOVED = "What is shown looks different through it too: this points to the representation."
_OTHERS_MOVED = (
    "Other series or measures of the log moved too, or cannot be compared yet: this points to the "
    "data, on which all arms stand."
)


class Pointed(NamedTuple):
    """What a change points to, and the sentence that says why."""

    to: Cause
    because: str


class Moved(NamedTuple):
    """What else moved since a window: asked by series key, and by what a measure is of."""

    series: Callable[[Key], bool | None]  # None: nothing is known of that series
    measures: frozenset[str]
    with_clean: bool = False  # the clean arm's own series of that name went the same way
    measured: bool = False  # the log itself was measured since then

    @property
    def data(self) -> bool:
        """Whether the clean arm, the labels or the log itself moved."""
        if self.with_clean:
            return True
        measured = any(not of.startswith(REPRESENTATION) for of in self.measures)
        return measured or any(self.series(key) for key in DATA)

    def holding(self) -> list[str]:
        """Return what of the data was looked at and did not clearly move."""
        held = [called for key, called in DATA.items() if self.series(key) is False]
        return [*held, "the measures of the log"] if self.measured else held


def points_to(key: Key, moved: Moved, preferences: tuple[str, ...]) -> Pointed:
    """Return what the change of ``key`` points to; ``preferences`` names all preference data.

    The sentence claims of other series only what was looked at.

    - A score or arm of preference data moved and the data hold: ``preference-data``.
    - A score or arm of a representation moved and either the representation itself did, or the
      data and every ``lis_crossfit`` hold: ``representation``.
    - Anything else: ``data``, which moves everything that stands on it.

    >>> holds = Moved(lambda key: False, frozenset())
    >>> points_to(Key("lis_crossfit", preference="likes"), holds, ("likes",)).to
    'preference-data'
    >>> points_to(Key("auc", "aligned:title"), holds, ("likes",)).to
    'representation'
    >>> shown = Moved(lambda key: False, frozenset({"items"}))
    >>> points_to(Key("lis_crossfit", preference="likes"), shown, ("likes",)).to
    'data'
    """
    preference, representation = _sources(key, preferences)
    if preference is None and representation is None:
        return Pointed("data", "This points to the data, on which all arms stand.")
    if representation is not None and f"{REPRESENTATION}{representation}" in moved.measures:
        return Pointed("representation", _MEASURE_MOVED)
    bounds = {name: _bound(moved, name) for name in preferences}
    if moved.data or (preference is None and any(bounds.values())):
        return Pointed("data", _OTHERS_MOVED)
    if preference is not None:
        return Pointed("preference-data", _held(moved.holding(), "the preference data"))
    held = [f"lis_crossfit of {name}" for name, one in bounds.items() if one is False]
    return Pointed("representation", _held([*moved.holding(), *held], "the representation"))


def _bound(moved: Moved, preference: str) -> bool | None:
    """Return whether a lis_crossfit of ``preference`` moved; None where nothing is known of any."""
    asked = (moved.series(Key(score, None, preference)) for score in BOUND)
    known = [one for one in asked if one is not None]
    return any(known) if known else None


def _held(held: list[str], to: str) -> str:
    if not held:
        return f"Nothing else was seen to move: this points to {to}."
    *others, last = held
    listed = f"{', '.join(others)} and {last}" if others else last
    return f"No clear change since then of {listed}: this points to {to}."


def _sources(key: Key, preferences: tuple[str, ...]) -> tuple[str | None, str | None]:
    """Return the preference data and the representation that ``key`` is of, where it is."""
    if key.arm is None:
        return key.preference, key.representation
    source = Arm.parse(key.arm).source
    return (source, None) if source in preferences else (None, source)
