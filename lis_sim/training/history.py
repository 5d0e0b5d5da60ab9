"""A running checksum of the committed windows: a line that was changed is not gone on from."""

from __future__ import annotations

import hashlib
from itertools import islice
from pathlib import Path

from lis_sim.errors import RunError
from lis_sim.plain import as_object
from lis_sim.training.lines import complete_lines, complete_records
from lis_sim.training.record_shape import check_window

HISTORY = "history"  # key of a line of timings.jsonl: the sum of all windows up to its own


class History:
    """The sum of the lines of ``windows.jsonl`` so far.

    >>> history = History()
    >>> history.add('{"window": 0}')
    'e22df4ab539b50a4d9aa2234f4b8e894'
    """

    def __init__(self) -> None:
        self._digest = hashlib.blake2b(digest_size=16)

    def add(self, line: str) -> str:
        """Add the next line, without its newline, and return the sum."""
        self._digest.update(f"{line}\n".encode())
        return self._digest.hexdigest()


def refuse_changed(windows: Path, timings: Path, count: int) -> None:
    """Raise :class:`RunError` unless the first ``count`` lines are what was committed.

    ``timings`` has the sums. Where it has none, as in a folder of an earlier version, each line
    must at least be a record of its window.
    """
    # By window: who lost the first lines of the file has the later sums still.
    timed = islice(complete_records(timings), count)
    sums = {one.get("window"): one.get(HISTORY) for one in timed}
    history = History()
    for window, line in enumerate(islice(complete_lines(windows), count)):
        where = f"{windows}, line {window + 1}"
        found = history.add(line)
        noted = sums.get(window)
        if noted is None:
            check_window(as_object(line, where), where, window)
        elif noted != found:
            raise RunError(
                f"{where} is not what was committed (by the sums in {timings.name}); the file was "
                "changed, or the disk is damaged: copy both back, or begin again with --restart"
            )
