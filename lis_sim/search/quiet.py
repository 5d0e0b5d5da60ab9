"""Ray Tune without a word of its own: what it has to say is in the ledger."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_QUIET = {
    "RAY_AIR_NEW_OUTPUT": "0",  # prints in spite of verbose=0
    "TUNE_PRINT_ALL_TRIAL_ERRORS": "0",  # they are in the ledger
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",  # TensorBoard's alone is asked for
    "TUNE_WARN_SLOW_EXPERIMENT_CHECKPOINT_SYNC_THRESHOLD_S": "1e9",
    "TUNE_DISABLE_STRICT_METRIC_CHECKING": "1",
}


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Tune's words out of the terminal: what it has to say is in the ledger."""
    logger = logging.getLogger("ray")
    level = logger.level
    with environment(_QUIET):
        logger.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            logger.setLevel(level)


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables while the block runs; a user's own values win."""
    added = {name: value for name, value in values.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)
