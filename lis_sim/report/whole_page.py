"""A page that appears whole or not at all, however many write it."""

from __future__ import annotations

import glob
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from lis_sim.data.storing import storing

_ABANDONED_SECONDS = 600.0  # nobody writes a page for so long


def write_whole(path: Path, page: str) -> Path:
    """Write ``page`` to ``path``, all of it at once: a reader never sees a part.

    Several writers at a time, such as a run and ``lis-sim report``, do not meet: the last one's
    page stays.

    Raises:
        StorageError: the page cannot be written; the one that was there stays.
    """
    writer = f"{os.getpid()}-{threading.get_ident()}"
    unfinished = path.with_name(f".{path.name}.{writer}.unfinished")
    _remove_abandoned(path)
    with storing(path, "the page that was there, and all it is made from, is as it was"):
        try:
            unfinished.write_text(page, encoding="utf-8")
            return unfinished.replace(path)
        except OSError:
            with suppress(OSError):  # what went wrong first is told
                unfinished.unlink(missing_ok=True)
            raise


def _remove_abandoned(path: Path) -> None:
    """Remove what writers of ``path`` that were killed left beside it."""
    for found in path.parent.glob(f".{glob.escape(path.name)}.*-*.unfinished"):
        pid = found.name.removeprefix(f".{path.name}.").partition("-")[0]
        if not pid.isdecimal() or _lives(int(pid)):
            continue
        with suppress(OSError):  # another user's; or another command removes it too
            # Of a writer on another machine or in a container the number says nothing.
            if time.time() - found.stat().st_mtime > _ABANDONED_SECONDS:
                found.unlink()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)  # signal 0 only asks
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True  # another user's
    return True
