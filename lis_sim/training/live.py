"""A live run: the prequential loop over a log that grows, for as long as somebody lets it.

::

    time             start          end         end + h      newest event
    window k           |-------------|             |               |
    played once the log has passed                 |<--------------|
    (with a label delay, once it has passed that point by the delay)

What a window is made of is then all there, so it is what a run of the whole log would play.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lis_sim.config import RunConfig
from lis_sim.data.dataset import Dataset
from lis_sim.data.windows import plan_windows
from lis_sim.errors import ConfigError
from lis_sim.preference import Horizon
from lis_sim.scores import RepresentationPlan
from lis_sim.training.api import PreparedRun, local_device, run_folder
from lis_sim.training.folder import LIVE, WINDOWS
from lis_sim.training.following import FollowedLog
from lis_sim.training.label_delay import with_label_delay
from lis_sim.training.live_settings import check_live, live_identity
from lis_sim.training.local import LocalSession
from lis_sim.training.memory import memory_told
from lis_sim.training.plan import (
    RunPlan,
    check_settings,
    plan_of_windows,
    window_rule,
)
from lis_sim.training.source import open_source
from lis_sim.training.whole_text import write_json
from lis_sim.types import Window


def prepare_live(config: RunConfig, out: Path | None = None) -> PreparedRun:
    """Open the log as it is now; nothing trains yet. Claim the folder before :class:`LiveRun`.

    Raises :class:`ConfigError` for settings that need a log at rest.
    """
    check_settings(config)
    check_live(config)
    training = config.training.model_copy(update={"engine": "local"})
    config = config.model_copy(update={"training": training})
    dataset = open_source(config.data)
    dataset = _delayed(config, dataset)
    identity = live_identity(config, dataset)
    windows = plan_windows(dataset, window_rule(config))
    plan = _plan(config, dataset, windows)
    folder = run_folder(config.name, identity, out)
    return PreparedRun(plan, dataset, folder, identity, live=True)


class LiveRun:
    """Plays the windows of a growing log as they become due; learned state stays in memory.

    A window is due when the log's newest event is no earlier than the window's end plus the
    horizon. The clock is the log's: while no events come, none is due. Where a table is compared,
    nothing is played before the log has a window that starts after the table's cut: from then on
    it is known which windows count.

    ``prepared``'s folder must be claimed. A run that was killed goes on from its last checkpoint.
    """

    def __init__(self, prepared: PreparedRun) -> None:
        self._config = prepared.plan.config
        self._rule = window_rule(self._config)
        self._horizon = Horizon.parse(self._config.horizon)
        self._folder = prepared.folder
        self._log = FollowedLog(prepared.dataset.path, prepared.folder)
        self._windows: tuple[Window, ...] = ()
        self._session: LocalSession | None = None
        self.waiting_for: tuple[RepresentationPlan, ...] = ()  # tables whose cut is still to come
        self.next_window = 0

    def start(self) -> None:
        """Go back to the last checkpoint; before the first :meth:`look`."""
        self.next_window = self._folder.go_back()

    @property
    def newest_us(self) -> int:
        """Time of the newest event of the log; any thread may ask."""
        return self._log.newest_us

    @property
    def poll_seconds(self) -> float:
        """How long to wait between two looks."""
        return self._config.monitor.poll_seconds

    @property
    def waiting(self) -> tuple[str, ...]:
        """The file of the log that is still being written; those named after it wait for it."""
        return self._log.waiting

    def look(self, stop: threading.Event | None = None) -> int:
        """Take in what is new of the log, play what is due; return how many windows that were.

        Once ``stop`` is set, the window in progress is the last one.

        Raises :class:`DataError` for a part that comes too late or breaks the data contract.
        """
        if not self._log.look() and self._windows:
            self._say()
            return 0
        dataset = _delayed(self._config, self._log.dataset)
        self._windows = plan_windows(dataset, self._rule, self._windows)
        due = due_windows(self._windows, dataset.end_us, self._horizon, dataset.label_delay_us)
        first = self.next_window
        if first < due and self._go_on(dataset, due):
            self._play(due, stop)
        self._say()
        return self.next_window - first

    def _go_on(self, dataset: Dataset, due: int) -> bool:
        """Let the session know the log up to ``due``; return whether there is one yet."""
        # One window more than is due: the loop's clock moves on to where the next one begins.
        windows = self._windows[: due + 1]
        if self._session is not None:
            plan = _extended(self._session.plan, windows)
            self._session.follow(plan, dataset, self.next_window)
            return True
        plan = _plan(self._config, dataset, self._windows)
        tables = plan.family.representations
        self.waiting_for = tuple(one for one in tables if one.first_window >= len(self._windows))
        if self.waiting_for:
            return False
        device = local_device(self._config.training.device)
        self._session = LocalSession(_extended(plan, windows), self._folder, device, dataset)
        self._session.start(self.next_window)
        return True

    def _play(self, due: int, stop: threading.Event | None) -> None:
        assert self._session is not None
        saved = True
        with memory_told(self._folder.path / WINDOWS):
            while self.next_window < due and not (stop is not None and stop.is_set()):
                saved = self._session.due(self.next_window)
                self._session.play(self.next_window, saved)
                self.next_window += 1
            if not saved:
                self._session.save(self.next_window)

    def status(self) -> dict[str, Any]:
        """Return how far the log is, and how many of its windows are committed.

        ``waiting_for``: the tables because of whose cut nothing is played yet, normally none.
        """
        dataset = self._log.dataset
        return {
            "windows": self.next_window,
            "log_end_us": dataset.end_us,
            "rows": dataset.rows,
            "parts": self._log.parts,
            "parts_being_written": len(self._log.waiting),
            "waiting_for": [
                {"representation": one.name, "trained_until_us": one.trained_until_us}
                for one in self.waiting_for
            ],
        }

    def _say(self) -> None:
        write_json(self._folder.path / LIVE, self.status() | {"looked_at": time.time()})


def due_windows(
    windows: Sequence[Window], log_end_us: int, horizon: Horizon, label_delay_us: int = 0
) -> int:
    """Return how many of ``windows`` are due once the log has an event at ``log_end_us``.

    A window's events, its horizon's too, are waited for until their labels are known. The last
    window is never due: only the first event of the next tells where it ends.

    >>> windows = [Window(0, 0, 5, 0, 10), Window(1, 5, 9, 10, 20), Window(2, 9, 12, 20, 26)]
    >>> [due_windows(windows, 25, Horizon(us)) for us in (0, 5, 6, 16)]
    [2, 2, 1, 0]
    >>> due_windows(windows, 25, Horizon(0), label_delay_us=6)
    1
    """
    due = 0
    while due < len(windows) - 1:
        if horizon.reach_us(windows[due].end_us, log_end_us) + label_delay_us > log_end_us:
            break
        due += 1
    return due


def follow(live: LiveRun, stop: threading.Event, once: bool, played: Callable[[int], None]) -> None:
    """Look at the log again and again until ``stop`` is set, or, ``once``, until nothing is due.

    ``played`` is told after every look how many windows it brought.
    """
    while True:
        windows = live.look(stop)
        played(windows)
        if stop.is_set() or (once and not windows):
            return
        if not once:
            stop.wait(live.poll_seconds)


def _delayed(config: RunConfig, dataset: Dataset) -> Dataset:
    """Return the log with its labels as late as the settings say, the same for all events."""
    if dataset.record.label_time:
        raise ConfigError(
            f"{dataset.path} has a label_time column; a log that grows has its newest events "
            "before their labels: import it without label_time, and give stream.label_delay, the "
            "time after which a label can be relied on"
        )
    return with_label_delay(dataset, config.stream)


def _plan(config: RunConfig, dataset: Dataset, windows: tuple[Window, ...]) -> RunPlan:
    assert config.stream.warmup_windows is not None
    return plan_of_windows(config, dataset, windows, config.stream.warmup_windows)


def _extended(plan: RunPlan, windows: tuple[Window, ...]) -> RunPlan:
    return replace(plan, windows=windows, builder=replace(plan.builder, windows=windows))
