"""One trial of a search: an ordinary run up to the cut that reports window by window."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lis_sim.errors import RunError
from lis_sim.monitoring.line_follower import LineFollower
from lis_sim.search.candidate import Cut, search_config
from lis_sim.search.nested_share import NestedShare
from lis_sim.search.settings import TuneConfig
from lis_sim.search.space import Settings
from lis_sim.search.trial_player import make_player
from lis_sim.training.api import PreparedRun, claimed, prepare
from lis_sim.training.folder import WINDOWS

_PATIENCE_S = 60.0  # for a folder that the process of an earlier trial is still leaving
_LOOK_S = 0.05  # between two tries


@dataclass(frozen=True, slots=True)
class Report:
    """What a trial says after a window.

    Attributes:
        windows: windows of the log played so far, warm-up included.
        events: their events.
        objective: by :attr:`Objective.name`, the score of all scored windows so far.
        done: nothing more will come.
    """

    windows: int
    events: int
    objective: Mapping[str, float]
    done: bool


class TrialRun:
    """Plays one candidate up to the cut in a run folder of its own, and reports as it goes.

    A window that the folder holds is reported from there; only what is missing is played. The
    first report is that of the first window in which every objective has a value, the last that
    of the cut: by then the folder holds the summary of an ordinary finished run. The folder is
    this trial's alone until :meth:`close`; closed or killed at any window, it goes on later.

    Parameters:
        tune: the search; its data must be open to this process.
        settings: the candidate: dotted path of a setting -> plain value; empty: the baseline.
        cut: where the search's part of the log ends.
        folder: the trial's run folder.
        reported: so many windows were reported before, and are not again.
        share: of a trial with a Ray Train run of its own: what it takes of Ray.

    Raises:
        ConfigError: the settings do not make a run.
        RunError: the folder is another run's, or written by another process.
    """

    def __init__(
        self,
        tune: TuneConfig,
        settings: Settings,
        cut: Cut,
        folder: Path,
        *,
        reported: int = 0,
        share: NestedShare | None = None,
    ) -> None:
        self._objectives = tune.objectives
        self._cut = cut
        self._reported = reported
        config = search_config(tune, settings, cut.windows, cut.warmup, tune.trial_engine)
        prepared = prepare(config, folder)
        self._held = ExitStack()
        _claim(self._held, prepared)
        self._follower = LineFollower(prepared.folder.path / WINDOWS)
        self._records: deque[dict[str, Any]] = deque()
        self._next = 0  # window
        self._player = make_player(prepared, share)

    def next(self) -> Report | None:
        """Return the report of the window that comes next, played if need be; None at the end.

        Raises:
            RunError: an objective had no value in any window up to the cut.
        """
        while self._reported < self._cut.windows:
            record = self._next_record()
            windows = int(record["window"]) + 1
            if windows <= self._reported:
                continue
            done = windows == self._cut.windows
            if done:
                self._player.finish()
            objective = self._read(record)
            if objective is not None:
                self._reported = windows
                return Report(windows, int(record["events_total"]), objective, done)
            if done:
                raise self._undefined(record)
        return None

    def save(self) -> None:
        """Write a checkpoint after the last window played, so that none is played again."""
        self._player.save()

    def close(self) -> None:
        """Stop what is being played and give the folder free."""
        self._player.close()
        self._held.close()

    def _next_record(self) -> dict[str, Any]:
        while not self._records:
            self._records.extend(self._follower.read())
            if not self._records:
                self._player.play(self._next)
        self._next += 1
        return self._records.popleft()

    def _read(self, record: Mapping[str, Any]) -> dict[str, float] | None:
        """Return the value of every objective; None while one has none."""
        found = {one.name: one.read(record) for one in self._objectives}
        values = {name: value for name, value in found.items() if value is not None}
        return values if len(values) == len(found) else None

    def _undefined(self, record: Mapping[str, Any]) -> RunError:
        missing = [one.name for one in self._objectives if one.read(record) is None]
        first, last = self._cut.warmup, self._cut.windows
        return RunError(
            f"{', '.join(missing)} has no value in any of the {last - first} windows that the "
            f"search scores ({first} to {last - 1}, {record['windows_undefined']} of them with "
            "one label only); give search.until a later cut, longer windows, a shorter warm-up, "
            "or search.objective another score"
        )


def _claim(held: ExitStack, prepared: PreparedRun) -> None:
    """Hold the trial's folder; who held it last may need a moment to be gone."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            held.enter_context(claimed(prepared))
            return
        except RunError as error:
            if not isinstance(error.__cause__, BlockingIOError) or time.monotonic() > deadline:
                raise
        time.sleep(_LOOK_S)
