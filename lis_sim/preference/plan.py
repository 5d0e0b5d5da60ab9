"""What the builder must know, and how wide what it shows will be."""

from __future__ import annotations

from dataclasses import dataclass

from lis_sim.arms import PREFERENCE_KINDS, REPRESENTATION_KINDS, Arm
from lis_sim.data.dataset import Dataset
from lis_sim.errors import ConfigError, nearest
from lis_sim.preference.kinds import kind_of
from lis_sim.preference.spec import WHOLE_LOG, Horizon, PreferenceSpec
from lis_sim.types import Window


@dataclass(frozen=True, slots=True)
class BuilderPlan:
    """Everything the builder must know; plain values, so that it can travel to another process.

    >>> BuilderPlan((Arm("aligned", "co_click"),), (PreferenceSpec("co_click"),), (), (0,))
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: arm 'aligned:co_click': 'co_click' is preference data; \
accepted: leaked, leaked_crossfit, causal, placebo
    """

    arms: tuple[Arm, ...]
    preferences: tuple[PreferenceSpec, ...]
    windows: tuple[Window, ...]
    seeds: tuple[int, ...]  # one per replicate: fold hash and placebo permutation
    horizon: Horizon = WHOLE_LOG
    folds: int = 5
    tower_dim: int = 16
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("folds", "tower_dim"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}; accepted: 1 or more")
        for arm in self.arms:
            if arm.source is not None:
                self._check(arm)

    def _check(self, arm: Arm) -> None:
        preference = arm.source in {spec.name for spec in self.preferences}
        accepted = PREFERENCE_KINDS if preference else REPRESENTATION_KINDS
        if arm.kind not in accepted:
            what = "preference data" if preference else "not declared preference data"
            raise ConfigError(
                f"arm '{arm}': '{arm.source}' is {what}; accepted: {', '.join(accepted)}"
                f"{nearest(arm.kind, accepted)}"
            )


def widths(plan: BuilderPlan, dataset: Dataset) -> dict[str, tuple[int, ...]]:
    """Return, by the arm's name, the width of every block of what it sees; none for ``clean``.

    Reads the tables it needs, so a missing or broken one is reported before anything runs, as
    are settings that ask for what the log does not have.
    """
    specs = {spec.name: spec for spec in plan.preferences}
    found: dict[str | None, tuple[int, ...]] = {None: ()}
    for source in dict.fromkeys(arm.source for arm in plan.arms):
        if source is None:
            continue
        if source not in specs:
            table = dataset.representation(source)
            found[source] = (min(plan.tower_dim, int(table.vectors.shape[1])),)
        else:
            spec = specs[source]
            found[source] = kind_of(spec.name, spec.kind).widths(spec, dataset, plan.tower_dim)
    return {str(arm): found[arm.source] for arm in plan.arms}
