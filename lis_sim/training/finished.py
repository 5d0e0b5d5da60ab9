"""What a finished run's folder keeps: enough to compare it without its log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lis_sim.config import RunConfig, load_config
from lis_sim.errors import RunError
from lis_sim.plain import read_object
from lis_sim.scores import FamilyPlan, RepresentationPlan, first_window_after
from lis_sim.scores.compare import RunSums
from lis_sim.training.folder import CONFIG, IDENTITY, SCORED, SUMMARY, WINDOWS, RunFolder
from lis_sim.training.opening import SEARCH
from lis_sim.training.plan import SLICES
from lis_sim.training.record_shape import check_identity
from lis_sim.training.worker import FAMILY
from lis_sim.types import Window

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run that came to its end: what decided its numbers, its windows and its sums."""

    folder: Path
    summary: Mapping[str, Any]
    identity: Mapping[str, Any]  # run.json: deciding settings, fingerprints, version
    windows: tuple[Window, ...]
    sums: RunSums

    @property
    def name(self) -> str:
        return str(self.summary["run"])


def open_finished(path: Path) -> FinishedRun:
    """Open the folder of a finished run; :class:`RunError` says what it lacks.

    The log is not needed: the last checkpoint holds the sums over users, items and replicates.
    """
    folder = RunFolder(path.resolve())
    if (folder.path / SEARCH).is_file():
        raise RunError(
            f"{path} is the folder of a search; accepted: a run's; its runs are "
            f"{path}/later/baseline, {path}/later/best and those in {path}/trials"
        )
    summary = folder.summary()
    if summary.get("engine") == SCORED:
        raise RunError(
            f"{path} holds the scores of a file, without the sums that runs are compared by; "
            "accepted: a folder of `lis-sim run`; to compare two rankers, give both columns to one "
            "`lis-sim score`, as clean and as aligned:NAME: its ais is how far they are apart"
        )
    try:
        windows = _windows(folder)
        plan = family_plan(load_config(folder.path / CONFIG), summary, windows)
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        raise RunError(
            f"{folder.path}: {SUMMARY} or {WINDOWS} is not what a run writes ({error!r:.200}); "
            "give a folder as `lis-sim run` left it"
        ) from error
    return FinishedRun(
        folder.path, summary, _identity(folder), windows, _sums(folder, plan, len(windows))
    )


def _windows(folder: RunFolder) -> tuple[Window, ...]:
    found: list[Window] = []
    for record in folder.windows():
        end_row = int(record["events_total"])
        found.append(
            Window(
                index=int(record["window"]),
                start_us=int(record["start_us"]),
                end_us=int(record["end_us"]),
                start_row=end_row - int(record["events"]),
                end_row=end_row,
            )
        )
    return tuple(found)


def family_plan(
    config: RunConfig, summary: Mapping[str, Any], windows: tuple[Window, ...]
) -> FamilyPlan:
    """Return the plan of the run's family as it was made when the log was open."""
    cuts = {
        score["representation"]: score["trained_until"]
        for score in summary["scores"]
        if score["representation"] is not None
    }
    return FamilyPlan(
        arms=tuple(str(arm) for arm in config.arm_list),
        replicates=config.replicates,
        warmup=int(summary["warmup_windows"]),
        slices=SLICES,
        preferences=tuple(p.name for p in config.preferences),
        # A table without any score has no arm, and so nothing to compare.
        representations=tuple(
            RepresentationPlan(name, first_window_after(windows, cut_us), cut_us)
            for name in config.representations
            if name in cuts
            for cut_us in (microseconds(cuts[name]),)
        ),
        horizon=str(config.horizon),
        folds=config.folds,
        form=config.form,
        minimum_effect=config.minimum_effect,
        recent_half_life=config.stream.recent_half_life,
    )


def microseconds(trained_until: str) -> int | None:
    """Return what :attr:`RepresentationPlan.trained_until` was made from.

    >>> microseconds("1970-01-01T00:00:01+00:00"), microseconds("unknown")
    (1000000, None)
    """
    if trained_until == "unknown":
        return None
    return (datetime.fromisoformat(trained_until) - _EPOCH) // timedelta(microseconds=1)


def _sums(folder: RunFolder, plan: FamilyPlan, windows: int) -> RunSums:
    path = folder.checkpoints.path(windows)
    if not path.is_dir():
        raise RunError(
            f"{path} is missing: the last checkpoint holds the sums that runs are compared by; "
            "copy it back, or run the config again with --restart"
        )
    with folder.checkpoints.reading(windows, FAMILY) as state:
        return RunSums(plan, state)


def _identity(folder: RunFolder) -> dict[str, Any]:
    path = folder.path / IDENTITY
    try:
        found = read_object(path)
        check_identity(found, str(path))
        return found
    except (FileNotFoundError, RunError) as error:
        raise RunError(
            f"{path} is missing or not what a run writes ({error}); give a folder as `lis-sim run` "
            "left it"
        ) from error
