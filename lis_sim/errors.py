"""The error family of lis-sim: every error a user can cause is a :class:`LisSimError`.

A message says what arrived, what is accepted and what to do about it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class LisSimError(Exception):
    """Base of every error that lis-sim raises on purpose."""


class ConfigError(LisSimError):
    """A setting is unknown, of the wrong type or out of range."""


class DataError(LisSimError):
    """A log, side table or representation breaks the data contract (file, row, column)."""


class LeakageError(LisSimError):
    """Something asked for an event or label the clock has not passed."""


class PolicyError(LisSimError):
    """A recommender returned something other than one finite score per event."""


class RunError(LisSimError):
    """A run folder, checkpoint or engine is not in a state the command can work with."""


class StorageError(LisSimError):
    """Something cannot be stored: a full disk, no permission, a file where a folder is to be."""


def nearest(word: str, accepted: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the closest accepted word, or an empty string.

    >>> nearest("replicats", ["replicates", "folds"])
    "; did you mean 'replicates'?"
    >>> nearest("zzz", ["replicates", "folds"])
    ''
    """
    close = difflib.get_close_matches(word, list(accepted), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""
