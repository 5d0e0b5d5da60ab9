"""Of which log decoded copies are; those of logs that are gone are removed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lis_sim.data.locking import locked

LOG = "log.json"  # in the folder of a log's copies: where the log lies


@contextmanager
def writing_copies(folder: Path, log: Path) -> Iterator[None]:
    """Hold ``folder``, the copies of ``log``, while the block writes one; one process at a time.

    Before the first copy of a log those of logs that are gone are removed from beside it:
    nobody can ask for them, as a copy is found by what its Parquet part is. Whoever has mapped
    one keeps what it mapped. Raises :class:`OSError` where nothing can be written.
    """
    with locked(folder / LOG, wait=True):
        place = log.resolve()
        if log_of(folder) != place:
            remove_gone(folder.parent)
            (folder / LOG).write_text(json.dumps({"log": str(place)}) + "\n", encoding="utf-8")
        yield


def log_of(folder: Path) -> Path | None:
    """Return the log that the copies in ``folder`` are of; None where it does not say."""
    try:
        return Path(json.loads((folder / LOG).read_text(encoding="utf-8"))["log"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remove_gone(copies: Path) -> None:
    """Remove from ``copies`` what is of a log whose folder is gone and is not being written."""
    for folder in copies.iterdir():
        try:
            if _is_gone(folder):
                with locked(folder / LOG, wait=False):
                    if _is_gone(folder):  # still: somebody may have made the log again
                        shutil.rmtree(folder)
        except OSError:
            continue  # somebody writes there, or removes it too, or it is another user's


def _is_gone(folder: Path) -> bool:
    log = log_of(folder)
    return log is not None and not log.exists()
