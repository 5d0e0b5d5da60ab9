"""Which raw files a dataset has taken in: none is taken in twice, however often it is given."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from lis_sim.errors import DataError, RunError
from lis_sim.plain import read_object

TAKEN_FILE = "appended.json"


class TakenFiles:
    """The contents of raw files against those that were appended to a dataset before.

    Whoever starts an append again cannot know whether the one that was killed came to its end.
    A file counts as the same by its content, not by its name or place.
    """

    def __init__(self, dataset: Path, files: Sequence[Path]) -> None:
        path = dataset / TAKEN_FILE
        self._before: Mapping[str, str] = _read(path) if path.is_file() else {}
        # One that is missing is refused by whoever reads it.
        self._new = {_digest(file): file.name for file in files if file.is_file()}

    def all_taken(self) -> bool:
        """Return whether every file was taken in before; :class:`DataError` if only some were."""
        known = [name for digest, name in self._new.items() if digest in self._before]
        if known and len(known) < len(self._new):
            raise DataError(
                f"{', '.join(known)}: taken in by an earlier append, the other files were not; "
                "accepted: files that are new. Leave it out"
            )
        return bool(known)

    def write(self, folder: Path) -> None:
        """Write down below ``folder`` what has been taken in, the new files included."""
        content = json.dumps({**self._before, **self._new}, indent=0)
        (folder / TAKEN_FILE).write_text(content + "\n", encoding="utf-8")


def _read(path: Path) -> dict[str, str]:
    try:
        return read_object(path, "data append")
    except RunError as error:
        raise DataError(
            f"{error}; without it nobody knows which files were appended. Import the log again, or "
            "remove it when you are sure that the new files are new"
        ) from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
