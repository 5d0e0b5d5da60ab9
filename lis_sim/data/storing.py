"""What cannot be stored, told in one way: where, why, what is safe and what to do."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lis_sim.errors import StorageError

_ELSEWHERE = "choose another place"
_SHORTER = "choose a shorter name"
_FOLDER = "choose a path whose parts are all folders"
# Reading may be denied as well as writing.
_PERMIT = "get the permission to read or write it, or choose another place"
_FREE = "free some space"
_MENDED = "have the device looked after, or choose another place"
# Reason and remedy by number: what a person sees to, not what the program did wrong.
_KNOWN = {
    errno.ENOSPC: ("no space left on the device", _FREE),
    errno.EDQUOT: ("the quota of the disk is used up", _FREE),
    errno.EFBIG: ("the file would be larger than one may be there", "raise the limit (ulimit -f)"),
    errno.EROFS: ("the file system is read-only", _ELSEWHERE),
    errno.EACCES: ("permission denied", _PERMIT),
    errno.EPERM: ("the operation is not permitted", _PERMIT),
    errno.EIO: ("the device failed (input/output error)", _MENDED),
    errno.ENXIO: ("the device is gone", _MENDED),
    errno.ENODEV: ("the device is gone", _MENDED),
    errno.ESTALE: ("the network file system has lost it", _MENDED),
    errno.ENAMETOOLONG: ("the name is longer than one may be there", _SHORTER),
    errno.ENOTDIR: ("a part of the path is a file, not a folder", _FOLDER),
    errno.EISDIR: ("a folder lies where a file is to be", _ELSEWHERE),
    errno.EEXIST: ("a file lies where a folder is to be", _ELSEWHERE),
    errno.ENOTEMPTY: ("the folder is not empty", _ELSEWHERE),
    errno.EBUSY: ("the device or folder is in use", _ELSEWHERE),
    errno.EXDEV: ("it lies on another device", _ELSEWHERE),
    errno.ELOOP: ("its symbolic links lead in a circle", _ELSEWHERE),
    errno.ENOLCK: ("the file system gives no locks", _ELSEWHERE),
    errno.ENOTSUP: ("the file system cannot do this", _ELSEWHERE),
    errno.EMFILE: ("too many open files", "raise the limit (ulimit -n)"),
    errno.ENFILE: ("too many open files on this machine", "close some programs"),
}
_UNCHANGED = "what was there is as it was"
KEPT = "what was committed is kept"  # of a run, a search, a study
_RUST = re.compile(r"\(os error (\d+)\)")  # safetensors
_SPILLED = "failed to offload"  # DuckDB, of a disk too full to spill to
_NAMED = re.compile(r"""(?:file|directory|path) (["'])(.+?)\1""")  # DuckDB and pyarrow
_OTHERS = {"SafetensorError", "IOException", "OutOfMemoryException"}


@contextmanager
def storing(path: Path, safe: str = _UNCHANGED) -> Iterator[None]:
    """Tell of whatever keeps the block from writing below ``path`` as a :class:`StorageError`.

    Also of what pyarrow, safetensors and DuckDB raise then; all other errors pass, an
    :class:`OSError` that is not about storage (a file that is not there, a lock that is taken, a
    connection) among them. ``safe`` says what is not lost.

    >>> with storing(Path("/dev/null/runs"), "nothing was written"):
    ...     Path("/dev/null/runs").mkdir()
    Traceback (most recent call last):
    ...
    lis_sim.errors.StorageError: /dev/null/runs: a part of the path is a file, not a folder; \
nothing was written; choose a path whose parts are all folders and give the same command again
    """
    try:
        yield
    except Exception as error:
        found = storage_error(error, path, safe)
        if found is None:
            raise
        raise found from error


def storage_error(
    error: BaseException, path: Path | None, safe: str = _UNCHANGED
) -> StorageError | None:
    """Return what ``error`` says of storage, in our words; None: it is of something else.

    ``path`` is named where the error names no file itself; None: then it is not ours to tell.
    ``safe`` is empty where nobody knows whether anything was being written.
    """
    known = _KNOWN.get(_number(error) or 0)
    place = _place(error)
    if place is None or (path is not None and _is_on_its_way(place, path)):
        place = path
    if known is None or place is None:
        return None
    reason, remedy = known
    said = "; ".join(part for part in (reason, safe, remedy) if part)
    return StorageError(f"{place}: {said} and give the same command again")


def behind(error: BaseException | None, path: Path, safe: str = _UNCHANGED) -> StorageError | None:
    """Return what ``error``, or what it was raised from, says of storage; None: nothing.

    For libraries that put errors of their own around what a disk said.
    """
    while error is not None:
        if isinstance(error, StorageError):
            return error
        if (found := storage_error(error, path, safe)) is not None:
            return found
        error = error.__cause__ or error.__context__
    return None


def reason(error: Exception) -> str:
    """Return where and why something is not stored, for those who go on without it.

    >>> reason(StorageError("a.html: permission denied; all is safe; choose another place"))
    'a.html: permission denied'
    """
    return str(error).partition("; ")[0] if isinstance(error, StorageError) else str(error)


def _number(error: BaseException) -> int | None:
    """Return the system's number of an error; libraries written in others bury it in a text."""
    if isinstance(error, OSError):
        return error.errno
    if type(error).__name__ not in _OTHERS:
        return None
    text = str(error)
    if found := _RUST.search(text):
        return int(found.group(1))
    if _SPILLED in text:
        return errno.ENOSPC
    return next((number for number in _KNOWN if os.strerror(number) in text), None)


def _place(error: BaseException) -> Path | None:
    """Return the file that an error names; None when it names none."""
    # Of two names, as of a rename, the second is the one that was to be written.
    for name in (getattr(error, "filename2", None), getattr(error, "filename", None)):
        if isinstance(name, str | bytes) and name:
            return Path(os.fsdecode(name))
    named = _NAMED.search(str(error))
    return Path(named.group(2)) if named else None


def _is_on_its_way(place: Path, path: Path) -> bool:
    """Return whether ``place`` is a hidden name for what will be ``path``, or part of it."""
    own = [part for part in place.parts if part not in path.parts]
    return place.suffix != ".lock" and any(part.startswith(".") and part != ".." for part in own)
