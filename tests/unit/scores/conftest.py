"""A small stream of windows whose arms differ, as a training loop would hand it over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from lis_sim.scores import CellWindow, score_cell
from lis_sim.types import Bool, Float32, Int32

Cells = dict[tuple[str, int], CellWindow]


@dataclass(frozen=True)
class StreamWindow:
    """The events of one window and what every arm x replicate gave them."""

    label: Float32
    user: Int32
    item: Int32
    slices: dict[str, Bool]
    logits: dict[tuple[str, int], Float32]

    def cells(self) -> Cells:
        return {
            key: score_cell(logit, self.label, self.user, self.slices, self.item)
            for key, logit in self.logits.items()
        }


@pytest.fixture
def stream() -> Callable[..., list[StreamWindow]]:
    """Return a maker of windows; later arms know more; ``gain`` is by how much."""

    def make(
        arms: Sequence[str],
        replicates: int = 1,
        windows: int = 4,
        events: int = 120,
        users: int = 30,
        gain: float = 0.5,
        key: int = 0,
    ) -> list[StreamWindow]:
        rng = np.random.Generator(np.random.Philox(key=key))
        of_items = np.random.Generator(np.random.Philox(key=key + 1_000))
        made = []
        for index in range(windows):
            # More users in later windows, so that the sums have to grow.
            user = rng.integers(0, users * (index + 1) // windows, events).astype(np.int32)
            signal = rng.normal(size=events)
            label = (rng.random(events) < 1 / (1 + np.exp(-signal))).astype(np.float32)
            logits = {
                (arm, replicate): (gain * (place + 1) * signal + rng.normal(size=events)).astype(
                    np.float32
                )
                for place, arm in enumerate(arms)
                for replicate in range(replicates)
            }
            item = of_items.integers(0, 20, events).astype(np.int32)
            made.append(StreamWindow(label, user, item, {"cold": user % 3 == 0}, logits))
        return made

    return make
