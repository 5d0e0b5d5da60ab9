"""Change several files of a folder at once: all of them, or, after a crash, still all of them."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lis_sim.data.sync import sync
from lis_sim.errors import DataError

STAGE = ".append"
SPILL = ".append.spill"
_READY = "ready"


class Stage:
    """Files on their way into ``folder``: written below :attr:`path`, put in place by `commit`.

    A crash before :meth:`commit` leaves the folder as it was; one within it is made up for when the
    folder is next staged. ``last`` is the file that makes the others count.
    """

    def __init__(self, folder: Path, last: str) -> None:
        self.folder = folder
        self.path = folder / STAGE
        self._last = last
        self.recovered = False  # whether an append that was killed has been completed

    def commit(self) -> None:
        """Put everything that was written into place."""
        # Names are in folders: once `ready` is there, so is all it speaks for, power or not.
        folders = [one for one in self.path.rglob("*") if one.is_dir()]
        for one in (*self._files(), *folders, self.path, self.folder):
            sync(one)
        (self.path / _READY).touch()
        sync(self.path)
        self._move()

    def recover(self) -> None:
        """Finish, or forget, what a crash interrupted."""
        if (self.path / _READY).is_file():
            self._move()
            self.recovered = True
        shutil.rmtree(self.path, ignore_errors=True)

    def _move(self) -> None:
        for file in self._files():
            target = self.folder / file.relative_to(self.path)
            target.parent.mkdir(exist_ok=True)
            file.replace(target)
            sync(target.parent)
        shutil.rmtree(self.path)

    def _files(self) -> list[Path]:
        """Return what is staged, the last one last."""
        files = [one for one in self.path.rglob("*") if one.is_file() and one.name != _READY]
        return sorted(files, key=lambda one: (one.name == self._last, str(one)))


@contextmanager
def staged(folder: Path, last: str) -> Iterator[Stage]:
    """Hold ``folder`` against other writers while the block fills and commits its stage.

    Raises :class:`DataError` while another process does the same.
    """
    with (folder / f"{STAGE}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataError(f"{folder} is being appended to by another process; wait") from error
        stage = Stage(folder, last)
        stage.recover()
        stage.path.mkdir()
        try:
            yield stage
        finally:
            if not (stage.path / _READY).is_file():
                shutil.rmtree(stage.path, ignore_errors=True)


@contextmanager
def spill_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder below ``folder``, removed at the end; only while that is staged.

    What a crash left there before is removed first.
    """
    path = folder / SPILL
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
