"""The prequential loop: score, reveal, learn; the same for every engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

import envs
from envs.observation import batch_of
from envs.replay import ReplayEnv
from lis_sim.data.dataset import Dataset
from lis_sim.plain.saved import saved
from lis_sim.preference.builder import Shown
from lis_sim.scores import CellWindow, Measured, score_cells
from lis_sim.training.late_labels import LateLabels
from lis_sim.training.metric_columns import MetricColumns
from lis_sim.training.plan import Cell, RunPlan
from lis_sim.training.recommenders import make_recommenders
from lis_sim.training.scored_events import ScoredEvents
from lis_sim.training.stages import StageClock
from lis_sim.training.timed_log import TimedLog
from lis_sim.types import Bool, Int32
from policies.base import Recommender
from policies.exchange import ALONE, Exchange, failing_together
from policies.view import RepresentationView

(REPLAY,) = envs.ENTRY_POINTS  # importing envs registers it
State = dict[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class WindowResult:
    """What the cells of one worker contribute to a window."""

    window: int
    clock_us: int
    cells: dict[tuple[str, int], CellWindow]
    seconds: dict[str, float]  # by stage
    events: ScoredEvents | None = None  # where they are to be kept
    labels: Mapping[str, int] | None = None  # what became of them, where they come later

    @property
    def fields(self) -> dict[str, Any]:
        """What the window's record says beside its numbers."""
        return {} if self.labels is None else {"labels": dict(self.labels)}


