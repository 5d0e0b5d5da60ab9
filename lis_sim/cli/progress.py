"""The progress bar of a run, fed by what was committed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lis_sim.monitoring import LineFollower
from lis_sim.training.folder import WINDOWS

if TYPE_CHECKING:
    from lis_sim.training.api import PreparedRun

_SECONDS = 0.2  # between two looks at the run folder


def window_bar(console: Console) -> Progress:
    """Return a bar that counts windows, without a task yet."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("windows"),
        TimeElapsedColumn(),
        console=console,
    )


@contextmanager
def window_progress(prepared: PreparedRun, console: Console) -> Iterator[Callable[[], None]]:
    """Show committed windows and the running score while the block runs; yields a stop."""
    if prepared.folder.finished:
        yield lambda: None
        return
    bar = window_bar(console)
    over = threading.Event()
    watcher = threading.Thread(
        target=_watch, args=(prepared, bar, over), name="lis-sim-progress", daemon=True
    )

    def stop() -> None:
        over.set()
        watcher.join()
        bar.stop()

    bar.start()
    watcher.start()
    try:
        yield stop
    finally:
        stop()


def _watch(prepared: PreparedRun, bar: Progress, over: threading.Event) -> None:
    engine = prepared.plan.config.training.engine
    opening = "starting Ray" if engine == "ray" else "building"
    task = bar.add_task(opening, total=None if prepared.live else len(prepared.plan.windows))
    follower = LineFollower(prepared.folder.path / WINDOWS)
    while True:
        last = over.is_set()
        for record in follower.stream():
            bar.update(task, completed=record["window"] + 1, description=_headline(record))
        if last:
            return
        over.wait(_SECONDS)


def _headline(record: Mapping[str, Any]) -> str:
    if record["warmup"]:
        return "warming up"
    for score in record["scores"]:
        if score["score"] in ("lis_crossfit", "ais") and score["slice"] == "all":
            if score["value"] is not None:
                name = score["preference"] or score["representation"]
                return f"{score['score']} {name} {score['value']:+.4f}"
            break
    return "scoring"
