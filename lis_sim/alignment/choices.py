"""Choices users made among what they were shown: what the contrastive head learns from.

For one user, some of whose events are context, in the words of a sampled softmax::

    shown       a   b   c   d   e   f   g   h
    engaged     x       x       x       x
    context     a   b           e                    signed: a and e for, b against
    a choice:           chosen c, passed over: d, f, h (drawn at random, with repetition)

What was shown to a user follows their taste already, wherever a recommender chose it. Only
among what the same user was shown does engaging say something more; so labels that are coins
leave nothing to learn. Negatives of other users would not do: they were shown other things.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lis_sim.preference.past import Past
from lis_sim.types import Bool, Float64, Int32, Int64


@dataclass(frozen=True, slots=True)
class Shown:
    """Every item once for every user it was shown to, users with both answers only."""

    user: Int32  # (users,)
    group: Int64  # (n,) place in ``user``, ascending
    item: Int32  # (n,)
    engaged: Bool  # (n,) of one user first the engagements

    @classmethod
    def of(cls, past: Past, known: Bool) -> Shown:
        """Take what ``past`` holds of items that are ``known`` ``(I,)``.

        Of an item that a user met several times the first counts: that an item resembles
        itself is no news.
        """
        evidence = past.evidence
        group = np.repeat(np.arange(len(past.user)), np.diff(evidence.start))
        pair = group * np.int64(len(known)) + evidence.item
        first = np.sort(np.unique(pair, return_index=True)[1])
        first = first[known[evidence.item[first]]]
        group, item, engaged = group[first], evidence.item[first], evidence.label[first] > 0
        order = np.lexsort((~engaged, group))
        every = cls(past.user, group[order], item[order], engaged[order])
        both = [np.bincount(group[e], minlength=len(past.user)) > 0 for e in (engaged, ~engaged)]
        return every.of_users(both[0] & both[1])

    def of_users(self, taken: Bool) -> Shown:
        """Return what was shown to the users ``taken`` ``(users,)``."""
        kept = taken[self.group]
        place = np.cumsum(taken) - 1
        return Shown(self.user[taken], place[self.group[kept]], self.item[kept], self.engaged[kept])

    def rates(self, items: int, strength: float) -> Float64:
        """Return ``(I,)``: engagement rates, averaged with ``strength`` events of the mean."""
        engaged = np.bincount(self.item[self.engaged], minlength=items)
        events = np.bincount(self.item, minlength=items)
        mean = (engaged.sum() + 1.0) / (events.sum() + 2.0)
        return np.asarray((engaged + strength * mean) / (events + strength))

    def beyond(self, rate: Float64, strength: float) -> Float64:
        """Return ``(n,)``: engagement less what the items' ``rate`` and the user's mean expect."""
        beyond = self.engaged - rate[self.item]
        count = np.bincount(self.group, minlength=len(self.user))
        mean = np.bincount(self.group, weights=beyond, minlength=len(self.user))
        return np.asarray(beyond - (mean / (count + strength))[self.group])

    def draw(self, random: np.random.Generator, passed: int, share: float) -> Choices:
        """Take a ``share`` of the events for context and draw a choice for each other engagement.

        A user who passed nothing over among the other events makes no choice.
        """
        context = random.random(len(self.item)) < share
        rest = np.flatnonzero(~context)
        group, engaged = self.group[rest], self.engaged[rest]
        count = [np.bincount(group[e], minlength=len(self.user)) for e in (engaged, ~engaged)]
        start = np.cumsum(count[0] + count[1]) - count[1]  # of what each user passed over
        chosen = np.flatnonzero(engaged & (count[1] > 0)[group])
        whose = group[chosen]
        nth = random.integers(0, np.repeat(count[1][whose][:, None], passed, axis=1))
        offered = self.item[rest[np.column_stack([chosen, start[whose][:, None] + nth])]]
        return Choices(np.flatnonzero(context), whose, offered)


@dataclass(frozen=True, slots=True)
class Choices:
    """Choices of what was offered; the first of ``offered`` was chosen."""

    context: Int64  # (k,) events that users are known by
    group: Int64  # (c,) whose choice
    offered: Int32  # (c, 1 + passed) items

    def __len__(self) -> int:
        return len(self.group)
