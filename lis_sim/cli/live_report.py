"""The report of a run is written anew while it goes on: an open browser tab is a live view."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from lis_sim.data.storing import reason
from lis_sim.errors import LisSimError
from lis_sim.monitoring import LineFollower
from lis_sim.report import LiveReport
from lis_sim.training.folder import SUMMARY, WINDOWS

_LOOK_SECONDS = 1.0
# Between two pages: a reader's tab asks every 10 s, and writing must stay below 1 % of a run.
_LEAST_SECONDS = 5.0
_COSTS = 100.0


@contextmanager
def live_report(folder: Path, console: Console) -> Iterator[None]:
    """Write ``report.html`` of the run in ``folder`` again and again while the block runs.

    Ends with a page of everything that was committed. A page that cannot be written is said once,
    and tried again; the run goes on.
    """
    if (folder / SUMMARY).exists():  # finished before: its report is written at the end
        yield
        return
    over = threading.Event()
    writer = threading.Thread(
        target=_write, args=(folder, console, over), name="lis-sim-report", daemon=True
    )
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()


def _write(folder: Path, console: Console, over: threading.Event) -> None:
    page = _LivePage(folder)
    said = False
    while True:
        last = over.is_set()  # first: what was committed before is read below
        try:
            page.renew(at_once=last)
        except (LisSimError, OSError) as error:
            if not said:
                text = "the report is not written, and tried again, while this run goes on"
                console.print(f"{text}: {reason(error)}", highlight=False)
            said = True
        if last:
            return
        over.wait(_LOOK_SECONDS)


class _LivePage:
    """The page of a run that goes on, and when it may be written next."""

    def __init__(self, folder: Path) -> None:
        self._live = LiveReport(folder)
        self._follower = LineFollower(folder / WINDOWS)
        self._waiting = False  # there is something that no page shows
        self._due = 0.0

    def renew(self, at_once: bool) -> None:
        """Take in what is fresh, and write the page if it is time to."""
        for record in self._follower.stream():
            self._live.add([record])
            self._waiting = True
        if not self._waiting or (not at_once and time.monotonic() < self._due):
            return
        began = time.thread_time()  # of a processor: what the run has to do without
        try:
            self._live.write()
            self._waiting = False
        finally:
            cost = time.thread_time() - began
            self._due = time.monotonic() + max(_LEAST_SECONDS, _COSTS * cost)
