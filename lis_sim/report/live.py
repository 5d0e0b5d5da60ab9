"""The report of a run that goes on: its records taken in as they come, its page written anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lis_sim.report.folder import described, write_own_page
from lis_sim.report.series import Collector


class LiveReport:
    """Keeps what a report shows of the records so far, so that no record is read twice.

    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> live = LiveReport(Path(folder.name))
    >>> live.add([{"window": 0, "end_us": 9, "warmup": True, "arms": [], "scores": []}])
    >>> "1 window so far" in live.write().read_text()
    True
    >>> folder.cleanup()
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._collector = Collector()

    def add(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Take the next committed records in."""
        for record in records:
            self._collector.add(record)

    def write(self) -> Path:
        """Write ``report.html`` of the run folder as of the records so far."""
        run = described(self._folder, self._collector.series())
        return write_own_page(run, self._folder)
