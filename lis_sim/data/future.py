"""The one door to the future: the only module that may read events past the clock.

Only the preference builder goes through it. Everything that comes out is stamped with the
time it was asked for (``as_of_us``) and how far past that time it reaches (``horizon_us``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lis_sim.data.dataset import Dataset
from lis_sim.types import EventBlock


@dataclass(frozen=True, slots=True)
class StampedBlock:
    """Events together with when they were asked for and how far past that they may reach."""

    block: EventBlock
    as_of_us: int
    horizon_us: int


@dataclass(frozen=True, slots=True)
class FutureDoor:
    """Reads the log up to any time, and says so.

    A builder that keeps running sums reads every row once, in pieces::

        as_of      t_0            t_1            t_2
        rows       [0 ... r_1)    [r_1 ... r_2)  [r_2 ... end)
    """

    dataset: Dataset

    def read(
        self, start_row: int, until_us: int, as_of_us: int, outcomes: Sequence[str] = ()
    ) -> Iterator[StampedBlock]:
        """Yield the events from ``start_row`` on whose time is before ``until_us``.

        Outcomes are taken as known once their event is over, as the label is.
        """
        horizon_us = max(0, until_us - as_of_us)
        end_row = self.row_at(until_us, start_row)
        for block in self.dataset.blocks(start_row, end_row, outcomes=outcomes):
            yield StampedBlock(block, as_of_us, horizon_us)

    def row_at(self, time_us: int, at_least: int = 0) -> int:
        """Return the first row whose time is ``>= time_us`` (but no less than ``at_least``).

        Reads the footers and the times of one row group.
        """
        if time_us > self.dataset.end_us:
            return self.dataset.rows
        for group in self.dataset.groups(start_row=at_least):
            if group.last_time_us is not None and group.last_time_us < time_us:
                continue
            row = group.first_row + int(np.searchsorted(self.dataset.group_times(group), time_us))
            if row < group.end_row:
                return max(row, at_least)
        return self.dataset.rows
