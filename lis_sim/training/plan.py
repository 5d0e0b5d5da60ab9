"""What a run will do, worked out before anything trains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from lis_sim.arms import Arm
from lis_sim.config import RunConfig
from lis_sim.data.beside import ColumnsBeside
from lis_sim.data.dataset import Dataset
from lis_sim.data.first_rows import first_rows
from lis_sim.data.windows import WindowRule, plan_windows
from lis_sim.errors import ConfigError
from lis_sim.hashing import purpose_key
from lis_sim.preference import BuilderPlan, Horizon, PreferenceSpec, widths
from lis_sim.preference.content import raw_content
from lis_sim.scores import FamilyPlan, RepresentationPlan, first_window_after
from lis_sim.training.cutting import rule_of, warmup_of
from lis_sim.training.label_delay import label_delay_us, with_label_delay
from lis_sim.types import Schema, Window
from policies import check_form, make_policy
from policies.catalogue import check_user_shards

SLICES = ("cold", "warm")
_SEED_BITS = 0x7FFFFFFF


@dataclass(frozen=True, slots=True)
class Cell:
    """One arm of one replicate: what a worker trains."""

    arm: Arm
    replicate: int

    @property
    def key(self) -> tuple[str, int]:
        return str(self.arm), self.replicate


@dataclass(frozen=True, slots=True)
class RunPlan:
    """Everything the engines and their workers need; plain values, cheap to send."""

    config: RunConfig
    log: Dataset  # as far as it is played; one that grows is handed to its session as it is now
    windows: tuple[Window, ...]
    builder: BuilderPlan
    family: FamilyPlan
    widths: dict[str, tuple[int, ...]]  # by arm: dimensions of the blocks of what it sees

    @property
    def dataset(self) -> Path:
        """The folder of the log."""
        return self.log.path

    @property
    def seeds(self) -> tuple[int, ...]:
        """One seed per replicate: initial weights, batch order, fold hash, permutation."""
        return self.builder.seeds

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every arm of every replicate, replicate by replicate."""
        return tuple(
            Cell(arm, replicate)
            for replicate in range(self.config.replicates)
            for arm in self.builder.arms
        )


def check_settings(config: RunConfig) -> None:
    """Check what can be checked without the log, so that a typo does not wait for an import.

    Raises :class:`ConfigError`.
    """
    Horizon.parse(config.horizon)
    check_form(config.form)
    window_rule(config)
    label_delay_us(config.stream)
    if config.output.scores and config.training.engine != "local":
        raise ConfigError(
            f"output.scores is true and training.engine is '{config.training.engine}', whose "
            "workers each have a part of the scores; accepted: training.engine local"
        )
    _preferences(config)
    make_policy(
        config.policy.name,
        Schema(users=1, items=1),
        seed=0,
        dimensions=1 if config.form == "joint" else None,
        settings=config.policy.settings,
    )
    if config.training.user_shards > 1:
        check_user_shards(config.policy.name)


def make_plan(config: RunConfig, dataset: Dataset) -> RunPlan:
    """Cut the log, name the arms and check that they can be built.

    ``plan.log`` is ``dataset``, or its first rows where ``stream.first_windows`` says so, with
    labels as late as ``stream.label_delay`` says.
    """
    dataset = with_label_delay(dataset, config.stream)
    windows = plan_windows(dataset, window_rule(config))
    dataset, windows = _first_windows(config, dataset, windows)
    plan = plan_of_windows(config, dataset, windows, warmup_of(config.stream, len(windows)))
    for one in plan.family.representations:
        if one.first_window >= len(windows):
            raise ConfigError(
                f"representation '{one.name}' was trained until {one.trained_until}, and no window "
                "of the log starts after that: there is nothing to score it on; give a longer log "
                "or a table trained on less of it"
            )
    return plan


def plan_of_windows(
    config: RunConfig, dataset: Dataset, windows: tuple[Window, ...], warmup: int
) -> RunPlan:
    """Return the plan of given ``windows``, the first ``warmup`` of which are not scored.

    Raises :class:`DataError` for a log without the columns that ``config.metrics`` needs.
    """
    if config.content is not None:
        raw_content(dataset, config.content)
    metrics = config.metrics.plan
    ColumnsBeside(dataset, metrics.columns, metrics.requests)  # tells now of one it lacks
    builder = _builder_plan(config, windows)
    representations = tuple(
        RepresentationPlan(name, first_window_after(windows, cut), cut)
        for name in config.representations
        for cut in (dataset.representation(name).trained_until_us,)
    )
    family = FamilyPlan(
        arms=tuple(str(arm) for arm in builder.arms),
        replicates=config.replicates,
        warmup=warmup,
        slices=SLICES,
        preferences=tuple(p.name for p in config.preferences),
        representations=representations,
        horizon=str(config.horizon),
        folds=config.folds,
        form=config.form,
        minimum_effect=config.minimum_effect,
        recent_half_life=config.stream.recent_half_life,
        metrics=metrics,
    )
    return RunPlan(config, dataset, windows, builder, family, widths(builder, dataset))


def _first_windows(
    config: RunConfig, dataset: Dataset, windows: tuple[Window, ...]
) -> tuple[Dataset, tuple[Window, ...]]:
    """Return the log as if it ended after ``stream.first_windows`` of its ``windows``."""
    first = config.stream.first_windows
    if first is None or first == len(windows):
        return dataset, windows
    if first > len(windows):
        raise ConfigError(
            f"stream.first_windows is {first}, but the log has {len(windows)} windows; accepted: "
            f"1 to {len(windows)}, or leave it out to play all"
        )
    log = first_rows(dataset, windows[first - 1].end_row)
    # When the next window begins is not known before it does.
    last = replace(windows[first - 1], end_us=log.end_us + 1)
    return log, (*windows[: first - 1], last)


def _builder_plan(config: RunConfig, windows: tuple[Window, ...]) -> BuilderPlan:
    return BuilderPlan(
        arms=config.arm_list,
        preferences=_preferences(config),
        windows=windows,
        seeds=tuple(
            purpose_key(config.seed, "replicate", r) & _SEED_BITS for r in range(config.replicates)
        ),
        horizon=Horizon.parse(config.horizon),
        folds=config.folds,
        tower_dim=config.tower_dim,
        seed=config.seed,
    )


def _preferences(config: RunConfig) -> tuple[PreferenceSpec, ...]:
    return tuple(PreferenceSpec(p.name, p.kind, p.settings, p.per_user) for p in config.preferences)


def window_rule(config: RunConfig) -> WindowRule:
    """Return how ``config`` cuts a log; :class:`ConfigError` for a duration that is none."""
    return rule_of(config.stream.window)
