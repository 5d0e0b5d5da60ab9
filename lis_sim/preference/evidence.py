"""The events preference data is made of: the most recent ones of every user."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lis_sim.preference.behaviour import Int8
from lis_sim.preference.event_loops import by_user, choose_runs
from lis_sim.preference.intake import Taken
from lis_sim.types import Bool, Float32, Int32, Int64

_SPARE = 1 << 16  # events taken in before the first trim


@dataclass(frozen=True, slots=True)
class Evidence:
    """Events grouped by user, oldest first: group ``g`` owns ``[start[g], start[g + 1])``."""

    item: Int32  # (n,)
    label: Float32  # (n,) 1 for an engagement, else 0
    start: Int64  # (groups + 1,), strictly increasing

    def __len__(self) -> int:
        return len(self.item)


class EvidenceStore:
    """What has been taken in so far: the last ``per_user`` events of every user.

    Memory is ``O(min(events, users x per_user))``, whatever the length of the log, and what
    :meth:`events` returns does not depend on how the log was cut into blocks.
    """

    def __init__(self, per_user: int, ages: bool = False) -> None:
        """``ages``: hold the events' times as well, which :meth:`forget_before` needs."""
        self.per_user = per_user
        self._ages = ages
        self._oldest_us: int | None = None
        self._kept = _none()
        self._size: Int64 = np.empty(0, np.int64)
        self._fresh: list[Taken] = []
        self._fresh_events = 0
        self._trimmed = True

    def add(self, events: Taken) -> None:
        """Take in events that come after all events taken in before."""
        self._fresh.append(events if self._ages else _without_times(events))
        self._fresh_events += len(events)
        self._trimmed = False
        if self._fresh_events > max(_SPARE, len(self._kept)):
            self._trim()

    def forget_before(self, time_us: int) -> None:
        """Forget events before ``time_us``, now and from now on."""
        self._oldest_us = time_us
        self._trimmed = False

    def events(self) -> tuple[Int32, Int32, Int8]:
        """Return users (ascending), items and labels of the kept events, oldest first by user."""
        if not self._trimmed:
            self._trim()
        return self._kept.user, self._kept.item, self._kept.engaged

    def times(self) -> Int64:
        """Return the times of :meth:`events`, ``(n,)``; only a store with ``ages`` holds them."""
        self.events()
        return self._kept.time_us

    def sizes(self, users: int) -> Int64:
        """Return how many events of each user are kept, ``(users,)`` or longer."""
        self.events()
        return np.concatenate([self._size, np.zeros(max(0, users - len(self._size)), np.int64)])

    def held(self) -> int:
        """Return how many events are in memory."""
        return len(self._kept) + self._fresh_events

    def _trim(self) -> None:
        events = _joined([self._kept, *self._fresh])
        met = np.bincount(events.user)
        size = np.minimum(met, self.per_user)
        order = np.empty(size.sum(), np.int64)
        by_user(events.user, met - size, _starts(size), order)
        if self._oldest_us is not None:
            order = order[events.time_us[order] >= self._oldest_us]
        times = events.time_us[order] if self._ages else events.time_us
        user = events.user[order]
        self._kept = Taken(user, events.item[order], events.engaged[order], times)
        self._size = np.bincount(user, minlength=len(met))
        self._fresh, self._fresh_events = [], 0
        self._trimmed = True


def _none() -> Taken:
    empty = np.empty(0, np.int32)
    return Taken(empty, empty, np.empty(0, np.int8), np.empty(0, np.int64))


def _without_times(events: Taken) -> Taken:
    return Taken(events.user, events.item, events.engaged, np.empty(0, np.int64))


def _joined(parts: list[Taken]) -> Taken:
    return Taken(
        np.concatenate([part.user for part in parts]),
        np.concatenate([part.item for part in parts]),
        np.concatenate([part.engaged for part in parts]),
        np.concatenate([part.time_us for part in parts]),
    )


def with_support(
    evidence: Evidence, items: int, least: int, most: int | None, past: Evidence | None = None
) -> Evidence:
    """Return the events of items with ``least`` to ``most`` engagements in ``evidence``.

    Also those of items of which that is true in the ``past``: an item that causal knows by few
    engagements must not be lost to an arm because that arm knows of more.

    >>> import numpy as np
    >>> item, label = np.array([0, 1, 1, 0], np.int32), np.array([1, 1, 1, 0], np.float32)
    >>> evidence = Evidence(item, label, np.array([0, 1, 4]))
    >>> often = with_support(evidence, items=2, least=2, most=None)
    >>> often.item.tolist(), often.start.tolist()  # item 0 is engaged with once
    ([1, 1], [0, 2])
    """
    within = np.zeros(items, np.bool_)
    for part in (evidence,) if past is None else (evidence, past):
        engaged = np.bincount(part.item, weights=part.label, minlength=items)
        met = np.bincount(part.item, minlength=items) > 0
        within |= met & (engaged >= least) & (engaged <= (np.inf if most is None else most))
    kept = within[evidence.item]
    ends = np.concatenate([[0], np.cumsum(kept)])[evidence.start]
    return Evidence(evidence.item[kept], evidence.label[kept], np.unique(ends))


def evidence_of(
    outside: EvidenceStore, inside: EvidenceStore, held_out: Bool | None = None
) -> Evidence:
    """Return the events of ``held_out`` users from ``inside`` and of all others from ``outside``.

    ``held_out`` ``(users,)`` marks the users whose present and future must not be seen; None:
    nobody. The result depends on which events it holds, not on where they came from.
    """
    _, item, label = outside.events()
    size = outside.sizes(0)
    engaged = label.astype(np.float32) if held_out is None else np.empty(0, np.float32)
    if held_out is not None:
        size, inside_size = outside.sizes(len(held_out)), inside.sizes(len(held_out))
        chosen = np.where(held_out, inside_size, size)
        events = int(chosen.sum())
        runs = (size, item, label, inside_size, *inside.events()[1:])
        item, engaged = np.empty(events, np.int32), np.empty(events, np.float32)
        # Both stores are sorted by user, so a merge is a choice of runs: no sorting.
        choose_runs(held_out, *runs, item, engaged)
        size = chosen
    start = np.concatenate([[0], np.cumsum(size[size > 0])]).astype(np.int64)
    return Evidence(item, engaged, start)


def _starts(size: Int64) -> Int64:
    """Return where runs of these sizes start when they are laid end to end."""
    return np.cumsum(size) - size
