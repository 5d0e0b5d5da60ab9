"""What a user's past errors say of their taste in the directions of a representation."""

from __future__ import annotations

import numpy as np

from lis_sim.plain.compiled import compiled
from lis_sim.types import Float32, Float64, Int32
from policies.memory import ResidualMemory
from policies.taste_kernels import solve_tastes
from policies.view import RepresentationView


class Tastes:
    """Every user's posterior mean of a linear taste, worked out once a window when needed.

    With ``r`` an item's vector divided by ``sqrt(d)`` and ``e = label - p`` the residual of a
    past event, user ``u`` has the prior N(0, I) and, to second order in the log loss,

        A = I + sum p (1 - p) r r',   b = sum e r,   taste = A^-1 b

    over the remembered events. All of them are looked up in the *present* representation: it may
    turn from window to window without anything learned being lost.

    Source: the Laplace approximation, as MacKay 1992, "A practical Bayesian framework for
    backpropagation networks"; the offset form is ours.
    """

    def __init__(self, memory: ResidualMemory) -> None:
        self._memory = memory
        self.forget()

    def forget(self) -> None:
        """Work everything out anew: the representation or the memory has changed."""
        self._slot: Int32 = np.empty(0, np.int32)
        self._taste: Float64 = np.empty((0, 0))
        self._used = 0

    def match(self, view: RepresentationView, part: slice, user: Int32, seen: Float32) -> Float64:
        """Return ``taste . r`` ``(n,)`` for ``user`` ``(n,)`` and rows ``seen`` of the view.

        ``r`` are the columns ``part``, ``d`` of them.
        """
        slot = self._slots(view, part, user)
        return _products(self._taste, slot, seen, part.start)

    def _slots(self, view: RepresentationView, part: slice, user: Int32) -> Int32:
        """Return the row of ``_taste`` of every user ``(n,)``; solve for those who have none."""
        missing = int(user.max(initial=-1)) + 1 - len(self._slot)
        if missing > 0:
            # At least doubled: users are numbered by their first appearance.
            self._slot = np.pad(self._slot, (0, max(missing, len(self._slot))), constant_values=-1)
        slot, fresh = np.empty(len(user), np.int32), np.empty(len(user), np.int32)
        fresh = fresh[: _number(user, self._slot, self._used, slot, fresh)]
        if len(fresh):
            self._reserve(self._used + len(fresh), part.stop - part.start)
            found = self._taste[self._used : self._used + len(fresh)]
            first_row = view.first_rows(fresh)
            events = self._memory.events()
            solve_tastes(fresh, *events, view.table, first_row, view.items, part.start, found)
            self._used += len(fresh)
        return slot

    def _reserve(self, rows: int, dimensions: int) -> None:
        if rows > len(self._taste):
            grown = np.zeros((max(rows, 2 * len(self._taste)), dimensions))
            if self._used:
                grown[: self._used] = self._taste[: self._used]
            self._taste = grown


@compiled
def _number(user: Int32, slots: Int32, used: int, slot: Int32, fresh: Int32) -> int:
    """Write the ``slot`` (n,) of every user; number those without one from ``used`` on.

    They are written to ``fresh``, each once; returns how many there are.
    """
    count = 0
    for row in range(len(user)):
        if slots[user[row]] < 0:
            slots[user[row]] = used + count
            fresh[count] = user[row]
            count += 1
        slot[row] = slots[user[row]]
    return count


@compiled
def _products(taste: Float64, slot: Int32, seen: Float32, first: int) -> Float64:
    n, d = len(slot), taste.shape[1]
    scale = 1.0 / np.sqrt(d)
    out = np.zeros(n)
    for row in range(n):
        total = 0.0
        for a in range(d):
            total += taste[slot[row], a] * seen[row, first + a]
        out[row] = scale * total
    return out
