"""The events preference data is made of: the most recent ones of every user."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lis_sim.types import Bool, EventBlock, Float32, Int32, Int64

Int8 = NDArray[np.int8]

_SPARE = 1 << 16  # events taken in before the first trim


@dataclass(frozen=True, slots=True)
class Evidence:
    """Events grouped by user, oldest first: group ``g`` owns ``[start[g], start[g + 1])``."""

    item: Int32  # (n,)
    label: Float32  # (n,) 0 or 1
    start: Int64  # (groups + 1,), strictly increasing

    def __len__(self) -> int:
        return len(self.item)


class EvidenceStore:
    """What has been taken in so far: the last ``per_user`` events of every user.

    Memory is ``O(min(events, users x per_user))``, whatever the length of the log, and what
    :meth:`events` returns does not depend on how the log was cut into blocks.
    """

    def __init__(self, per_user: int) -> None:
        self.per_user = per_user
        self._user: Int32 = np.empty(0, np.int32)
        self._item: Int32 = np.empty(0, np.int32)
        self._label: Int8 = np.empty(0, np.int8)
        self._size: Int64 = np.empty(0, np.int64)
        self._fresh: list[tuple[Int32, Int32, Int8]] = []
        self._fresh_events = 0

    def add(self, block: EventBlock) -> None:
        """Take in events that come after all events taken in before."""
        self._fresh.append((block.user, block.item, block.label.astype(np.int8)))
        self._fresh_events += len(block)
        if self._fresh_events > max(_SPARE, len(self._user)):
            self._trim()

    def events(self) -> tuple[Int32, Int32, Int8]:
        """Return users (ascending), items and labels of the kept events, oldest first by user."""
        if self._fresh:
            self._trim()
        return self._user, self._item, self._label

    def sizes(self, users: int) -> Int64:
        """Return how many events of each user are kept, ``(users,)`` or longer."""
        self.events()
        return np.concatenate([self._size, np.zeros(max(0, users - len(self._size)), np.int64)])

    def held(self) -> int:
        """Return how many events are in memory."""
        return len(self._user) + self._fresh_events

    def _trim(self) -> None:
        kept = (self._user, self._item, self._label)
        user, item, label = (
            np.concatenate(parts) for parts in zip(kept, *self._fresh, strict=True)
        )
        order = np.argsort(user, kind="stable")
        size = np.bincount(user)
        end = np.cumsum(size)
        user = user[order]
        recent = end[user] - np.arange(len(user)) <= self.per_user
        order = order[recent]
        self._user, self._item, self._label = user[recent], item[order], label[order]
        self._size = np.minimum(size, self.per_user)
        self._fresh, self._fresh_events = [], 0


def evidence_of(
    outside: EvidenceStore, inside: EvidenceStore, held_out: Bool | None = None
) -> Evidence:
    """Return the events of ``held_out`` users from ``inside`` and of all others from ``outside``.

    ``held_out`` ``(users,)`` marks the users whose present and future must not be seen; None:
    nobody. The result depends on which events it holds, not on where they came from.
    """
    _, item, label = outside.events()
    size = outside.sizes(0)
    if held_out is not None:
        _, inside_item, inside_label = inside.events()
        size, inside_size = outside.sizes(len(held_out)), inside.sizes(len(held_out))
        first = np.where(held_out, _starts(inside_size) + len(item), _starts(size))
        size = np.where(held_out, inside_size, size)
        # Both stores are sorted by user, so a merge is a choice of runs: no sorting.
        rows = np.repeat(first - _starts(size), size) + np.arange(size.sum())
        item = np.concatenate([item, inside_item])[rows]
        label = np.concatenate([label, inside_label])[rows]
    start = np.concatenate([[0], np.cumsum(size[size > 0])]).astype(np.int64)
    return Evidence(item, label.astype(np.float32), start)


def _starts(size: Int64) -> Int64:
    """Return where runs of these sizes start when they are laid end to end."""
    return np.cumsum(size) - size
