"""Errors that say which file they are about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lis_sim.errors import ConfigError

LONGEST = 2_000  # characters of a message: a person is to read it


@contextmanager
def placed(where: Path | str) -> Iterator[None]:
    """Put ``where`` before every :class:`ConfigError` of the block that does not say it yet.

    What a value of a million characters makes of a message is cut out of its middle.

    >>> with placed("c.yaml"):
    ...     raise ConfigError("folds is 1; accepted: 2 or more")
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: c.yaml: folds is 1; accepted: 2 or more
    """
    try:
        yield
    except ConfigError as error:
        said = str(error)
        message = said if str(where) in said else f"{where}: {said}"
        if len(message) > LONGEST:
            message = f"{message[: LONGEST - 500]} [...] {message[-400:]}"
        if message == said:
            raise
        raise ConfigError(message) from error
