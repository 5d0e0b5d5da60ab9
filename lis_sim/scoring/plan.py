"""What will be scored: the windows of a file, and what is compared over them."""

from __future__ import annotations

from dataclasses import dataclass

from lis_sim.data.import_representation import cut_us
from lis_sim.data.windows import plan_windows
from lis_sim.errors import ConfigError, nearest
from lis_sim.scores import FamilyPlan, RepresentationPlan, first_window_after
from lis_sim.scoring.scan import Scan
from lis_sim.scoring.settings import ScoreSettings
from lis_sim.training.cutting import rule_of, warmup_of
from lis_sim.types import Window


@dataclass(frozen=True, slots=True)
class ScorePlan:
    """Windows of events, and the LIS family over them."""

    windows: tuple[Window, ...]
    family: FamilyPlan


def plan_scores(settings: ScoreSettings, scan: Scan) -> ScorePlan:
    """Cut the events as a run cuts its log and name what is compared; else :class:`ConfigError`."""
    windows = plan_windows(scan, rule_of(settings.stream.window))
    columns = scan.file.columns
    family = FamilyPlan(
        arms=tuple(columns.arms),
        replicates=len(scan.replicates),
        warmup=warmup_of(settings.stream, len(windows)),
        slices=tuple(sorted(scan.slices)),
        preferences=columns.preferences,
        representations=_representations(settings, columns.representations, windows),
        horizon=settings.horizon,
        folds=_folds(settings, scan),
        form=settings.form,
        minimum_effect=settings.minimum_effect,
        recent_half_life=settings.stream.recent_half_life,
        metrics=settings.metrics.plan,
    )
    return ScorePlan(windows, family)


def _folds(settings: ScoreSettings, scan: Scan) -> int | None:
    found, stated = len(scan.folds) or None, settings.folds
    if found is not None and stated not in (None, found):
        raise ConfigError(
            f"folds is {stated}, and column {scan.file.columns.roles['fold']!r} of "
            f"{scan.file.path} has {found}; accepted: the same, or nothing where there is a column"
        )
    return found or stated


def _representations(
    settings: ScoreSettings, names: tuple[str, ...], windows: tuple[Window, ...]
) -> tuple[RepresentationPlan, ...]:
    for name in settings.trained_until:
        if name not in names:
            raise ConfigError(
                f"trained_until of {name!r}, which has no arm aligned:{name}; accepted: "
                f"{', '.join(names) or 'none, as no arm is aligned'}{nearest(name, names)}"
            )
    found = []
    for name in names:
        cut = cut_us(f"representation {name}", settings.trained_until.get(name))
        one = RepresentationPlan(name, first_window_after(windows, cut), cut)
        if one.first_window >= len(windows):
            raise ConfigError(
                f"representation '{name}' was trained until {one.trained_until}, and no window of "
                "the file starts after that: there is nothing to score it on; give later events, "
                "or scores of a table trained on less"
            )
        found.append(one)
    return tuple(found)
