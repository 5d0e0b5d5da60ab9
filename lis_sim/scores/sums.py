"""The sums of every slice over the windows added: filled, merged, saved and continued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import ConfigError, RunError, nearest
from lis_sim.plain.saved import saved
from lis_sim.scores.histogram import BINS
from lis_sim.scores.tally import Tally
from lis_sim.scores.window import ALL, CellWindow, SliceCell

Cells = Mapping[tuple[str, int], CellWindow]
RECENT_HALF_LIFE = 8.0  # windows


class Sums:
    """One tally for each slice, of ``A`` arms x ``R`` replicates over the same windows.

    What is read from the sums is in :class:`~lis_sim.scores.accumulate.Accumulator`.
    """

    bins = BINS  # of the logits of all events; 0: they are not counted

    def __init__(
        self,
        arms: Sequence[str],
        replicates: int,
        slices: Sequence[str] = (),
        recent_half_life: float = RECENT_HALF_LIFE,
    ) -> None:
        if replicates < 1 or not arms or len(set(arms)) != len(arms):
            raise ConfigError(
                f"got replicates {replicates} and arms {list(arms)}; accepted are at least one "
                "replicate and at least one arm, each named once"
            )
        self.arms = tuple(arms)
        self.replicates = replicates
        self.slices = (ALL, *(name for name in slices if name != ALL))
        self.windows: list[int] = []
        self._tallies = {name: Tally(len(self.arms), replicates) for name in self.slices}
        # Pooled and recent sums are as large again and are kept of all events only.
        self._tallies[ALL] = Tally(len(self.arms), replicates, self.bins, recent_half_life)

    def add(self, window: int, cells: Cells) -> None:
        """Add the cells of one window: every arm x replicate, over the same events.

        ``window`` must lie after the windows added before. Raises :class:`RunError` on a repeated
        window, a missing cell or slice_name, or cells that saw other labels.
        """
        if self.windows and window <= self.windows[-1]:
            raise RunError(
                f"window {window} arrived after window {self.windows[-1]}; accepted are windows in "
                "increasing order, each once; cut the run folder back to its checkpoint"
            )
        grids = {name: self._grid(window, name, cells) for name in self.slices}
        for name, grid in grids.items():
            self._tallies[name].add(window, grid)
        self.windows.append(window)

    def _grid(self, window: int, name: str, cells: Cells) -> list[list[SliceCell]]:
        grid = [
            [_slice_of(cells, window, arm, replicate, name) for replicate in range(self.replicates)]
            for arm in self.arms
        ]
        first = grid[0][0]
        for arm, row in zip(self.arms, grid, strict=True):
            for replicate, cell in enumerate(row):
                same = (cell.positives, cell.negatives) == (first.positives, first.negatives)
                same &= np.array_equal(cell.users, first.users)
                if not same or not np.array_equal(cell.items, first.items):
                    raise RunError(
                        f"window {window}, slice {name!r}: arm {arm!r} of replicate {replicate} "
                        f"scored {cell.positives} positives and {cell.negatives} negatives, arm "
                        f"{self.arms[0]!r} of replicate 0 {first.positives} and "
                        f"{first.negatives}, or other users or items; accepted are the same events"
                    )
        return grid

    def merge(self, other: Self) -> None:
        """Add another shard: other windows of the same arms, or other arms of the same windows.

        Merged arms give the same bytes as the whole; merged windows agree up to rounding of the
        sums. Raises :class:`RunError` for shards that overlap in both or in neither.
        """
        alike = (self.replicates, self.slices) == (other.replicates, other.slices)
        if alike and self.arms == other.arms and not set(self.windows) & set(other.windows):
            for name, tally in self._tallies.items():
                tally.merge_windows(other._tallies[name])
            self.windows = sorted(self.windows + other.windows)
        elif alike and self.windows == other.windows and not set(self.arms) & set(other.arms):
            for name, tally in self._tallies.items():
                tally.merge_arms(other._tallies[name])
            self.arms += other.arms
        else:
            raise RunError(
                f"cannot merge arms {list(other.arms)} over {len(other.windows)} windows into arms "
                f"{list(self.arms)} over {len(self.windows)}; accepted are the same arms over "
                "other windows, or other arms over the same windows, with the same replicates "
                "and slices"
            )

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return everything as one flat mapping of numeric arrays (copies)."""
        state: dict[str, NDArray[Any]] = {"windows": np.array(self.windows, np.int64)}
        for name, tally in self._tallies.items():
            state.update({f"{name}/{key}": value for key, value in tally.state_dict().items()})
        return state

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from :meth:`state_dict`; :class:`RunError` if it is of another run."""
        for name, tally in self._tallies.items():
            start = f"{name}/"
            own = {
                key[len(start) :]: value for key, value in state.items() if key.startswith(start)
            }
            if not own:
                raise RunError(
                    f"the checkpoint has no slice {name!r}; resume with the slices of the run"
                )
            tally.load_state_dict(own)
        self.windows = saved(state, "windows", np.int64, None).tolist()

    def _tally(self, slice_name: str) -> Tally:
        if slice_name not in self._tallies:
            raise ConfigError(
                f"unknown slice {slice_name!r}; accepted are {list(self.slices)}"
                f"{nearest(slice_name, self.slices)}"
            )
        return self._tallies[slice_name]

    def _arm(self, arm: str) -> int:
        if arm not in self.arms:
            raise ConfigError(
                f"unknown arm {arm!r}; accepted are {list(self.arms)}{nearest(arm, self.arms)}"
            )
        return self.arms.index(arm)


def _slice_of(cells: Cells, window: int, arm: str, replicate: int, name: str) -> SliceCell:
    cell = cells.get((arm, replicate))
    if cell is None or name not in cell.slices:
        have = sorted(cells) if cell is None else sorted(cell.slices)
        raise RunError(
            f"window {window} lacks slice {name!r} of arm {arm!r}, replicate {replicate}; arrived: "
            f"{have}; accepted are all arms x replicates and all slices of the run"
        )
    return cell.slices[name]
