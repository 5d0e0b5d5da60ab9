"""Follow one file of JSON lines while another part of the program, or of the machine, writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from lis_sim.errors import RunError


class LineFollower:
    r"""The records of one file of JSON lines, each handed out once, as they become complete.

    A line without its newline is still being written and waits. Every record carries its
    ``window``; after a resume has cut the file back, windows handed out before are not repeated
    (a resumed run writes the same windows again, and in ``windows.jsonl`` the same bytes).

    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name) / "windows.jsonl"
    >>> follower = LineFollower(path)
    >>> follower.read()
    []
    >>> _ = path.write_text('{"window": 0}\n{"window": 1}\n{"windo')
    >>> follower.read()
    [{'window': 0}, {'window': 1}]
    >>> follower.read()
    []
    >>> folder.cleanup()
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0
        self._last_line = b""  # the one that ends at the offset, with its newline
        self._last_window = -1

    def read(self) -> list[dict[str, Any]]:
        """Return the records completed since the last call; none while there is no file.

        Raises:
            RunError: a complete line is not a JSON object with a ``window``.
        """
        return list(self.stream())

    def stream(self) -> Iterator[dict[str, Any]]:
        """Yield what :meth:`read` returns, one record in memory at a time."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            if not self._ends_as_read(file):
                self._offset, self._last_line = 0, b""
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._offset += len(line)
                self._last_line = line
                record = self._decode(line)
                if record["window"] > self._last_window:
                    self._last_window = record["window"]
                    yield record

    def _ends_as_read(self, file: BinaryIO) -> bool:
        """Say whether the line read last still stands where it stood.

        A file that was cut back may have grown past the offset again, with lines of other length.
        """
        file.seek(self._offset - len(self._last_line))
        return file.read(len(self._last_line)) == self._last_line

    def _decode(self, line: bytes) -> dict[str, Any]:
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not isinstance(record, dict) or not isinstance(record.get("window"), int):
            raise RunError(
                f"{self.path}: this line is not a committed record: {line[:80]!r}; every line is "
                f"one JSON object with a 'window'. Run the same command again to resume: it cuts "
                f"the file back to the newest valid checkpoint"
            )
        return record
