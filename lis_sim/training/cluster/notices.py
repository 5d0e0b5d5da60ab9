"""What the command says while Ray trains: workers lost, machines missing, a worker that is slow."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lis_sim.training.cluster.slow_worker import SlowWorker
from lis_sim.training.cluster.worker_events import WorkerEvents
from lis_sim.training.folder import TIMINGS

_LOG = logging.getLogger("lis_sim.training")  # without a handler of the user's: on stderr
_LOOK_SECONDS = 1.0
_START_SECONDS = 60.0  # without workers although there is room for them
_AGAIN = (60.0, 600.0)  # between two times of saying so: twice as long each time, up to


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run asks a cluster for."""

    workers: int
    each: Mapping[str, float]  # resources of one worker, as Ray names them
    cells: tuple[int, ...]  # of each worker

    def lacking(self, there: Mapping[str, float]) -> bool:
        """Whether ``there``, resources of all machines, are too few."""
        return any(there.get(name, 0.0) < self.workers * n for name, n in self.each.items())

    def words(self) -> str:
        """Return it in words.

        >>> Asked(2, {"CPU": 1.0}, (3, 3)).words()
        '2 workers of 1 CPU each'
        """
        each = " and ".join(f"{n:g} {name}" for name, n in self.each.items())
        return f"{self.workers} worker{'s' * (self.workers != 1)} of {each} each"


@contextmanager
def telling(
    folder: Path, asked: Asked, resources: Callable[[], Mapping[str, float]]
) -> Iterator[None]:
    """Say what happens to the workers of the run in ``folder`` while the block runs.

    ``resources`` returns what all machines have that are there now; nothing: it is not known.
    """
    over = threading.Event()
    notices = Notices(folder, asked, resources, _LOG.warning)
    teller = threading.Thread(
        target=_tell, args=(notices, over), name="lis-sim-ray-notices", daemon=True
    )
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def _tell(notices: Notices, over: threading.Event) -> None:
    while not over.wait(_LOOK_SECONDS):
        notices.look(time.monotonic())


class Notices:
    """Says each thing once, and that nothing goes on again and again."""

    def __init__(
        self,
        folder: Path,
        asked: Asked,
        resources: Callable[[], Mapping[str, float]],
        say: Callable[[str], object],
    ) -> None:
        self._events = WorkerEvents(folder)
        self._asked = asked
        self._resources = resources
        self._say = say
        self._slow = SlowWorker(folder / TIMINGS, asked.cells)
        self._going = False  # all workers have begun
        self._since: float | None = None  # when they had not
        self._said_at: float | None = None  # that nothing goes on
        self._again = _AGAIN[0]
        self._disturbed = False  # something was said of workers that are not there

    def look(self, now: float) -> None:
        """Look at what has happened by ``now``, in seconds of any clock, and say it."""
        if self._since is None:
            self._since = now
        for event in self._events.news():
            if event["event"] == "begun":
                self._begun(event)
            else:
                self._has_lost(event, now)
        if not self._going:
            self._waiting(now - self._since, now)
        elif (slow := self._slow.look()) is not None:
            self._say(slow)

    def _begun(self, event: Mapping[str, Any]) -> None:
        if self._disturbed:
            many = f"{event['workers']} worker{'s' * (event['workers'] != 1)}"
            self._say(f"{many} went on, from window {event['window']}")
        self._going, self._disturbed = True, False

    def _has_lost(self, event: Mapping[str, Any], now: float) -> None:
        self._say(f"{event['text']}; all workers start again from the last checkpoint")
        self._going, self._disturbed = False, True
        self._since, self._said_at, self._again = now, None, _AGAIN[0]

    def _waiting(self, without: float, now: float) -> None:
        """Say what is waited for, ``without`` workers for so many seconds."""
        there = self._resources()
        if not there:  # Ray itself does not answer; its command ends soon, and says why
            return
        lacking = self._asked.lacking(there)
        if not lacking and without < _START_SECONDS:
            return
        if self._said_at is not None:
            if now - self._said_at < self._again:
                return
            self._again = min(2 * self._again, _AGAIN[1])
        self._said_at, self._disturbed = now, True
        have = " and ".join(f"{there.get(name, 0.0):g} {name}" for name in self._asked.each)
        why = (
            "waiting for machines"
            if lacking
            else "no workers yet: others hold what they need, or starting takes long, or they end "
            "while they start (Ray's logs say why)"
        )
        self._say(
            f"{why}: the run asks for {self._asked.words()}, and all machines there are have "
            f"{have}; it goes on by itself (Ctrl-C ends it; the same command with fewer "
            "training.workers goes on with what is there)"
        )
