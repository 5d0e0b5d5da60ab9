"""The fold of every user, as a file of scores says: one, or crossfit means nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import DataError
from lis_sim.scoring.file import ScoreFile
from lis_sim.types import Int32, Int64

_UNKNOWN = -1


class Folds:
    """Remembers each user's fold (R, users); every replicate may have folds of its own.

    The crossfit scores of a fold's users are those of a construction that did not see their labels.
    A user in two folds was seen by one of them. ``folds``: all there are, increasing.
    """

    def __init__(self, file: ScoreFile, replicates: Sequence[int], folds: Sequence[int]) -> None:
        self._file, self._replicates = file, replicates
        self._folds = np.array(folds, np.int64)
        self._of_user: NDArray[np.int16] = np.full((len(replicates), 0), _UNKNOWN, np.int16)

    def take(self, user: Int32, folds: Int64) -> None:
        """Take in events: ``user`` (n,), ``folds`` (R, n); :class:`DataError` on a second one."""
        self._grow(int(user.max()) + 1)
        for r, given in enumerate(folds):
            code = np.searchsorted(self._folds, given).astype(np.int16)
            known = self._of_user[r]
            new = known[user] == _UNKNOWN
            known[user[new]] = code[new]
            wrong = known[user] != code
            if wrong.any():
                at = int(np.argmax(wrong))
                self._refuse(r, int(self._folds[known[user[at]]]), int(given[at]))

    def _refuse(self, r: int, one: int, other: int) -> None:
        raise DataError(
            f"{self._file.path}: a user is in the folds {one} and {other} of replicate "
            f"{self._replicates[r]}; accepted: one fold a user for the whole file, or crossfit "
            "scores hold the user's own labels; fold users, not events, or leave the column out "
            f"with --ignored {self._file.columns.roles['fold']}"
        )

    def _grow(self, users: int) -> None:
        have = self._of_user.shape[1]
        if users > have:
            room = max(users, 2 * have) - have
            self._of_user = np.pad(self._of_user, ((0, 0), (0, room)), constant_values=_UNKNOWN)
