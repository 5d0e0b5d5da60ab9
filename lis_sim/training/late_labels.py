"""Events that are learned from when their labels come, which is later than they are scored.

::

    events      e0 ........ e1 ........ e2            scored in the order of the log
    labels          l1 .......... l0 .......... l2    learned from in the order of the labels
    windows     |-------- k --------|-- k + 1 --

A window's metrics are those of all its events: a label that is revealed only in a later window,
or never while the log lasts, says all the same how good the score was. Nobody learns from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from envs.observation import revealed_batch
from lis_sim.data.dataset import Dataset
from lis_sim.types import Batch, Float32, Int64, Window
from policies.exchange import Exchange, gathered

Learned = list[tuple[Batch, Float32]]


class LateLabels:
    """Turns what a step reveals into batches to learn from, and counts what becomes of labels.

    A batch has at most ``step_events`` events of all shards together, however many labels come at
    once; an event shows the features and the history it was scored with.
    """

    def __init__(self, step_events: int, exchange: Exchange) -> None:
        self._step_events = step_events
        self._exchange = exchange
        self._learned, self._expired, self._waiting = 0, 0, 0

    def learned(self, info: Mapping[str, Any]) -> Learned:
        """Return the batches, with their labels, that a step's ``info`` makes known."""
        revealed = info["revealed"]
        self._learned += len(revealed["row"])
        self._expired += len(info["timed_out"])
        self._waiting = int(info["waiting"])
        batch, label = revealed_batch(revealed), revealed["label"]
        place, events = self._places(revealed["label_time_us"], revealed["row"])
        found: Learned = []
        for first in range(0, events, self._step_events):
            own = slice(*np.searchsorted(place, [first, first + self._step_events]).tolist())
            part = batch.take(own)
            if not self._exchange.shard.whole:
                size = min(self._step_events, events - first)
                part = replace(part, place=place[own] - first, step_events=size)
            found.append((part, label[own]))
        return found

    def _places(self, label_time_us: Int64, row: Int64) -> tuple[Int64, int]:
        """Return where in the order of all shards' labels the own ones are, and how many in all."""
        if self._exchange.shard.whole:
            return np.arange(len(row)), len(row)
        rows = gathered(self._exchange, row)
        order = np.lexsort([rows, gathered(self._exchange, label_time_us)])
        return np.flatnonzero(np.isin(rows[order], row)), len(rows)

    def end_window(self, dataset: Dataset, window: Window) -> tuple[Float32, dict[str, int]]:
        """Return the labels of ``window``'s events, and what its record says of labels.

        The labels are (n,), in the log's order, of all shards. The record: ``learned`` and
        ``expired``, labels that were revealed and that never will be, of events of any window;
        ``waiting``, those still to come at the window's end; ``final_us``, when the last label of
        the window's own events is known.
        """
        blocks = list(dataset.blocks(window.start_row, window.end_row))
        known_us = [block.label_time_us for block in blocks if block.label_time_us is not None]
        counts = torch.tensor([self._learned, self._expired, self._waiting])
        self._exchange.add(counts)
        self._learned, self._expired = 0, 0
        record = dict(zip(("learned", "expired", "waiting"), counts.tolist(), strict=True))
        record["final_us"] = max(int(times.max()) for times in known_us)
        return np.concatenate([block.label for block in blocks]), record
