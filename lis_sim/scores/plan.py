"""What a run set out to compare: its arms, preference data, representations and settings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lis_sim.errors import ConfigError, nearest
from lis_sim.scores.metrics_plan import NO_METRICS, MetricsPlan
from lis_sim.types import Window

CLEAN = "clean"
PREFERENCE_ARMS = ("leaked", "leaked_crossfit", "causal", "placebo")
REPRESENTATION_ARMS = ("aligned", "placebo")


@dataclass(frozen=True, slots=True)
class RepresentationPlan:
    """A given representation: its scores count windows from ``first_window`` on.

    ``trained_until_us`` is the time of the last event it may have seen; None: unknown.
    """

    name: str
    first_window: int = 0
    trained_until_us: int | None = None

    @property
    def trained_until(self) -> str:
        """The cut as ISO 8601 UTC, or ``"unknown"``, to be said beside every number.

        >>> RepresentationPlan("r", 0, 0).trained_until, RepresentationPlan("r").trained_until
        ('1970-01-01T00:00:00+00:00', 'unknown')
        """
        if self.trained_until_us is None:
            return "unknown"
        return datetime.fromtimestamp(self.trained_until_us / 1e6, UTC).isoformat()


@dataclass(frozen=True, slots=True)
class FamilyPlan:
    """The settings of the LIS family of one run, checked on construction.

    ``arms`` are those that ran, ``"clean"`` among them; ``warmup`` is the index of the first
    window that counts; ``slices`` are those beside ``"all"``; ``form`` is said beside every score
    and has no default, because a wrong one would go unseen; ``folds`` None: nobody said how many;
    ``minimum_effect`` is the smallest difference of AUC worth acting on; ``metrics`` is what is
    measured beside the AUC. Raises
    :class:`ConfigError`.
    """

    arms: tuple[str, ...]
    replicates: int
    warmup: int
    slices: tuple[str, ...] = ()
    preferences: tuple[str, ...] = ()
    representations: tuple[RepresentationPlan, ...] = ()
    horizon: str = "all"
    folds: int | None = 5
    form: str = field(kw_only=True)
    minimum_effect: float = 0.001
    recent_half_life: float = 8.0
    metrics: MetricsPlan = NO_METRICS

    def __post_init__(self) -> None:
        if CLEAN not in self.arms:
            raise ConfigError(f"arms are {list(self.arms)}; every score needs the arm {CLEAN!r}")
        names = [*self.preferences, *(r.name for r in self.representations)]
        if len(set(names)) != len(names):
            raise ConfigError(
                f"got the names {names}; accepted are different names for all preference data and "
                "representations, because both have an arm placebo:NAME; rename one"
            )
        accepted = self._accepted_arms()
        for arm in self.arms:
            if arm not in accepted:
                raise ConfigError(
                    f"unknown arm {arm!r}; accepted are {accepted}{nearest(arm, accepted)}"
                )
        if self.minimum_effect <= 0.0:
            raise ConfigError(
                f"minimum_effect is {self.minimum_effect}; accepted are positive differences of "
                "AUC, such as 0.001"
            )
        if not 0.0 < self.recent_half_life < math.inf:
            raise ConfigError(
                f"recent_half_life is {self.recent_half_life}; accepted are positive numbers of "
                "windows, such as 8"
            )

    def _accepted_arms(self) -> list[str]:
        of_preferences = [f"{kind}:{s}" for s in self.preferences for kind in PREFERENCE_ARMS]
        of_tables = [
            f"{kind}:{r.name}" for r in self.representations for kind in REPRESENTATION_ARMS
        ]
        return [CLEAN, *of_preferences, *of_tables]

    def first_counted(self, arm: str) -> int:
        """Return the first window that counts for the scores of ``arm``."""
        for representation in self.representations:
            if arm in (f"{kind}:{representation.name}" for kind in REPRESENTATION_ARMS):
                return self.counted_from(representation)
        return self.warmup

    def counted_from(self, representation: RepresentationPlan) -> int:
        """Return the first window that counts for a representation: after its cut and warm-up."""
        return max(self.warmup, representation.first_window)

    def scopes(self) -> dict[int, tuple[str, ...]]:
        """Return the arms to sum together, by the first window that counts for them.

        A representation that may have seen events after the warm-up is compared over its own
        later windows, so the arms it is compared with are summed there a second time.
        """
        scopes: dict[int, list[str]] = {self.warmup: []}
        for arm in self.arms:
            scopes.setdefault(self.first_counted(arm), []).append(arm)
        compared = [
            arm
            for arm in self.arms
            if arm == CLEAN
            or arm in {f"{k}:{s}" for s in self.preferences for k in ("leaked_crossfit", "placebo")}
        ]
        return {
            start: tuple(arms if start == self.warmup else [*compared, *arms])
            for start, arms in sorted(scopes.items())
        }


def first_window_after(windows: Sequence[Window], trained_until_us: int | None) -> int:
    """Return the index of the first window that starts after ``trained_until_us``.

    An unknown cut (None) excludes nothing. When no window is left the index lies past the last.

    >>> windows = [Window(0, 0, 5, 0, 10), Window(1, 5, 9, 10, 20)]
    >>> [first_window_after(windows, us) for us in (None, 0, 9, 10)]
    [0, 1, 1, 2]
    """
    if trained_until_us is None:
        return 0
    for window in windows:
        if window.start_us > trained_until_us:
            return window.index
    return windows[-1].index + 1 if windows else 0
