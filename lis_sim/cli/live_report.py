"""The report of a run is written anew while it goes on: an open browser tab is a live view."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from lis_sim.errors import LisSimError
from lis_sim.monitoring import LineFollower
from lis_sim.report import LiveReport

_LOOK_SECONDS = 1.0
# Between two pages: a reader's tab asks every 10 s, and writing must stay below 1 % of a run.
_LEAST_SECONDS = 5.0
_COSTS = 100.0


@contextmanager
def live_report(folder: Path, console: Console) -> Iterator[None]:
    """Write ``report.html`` of the run in ``folder`` again and again while the block runs.

    Ends with a page of everything that was committed. A page that cannot be written is said once
    and ends the pages, never the run.
    """
    if (folder / "summary.json").exists():  # finished before: its report is written at the end
        yield
        return
    over = threading.Event()
    writer = threading.Thread(target=_write, args=(folder, console, over), daemon=True)
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()


def _write(folder: Path, console: Console, over: threading.Event) -> None:
    try:
        _write_until(folder, over)
    except (LisSimError, OSError) as error:
        console.print(f"the report is not written while this run goes on: {error}", highlight=False)


def _write_until(folder: Path, over: threading.Event) -> None:
    live, follower = LiveReport(folder), LineFollower(folder / "windows.jsonl")
    due = 0.0
    waiting = False
    while True:
        last = over.is_set()
        fresh = follower.read()
        live.add(fresh)
        waiting = waiting or bool(fresh)
        if waiting and (last or time.monotonic() >= due):
            began = time.thread_time()  # of a processor: what the run has to do without
            live.write()
            cost = time.thread_time() - began
            due = time.monotonic() + max(_LEAST_SECONDS, _COSTS * cost)
            waiting = False
        if last:
            return
        over.wait(_LOOK_SECONDS)