class PrequentialLoop:
    """Runs some of a plan's cells over the stream, one window at a time.

    In every step all cells score the events they are shown with the state they have, the
    environment then reveals the labels that are known by now, and all cells learn from the same
    events in the same order. Which other cells run beside it never changes what a cell scores.
    """

    def __init__(
        self,
        plan: RunPlan,
        cells: Sequence[Cell],
        device: str = "cpu",
        dataset: Dataset | None = None,
        exchange: Exchange = ALONE,
    ) -> None:
        """``dataset``: the log of ``plan`` where it knows more than its folder says.

        ``exchange``: other loops that play the same cells for the other users.
        """
        self.plan = plan
        self._exchange = exchange
        self.cells = tuple(cells)
        self.clock = StageClock()
        dataset = dataset or plan.log
        self.recommenders, self._clean = make_recommenders(plan, cells, dataset, device, exchange)
        self._items = dataset.schema.items
        self._seen = np.zeros(self._items, np.int64)  # past events per item
        self._dataset = dataset
        self._late = (
            LateLabels(plan.config.stream.step_events, exchange) if dataset.delayed else None
        )
        self._metrics = _metric_columns(plan, dataset)
        self._environment = self._replay(dataset)
        self._action = np.zeros((len(cells), plan.config.stream.step_events), np.float32)

    def _replay(self, dataset: Dataset) -> gymnasium.Env[Any, Any]:
        stream = self.plan.config.stream
        return gymnasium.make(
            REPLAY,
            dataset=TimedLog(dataset, self.clock),
            windows=self.plan.windows,
            step_events=stream.step_events,
            arms=len(self.cells),
            history=stream.history,
            pending_events=stream.pending_events,
            shard=self._exchange.shard,
            disable_env_checker=True,  # compares whole spaces at every step
        )

    def follow(self, plan: RunPlan, dataset: Dataset) -> None:
        """Go on, at the edge of a window, in a log that has grown; :meth:`start` comes next.

        ``plan`` differs from the one so far by further windows alone: what was learned stays.
        """
        state = self.stream_state()
        self._environment.close()
        self.plan = plan
        self._dataset = dataset
        self._items = dataset.schema.items
        self._metrics = _metric_columns(plan, dataset)
        self._environment = self._replay(dataset)
        self.load_stream_state(state)

    def start(self, window: int) -> None:
        """Show the first step of ``window``."""
        with self.clock.stage("env"):
            options = {"start_window": window}
            self._observation, self._info = self._environment.reset(options=options)

    def run_window(self, window: int, shown: Shown) -> WindowResult:
        """Play ``window`` to its end and return what it contributes."""
        with failing_together(self._exchange):
            events, labels = self._judged(window, self._play(shown))
        with self.clock.stage("metrics"):
            # Of what all shards know each works out a part.
            own = slice(self._exchange.shard.index, None, self._exchange.shard.of)
            events = replace(events, slices=self._slices(events.item))
            measured = self._measured(window, events)
            found = score_cells(
                events.logits[own], events.label, events.user, events.slices, events.item, measured
            )
            self._seen += np.bincount(events.item, minlength=len(self._seen))
        keyed = {cell.key: one for cell, one in zip(self.cells[own], found, strict=True)}
        kept = events if self.plan.config.output.scores else None
        clock_us = int(self._info["clock_us"])
        return WindowResult(window, clock_us, keyed, self.clock.take(), kept, labels)

    def _judged(
        self, window: int, events: ScoredEvents
    ) -> tuple[ScoredEvents, dict[str, int] | None]:
        """Return the events with their labels, and what is to be said of labels that come later."""
        if self._late is None:
            return events, None
        with self.clock.stage("metrics"):
            label, record = self._late.end_window(self._dataset, self.plan.windows[window])
        return replace(events, label=label), record

    def _play(self, shown: Shown) -> ScoredEvents:
        """Play a window; return its events, those of other shards among them."""
        self._see(shown)
        steps: list[ScoredEvents] = []
        ended = False
        while not ended:
            steps.append(self._step())
            ended = bool(self._info["window_end"])
        with self.clock.stage("train"):
            for clean in self._clean.values():
                clean.end_window()
        with self.clock.stage("metrics"):
            return ScoredEvents.joined(steps).of_all(self._exchange)

    def _step(self) -> ScoredEvents:
        """Let all cells score what is shown and then learn from it."""
        batch, rows = batch_of(self._observation), self._info["next_rows"]
        if not self._exchange.shard.whole:
            place, whole = rows - self._info["next_row"], self._info["next_events"]
            batch = replace(batch, place=place, step_events=whole)
        with self.clock.stage("score"):
            for row, recommender in enumerate(self.recommenders):
                self._action[row, : len(batch)] = recommender.score(batch)
        with self.clock.stage("env"):
            self._observation, _, _, _, self._info = self._environment.step(self._action)
        label = self._info["revealed"]["label"]
        with self.clock.stage("train"):
            learned = [(batch, label)] if self._late is None else self._late.learned(self._info)
            for known, its_label in learned:
                for recommender in self.recommenders:
                    recommender.update(known, its_label)
        if self._late is not None:
            label = np.full(len(batch), np.nan, np.float32)  # known once the window is over
        score = self._action[:, : len(batch)].copy()
        return ScoredEvents(score, label, batch.user, batch.item, rows)

    def _see(self, shown: Shown) -> None:
        with self.clock.stage("build"):
            for cell, recommender in zip(self.cells, self.recommenders, strict=True):
                if cell.key in shown:
                    seed = self.plan.seeds[cell.replicate]
                    recommender.see(RepresentationView.of(shown[cell.key], seed))

    def _slices(self, item: Int32) -> Mapping[str, Bool]:
        """An item is cold in a window that starts before it has ``cold_support`` past events."""
        cold = self._seen[item] < self.plan.config.stream.cold_support
        return {"cold": cold, "warm": ~cold}

    def _measured(self, window: int, events: ScoredEvents) -> Measured | None:
        """Return what is measured beside the AUC, with the columns that it needs."""
        if self._metrics is None:
            return None
        columns = self._metrics.of(self.plan.windows, window, events.user, events.row)
        return Measured(self.plan.family.metrics, columns)

    def stateful(self) -> Iterator[tuple[Cell, Recommender]]:
        """Yield what has learned, in the order in which it can be loaded.

        Clean arms that others stand on come first, whether they are cells of this loop or not.
        """
        yield from self._clean.items()
        for cell, recommender in zip(self.cells, self.recommenders, strict=True):
            if cell not in self._clean:
                yield cell, recommender

    def stream_state(self) -> State:
        """Return what the environment and the slices remember; the same for all cells of a shard.

        To be read before the next window, which changes it.
        """
        replay = self._environment.unwrapped
        assert isinstance(replay, ReplayEnv)
        return {**replay.state_dict(), "loop.seen": self._seen}

    def load_stream_state(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what :meth:`stream_state` returned, before :meth:`start`."""
        replay = self._environment.unwrapped
        assert isinstance(replay, ReplayEnv)
        seen = saved(state, "loop.seen", np.int64, None)
        self._seen = np.pad(seen, (0, self._items - len(seen)))  # the log may have grown since
        replay.load_state_dict({k: v for k, v in state.items() if k != "loop.seen"})


def _metric_columns(plan: RunPlan, dataset: Dataset) -> MetricColumns | None:
    metrics = plan.family.metrics
    return MetricColumns(metrics, dataset) if metrics else None
