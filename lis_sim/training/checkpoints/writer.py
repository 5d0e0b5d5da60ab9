"""Writes the parts of one worker's checkpoints: whole, or as what changed since an earlier one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lis_sim.training.checkpoints.changes import Fingerprints, narrowed
from lis_sim.training.checkpoints.checkpoints import Checkpoints
from lis_sim.training.checkpoints.manifest import Files
from lis_sim.training.checkpoints.state import State

_CHAINS = 2
_SHARE = 0.5  # bytes of changes over bytes of the base from which on a part is written whole again
_LONGEST = 16  # files of a chain: every one is read and checked when a run goes on

# Of a part: called with the number of this save and that of the save before which changes do not
# matter; None: the state is wanted whole.
Saved = Callable[[int, int | None], State]


@dataclass(slots=True)
class _Chain:
    """A part as it was last written in a chain."""

    save: int
    files: Files
    base: int  # bytes of the file that is whole
    prints: dict[str, Fingerprints] = field(default_factory=dict)

    @property
    def may_go_on(self) -> bool:
        changes = sum(one["bytes"] for one in self.files.values()) - self.base
        return len(self.files) < _LONGEST and changes <= _SHARE * self.base


class PartWriter:
    """The parts that one worker writes, from its start on.

    A part is a chain of files: a base, and what changed since the file before. There are
    two chains, which checkpoints take in turn, so that two neighbours share no file: whatever is
    damaged, the checkpoint before the newest is whole. It costs disk for two states, as keeping
    two whole checkpoints does. The first checkpoint of each chain after a start is whole.
    """

    def __init__(self, checkpoints: Checkpoints, rank: int = 0) -> None:
        self._checkpoints = checkpoints
        self._rank = rank
        self._window: int | None = None
        self._save = 0  # counts the checkpoints
        self._chains: tuple[dict[str, _Chain], ...] = tuple({} for _ in range(_CHAINS))

    def write(self, window: int, part: str, state: Saved) -> Files:
        """Write ``part`` as it is before ``window``; return all files that it needs."""
        if window != self._window:
            self._window, self._save = window, self._save + 1
        chains = self._chains[self._save % _CHAINS]
        before = chains.get(part)
        if before is not None and not before.may_go_on:
            before = None
        wanted = state(self._save, None if before is None else before.save)
        found, prints = narrowed(wanted, None if before is None else before.prints)
        files = self._checkpoints.write_part(window, part, found, self._rank)
        written = sum(one["bytes"] for one in files.values())
        if before is None:
            chains[part] = _Chain(self._save, files, written, prints)
        else:
            chains[part] = _Chain(self._save, before.files | files, before.base, prints)
        return dict(chains[part].files)
