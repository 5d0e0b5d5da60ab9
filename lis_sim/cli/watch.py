"""What is to be seen of a run while it goes: a progress bar and metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console

from lis_sim.cli.progress import window_progress
from lis_sim.monitoring import Exporter, RunFollower

if TYPE_CHECKING:
    from lis_sim.training.api import PreparedRun


@dataclass(frozen=True, slots=True)
class Watch:
    """How to end both: the bar before results are printed, the metrics after."""

    stop_progress: Callable[[], None]
    linger: Callable[[], None]


@contextmanager
def watched(prepared: PreparedRun, console: Console) -> Iterator[Watch]:
    """Show progress and serve metrics while the block runs.

    Begin once the folder is claimed and before the run goes back to a checkpoint: the records
    of a replaced run are gone then, and those committed before a kill still count.
    """
    if not prepared.plan.config.monitoring.enabled:
        with window_progress(prepared, console) as stop:
            yield Watch(stop, _nothing)
        return
    seconds = prepared.plan.config.monitoring.linger_seconds
    exporter = _exporter(prepared).start()
    console.print(f"metrics: {exporter.url}", highlight=False)

    def linger() -> None:
        if seconds:
            console.print(f"metrics stay at {exporter.url} for {seconds:g} s", highlight=False)
        exporter.linger()

    try:
        with window_progress(prepared, console) as stop:
            yield Watch(stop, linger)
    finally:
        exporter.close()


def _exporter(prepared: PreparedRun) -> Exporter:
    config, folder = prepared.plan.config, prepared.folder
    follower = RunFollower(folder.path)
    follower.latest()
    follower.stage_seconds()
    info = {
        "horizon": config.horizon,
        "folds": config.folds,
        "form": config.form,
        "engine": config.training.engine,
    }
    return Exporter(
        folder.path.name,
        follower.latest,
        follower.stage_seconds,
        info,
        port=config.monitoring.port,
        linger_seconds=config.monitoring.linger_seconds,
    )


def _nothing() -> None:
    """Without metrics there is nothing to linger for."""
