"""A file that appears whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lis_sim.data.sync import sync


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield where the block writes what is to be ``path``; its folder is made if need be.

    It gets that name when the disk has what it holds. A block that fails leaves what was at
    ``path`` before, and nothing beside it; a process that is killed leaves a hidden file, which
    the next one that writes ``path`` replaces.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with whole_file(Path(folder) / "sub" / "a.txt") as beside:
    ...         _ = beside.write_text("all of it")
    ...     (Path(folder) / "sub" / "a.txt").read_text()
    'all of it'
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.unfinished")
    try:
        yield beside
        sync(beside)
        beside.replace(path)
    except BaseException:
        with suppress(OSError):  # what went wrong first is told
            beside.unlink(missing_ok=True)
        raise
