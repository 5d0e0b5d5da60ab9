"""At which instants of a command's life what is killed: drawn over all of it, by fixed shares.

::

    start-up            windows of the log                        the end
    |-------------------|-----|-----|-----|-----|-----|-----|-----|--------|
    25 %                60 %: after which window, and how long after    15 %
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

START, PLAY, END = "start-up", "windows", "the end"
SHARES: Mapping[str, float] = {START: 0.25, PLAY: 0.6, END: 0.15}  # of the driver's kills


@dataclass(frozen=True, slots=True)
class Life:
    """How long the parts of an undisturbed command took, in seconds."""

    start: float  # up to the first committed window
    play: float  # up to the last
    end: float  # scores, summary, report
    windows: int

    @property
    def whole(self) -> float:
        return self.start + self.play + self.end

    @property
    def window(self) -> float:
        return self.play / max(1, self.windows - 1)


@dataclass(frozen=True, slots=True)
class Instant:
    """``delay`` seconds after ``windows`` were committed; after the start of the command for 0.

    Attributes:
        part: which part of the command's life that is.
        windows: how many windows are committed then.
        delay: seconds to wait from there on.
    """

    part: str
    windows: int
    delay: float


def draw(
    generator: np.random.Generator,
    life: Life,
    done: int,
    kills: int,
    of: int,
    fresh: bool = True,
) -> Instant:
    """Draw an instant of a command that goes on after ``done`` windows.

    The parts come as often as :data:`SHARES` says, not as long as they last: most of a command's
    time is its imports. ``kills`` of the ``of`` kills of this run are still to come: only the last
    one may fall on the end, and so all of them have windows left. ``fresh``: the command has just
    been started; one that goes on does not start up again.
    """
    left = life.windows - done
    shares = dict(SHARES)
    share_of_end = shares.pop(END)
    end = min(1.0, share_of_end * of) if kills == 1 else 0.0
    if left <= 1:  # none of which another follows
        del shares[PLAY]
    if not fresh:
        del shares[START]
    rest = sum(shares.values())
    weights = {part: (1.0 - end) * share / rest for part, share in shares.items()}
    if end or not weights:
        weights[END] = end or 1.0
    chances = np.array(list(weights.values()))
    part = list(weights)[int(generator.choice(len(weights), p=chances / chances.sum()))]
    if part == START:
        return Instant(part, 0, float(generator.uniform(0, life.start)))
    if part == END:
        return Instant(part, life.windows, float(generator.uniform(0, life.end)))
    after = done + 1 + int(generator.integers(0, max(1, (left - 1) // kills)))
    return Instant(part, after, float(generator.uniform(0, life.window)))
