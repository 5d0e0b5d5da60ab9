"""What a user's past errors say of their taste in the directions of a representation."""

from __future__ import annotations

import numpy as np

from lis_sim.plain.compiled import compiled
from lis_sim.types import Bool, Float32, Float64, Int32, Int64
from policies.memory import Remembered, ResidualMemory
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
        if len(user):
            missing = int(user.max()) + 1 - len(self._slot)
            if missing > 0:
                self._slot = np.pad(self._slot, (0, missing), constant_values=-1)
        fresh = np.unique(user[self._slot[user] < 0])
        if len(fresh):
            self._slot[fresh] = np.arange(self._used, self._used + len(fresh), dtype=np.int32)
            self._reserve(self._used + len(fresh), part.stop - part.start)
            found = self._taste[self._used : self._used + len(fresh)]
            first_row = view.rows(fresh, np.zeros(len(fresh), np.int32))
            _solve(fresh, self._memory.events(), view, first_row, part.start, found)
            self._used += len(fresh)
        return self._slot[user]

    def _reserve(self, rows: int, dimensions: int) -> None:
        if rows > len(self._taste):
            grown = np.zeros((max(rows, 2 * len(self._taste)), dimensions))
            if self._used:
                grown[: self._used] = self._taste[: self._used]
            self._taste = grown


def _solve(
    user: Int32,
    events: Remembered,
    view: RepresentationView,
    first_row: Int64,
    first: int,
    found: Float64,
) -> None:
    known = user < len(events.start) - 1
    if known.any():
        _tastes(
            user, known, events.start, events.item, events.residual, view.table, first_row,
            view.items, first, found,
        )  # fmt: skip


@compiled
def _tastes(
    user: Int32,
    known: Bool,
    start: Int64,
    item: Int32,
    residual: Float32,
    table: Float32,
    first_row: Int64,
    items: int,
    first: int,
    found: Float64,
) -> None:
    """Fill ``found`` ``(m, d)`` with the posterior means of ``user`` ``(m,)``.

    The representation's part are the ``d`` columns of ``table`` from ``first`` on.
    """
    d = found.shape[1]
    scale = 1.0 / np.sqrt(d)
    precision = np.empty((d, d))
    r = np.empty(d)
    for row in range(len(user)):
        taste = found[row]
        taste[:] = 0.0
        if not known[row]:
            continue
        precision[:] = 0.0
        for a in range(d):
            precision[a, a] = 1.0
        for event in range(start[user[row]], start[user[row] + 1]):
            error = float(residual[event])
            weight = abs(error) * (1.0 - abs(error))
            vector = table[first_row[row] + min(item[event], items)]
            for a in range(d):
                r[a] = scale * vector[first + a]
            for a in range(d):
                taste[a] += error * r[a]
                weighted = weight * r[a]
                for b in range(a + 1):
                    precision[a, b] += weighted * r[b]
        _cholesky_solve(precision, taste)


@compiled
def _cholesky_solve(lower: Float64, x: Float64) -> None:
    """Turn ``x`` ``(d,)`` into ``A^-1 x``; ``lower`` holds the lower half of ``A``, and is lost."""
    d = len(x)
    for a in range(d):
        for b in range(a + 1):
            rest = lower[a, b]
            for k in range(b):
                rest -= lower[a, k] * lower[b, k]
            lower[a, b] = np.sqrt(rest) if a == b else rest / lower[b, b]
    for a in range(d):
        for k in range(a):
            x[a] -= lower[a, k] * x[k]
        x[a] /= lower[a, a]
    for a in range(d - 1, -1, -1):
        for k in range(a + 1, d):
            x[a] -= lower[k, a] * x[k]
        x[a] /= lower[a, a]


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
