"""A log that grows: new Parquet parts appear in ``events/`` of a dataset folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lis_sim.data.dataset import Dataset
from lis_sim.data.parquet_file import read_metadata
from lis_sim.data.part import Counts, NotWhole, PartReader
from lis_sim.data.record import DatasetRecord, EventsFile
from lis_sim.errors import DataError

_RESTART = "put the old one back, or begin again with --restart"


@dataclass(frozen=True, slots=True)
class Growth:
    """The log after one more part: the part, and what the log then counts in all."""

    file: str
    rows: int  # of the part
    bytes: int  # of its file
    counts: Counts


class GrowingLog:
    """A dataset folder whose parts are taken in as they appear, each once, never rewritten.

    A part is a file ``events/*.parquet`` with the columns of the others. Writers of parts give them
    their name only when they are whole (write ``.part``, then rename); one without a Parquet
    footer waits, and those named after it wait for it. A part is refused when

    - its first event is earlier than the last one taken in: the log is in time order, and windows
      that were played cannot be played again;
    - its rows break the data contract, or its new users, items and categories are not those that
      ``dataset.json`` counts, numbered on by first appearance (``lis-sim data append`` numbers
      raw rows).

    Other parts that appear together are taken in by the time of their first event. ``taken`` is the
    history of a log followed before: its parts come first, in that order, and must be unchanged.
    What :meth:`look` returns must be kept together: the parts that ``dataset.json`` lists at first
    are counted at once.

    >>> import tempfile
    >>> from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     world = write_synthetic(SyntheticSpec(events=100, users=9, items=9), Path(folder) / "w")
    ...     log = GrowingLog(world.path)
    ...     [one.file for one in log.look()], log.look(), log.dataset.rows
    (['part-00000.parquet'], [], 100)
    """

    def __init__(self, path: Path, taken: Sequence[Growth] = ()) -> None:
        self.path = path
        self._record = DatasetRecord.read(path)
        self.taken = list(taken)
        self.waiting: tuple[str, ...] = ()  # the file without a footer that others wait for
        for growth in self.taken:
            self._check_unchanged(growth)

    @property
    def dataset(self) -> Dataset:
        """The log with all parts taken in so far."""
        files = tuple(EventsFile(one.file, one.rows) for one in self.taken)
        return Dataset(self.path, self.taken[-1].counts.record(self._record, files))

    @property
    def newest_us(self) -> int:
        """Time of the last event taken in so far."""
        return self.taken[-1].counts.end_us

    def look(self) -> list[Growth]:
        """Take in the parts that are new and return them; :class:`DataError` refuses one."""
        found = []
        if not self.taken:
            found = list(self._first())
        unknown = self._unknown()
        # An items file numbers items before their first event; the parts it came with are listed.
        numbered = Counts.of(DatasetRecord.read(self.path)) if unknown else None
        for name, _ in unknown:
            found.append(self._take(name, numbered))
        return found

    def _first(self) -> Iterator[Growth]:
        """Take in what ``dataset.json`` lists; it was checked when it was imported."""
        for part in self._record.files:
            path = self.path / "events" / part.name
            if not path.is_file():
                raise DataError(f"{path} is missing, dataset.json lists it; import the log again")
            size = path.stat().st_size
            growth = Growth(part.name, part.rows, size, Counts.of(self._record))
            self.taken.append(growth)
            yield growth

    def _unknown(self) -> list[tuple[str, int]]:
        """Return the parts that are not taken in yet and their first times, by time."""
        known = {one.file for one in self.taken}
        found, waiting = [], []
        events = self.path / "events"
        with os.scandir(events) as entries:
            names = {one.name for one in entries} - known
        for name in sorted(names):
            if not name.endswith(".parquet") or name.startswith((".", "_")):
                continue
            try:
                found.append((name, PartReader(events / name, self._record).first_us()))
            except NotWhole:
                # Those after it may number on from what is in it.
                waiting.append(name)
                break
        self.waiting = tuple(waiting)
        return sorted(found, key=lambda one: (one[1], one[0]))

    def _take(self, name: str, numbered: Counts | None) -> Growth:
        path = self.path / "events" / name
        reader = PartReader(path, self._record)
        counts = reader.counted(self.taken[-1].counts, numbered)
        growth = Growth(name, reader.rows, path.stat().st_size, counts)
        self.taken.append(growth)
        return growth

    def _check_unchanged(self, growth: Growth) -> None:
        path = self.path / "events" / growth.file
        if not path.is_file():
            raise DataError(
                f"{path} is missing, but its events were taken in before; put it back, or begin "
                "again with --restart"
            )
        rows, size = read_metadata(path, _RESTART).num_rows, path.stat().st_size
        if (rows, size) != (growth.rows, growth.bytes):
            raise DataError(
                f"{path} has {rows:,} rows in {size:,} bytes; it had {growth.rows:,} in "
                f"{growth.bytes:,} when it was taken in; parts may not change: put the old one "
                "back, or begin again with --restart"
            )
