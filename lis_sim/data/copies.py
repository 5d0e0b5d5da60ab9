"""Decoded copies of a log's Parquet parts: plain columns, memory-mapped, made once for all readers.

::

    <cache>/decoded/<log>/log.json                   of which log
                          <part>.events-<digits>/    user.npy item.npy time.npy label.npy ...
                          <part>.<outcome>-<digits>/  an outcome, once somebody asks for it

Every reader on a machine maps the same pages. A part's digits are those of its path, size and
time of change: a part that is rewritten gets another copy. The folder may be deleted at any time:
a copy saves time and nothing else, so where none can be written there is none.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.data import checks
from lis_sim.data.arrays_file import mapped_arrays, write_arrays
from lis_sim.data.copied_logs import writing_copies
from lis_sim.data.decode import decode_block, decode_outcome, event_columns
from lis_sim.data.groups import RowGroup, row_groups
from lis_sim.data.record import EventsFile
from lis_sim.errors import DataError
from lis_sim.types import EventBlock, Int64, Schema

Arrays = Mapping[str, NDArray[Any]]

_VERSION = 2  # of the layout; another one has other digits
_LOG = logging.getLogger("lis_sim.data")
_REFUSED: set[Path] = set()  # folders that took no copy, and are not asked again by this process


@dataclass(frozen=True, slots=True)
class LogPart:
    """One Parquet part and the rows ``[first_row, first_row + rows)`` of the log it holds."""

    path: Path
    first_row: int
    rows: int


@dataclass(frozen=True, slots=True)
class Copies:
    """The decoded copies of one log below ``folder``; each is made when it is first read.

    What is checked of a row while Parquet is decoded is checked once, when its copy is made.
    ``schema`` is that of the whole log.
    """

    folder: Path
    schema: Schema
    label_time: bool

    def block(self, part: LogPart, outcomes: Sequence[str] = ()) -> EventBlock | None:
        """Return all rows of ``part``, mapped, not read; writing to them changes no copy.

        None: there is no copy and none can be written. Raises :class:`DataError` for rows that
        break the data contract.
        """
        found = self._events(part)
        if found is None:
            return None
        known = {}
        for name in outcomes:
            values = self._outcome(part, name)
            if values is None:
                return None
            known[name] = values
        empty = np.empty((part.rows, 0))
        return EventBlock(
            first_row=part.first_row,
            user=found["user"],
            item=found["item"],
            time_us=found["time"],
            label=found["label"],
            categorical=found.get("categorical", empty.astype(np.int32)),
            numeric=found.get("numeric", empty.astype(np.float32)),
            label_time_us=found.get("label_time"),
            outcomes=known,
        )

    def times(self, part: LogPart) -> Int64 | None:
        """Return the event times of ``part``, int64 ``(rows,)`` us, mapped; None as a block."""
        found = self._events(part)
        return None if found is None else found["time"]

    def _events(self, part: LogPart) -> Arrays | None:
        columns = event_columns(self.schema, self.label_time)
        return self._arrays(
            part, "events", columns, lambda groups: _checked(groups, self.schema, self.label_time)
        )

    def _outcome(self, part: LogPart, name: str) -> NDArray[Any] | None:
        # Any text may be the name of a column, but not of a file.
        kind = f"outcome-{hashlib.blake2b(name.encode(), digest_size=4).hexdigest()}"
        found = self._arrays(
            part, kind, [name], lambda groups: ({"o": decode_outcome(g, name)} for g in groups)
        )
        return None if found is None else found["o"]

    def _arrays(
        self,
        part: LogPart,
        kind: str,
        columns: Sequence[str],
        decoded: Callable[[Sequence[RowGroup]], Iterator[Arrays]],
    ) -> Arrays | None:
        """Return the arrays of a copy, made if it is missing or damaged; None if it cannot be."""
        folder = self.folder / f"{part.path.stem}.{kind}-{_digits(part, columns)}"
        found = mapped_arrays(folder, part.rows)
        if found is not None or refused(self.folder.parent):
            return found
        try:
            with writing_copies(self.folder, part.path.parent.parent):
                found = mapped_arrays(folder, part.rows)  # another process was faster
                if found is None:
                    write_arrays(folder, decoded(_groups(part, columns)))
                    found = mapped_arrays(folder, part.rows)
        except OSError as error:
            self._refuse(str(error))
            return None
        if found is None:
            self._refuse("one cannot be read although it was just written")
        return found

    def _refuse(self, why: str) -> None:
        _REFUSED.add(self.folder.parent)
        _LOG.warning(
            "%s takes no decoded copy (%s): Parquet is read instead, with the same results but "
            "more slowly; make room there, set data.cache to a folder with room, or data.decoded "
            "to false",
            *(self.folder.parent, why),
        )


def refused(copies: Path) -> bool:
    """Whether this process could not write a copy below ``copies``; it said so and gave up."""
    return copies in _REFUSED


def log_parts(
    folder: Path, files: Sequence[EventsFile], start_row: int, end_row: int
) -> Iterator[LogPart]:
    """Yield the parts of the log in ``folder`` that have some of the rows."""
    first_row = 0
    for one in files:
        if one.rows and first_row < end_row and first_row + one.rows > start_row:
            yield LogPart(folder / "events" / one.name, first_row, one.rows)
        first_row += one.rows


def _digits(part: LogPart, columns: Sequence[str]) -> str:
    if not part.path.is_file():
        raise DataError(f"{part.path} is missing, dataset.json lists it; import the log again")
    status = part.path.stat()
    key = (_VERSION, str(part.path), status.st_size, status.st_mtime_ns, *columns)
    return hashlib.blake2b(repr(key).encode(), digest_size=8).hexdigest()


def _groups(part: LogPart, columns: Sequence[str]) -> list[RowGroup]:
    # Alone, its rows begin at 0: what is wrong with one is said as of the whole log.
    alone = row_groups(part.path.parent.parent, [EventsFile(part.path.name, part.rows)], columns)
    return [
        RowGroup(g.path, g.index, g.rows, part.first_row + g.first_row, g.first_row, None)
        for g in alone
    ]


def _checked(groups: Sequence[RowGroup], schema: Schema, label_time: bool) -> Iterator[Arrays]:
    previous_us: int | None = None
    for group in groups:
        block = decode_block(group, schema, label_time)
        place = checks.Place(group.path, group.first_row_in_file, group.first_row)
        checks.check_order(place, block.time_us, previous_us)
        previous_us = int(block.time_us[-1]) if len(block) else previous_us
        yield _columns(block)


def _columns(block: EventBlock) -> Arrays:
    """Return the columns of ``block`` by file; those it has none of get no file."""
    found: dict[str, NDArray[Any]] = {
        "user": block.user,
        "item": block.item,
        "time": block.time_us,
        "label": block.label,
    }
    if block.categorical.shape[1]:
        found["categorical"] = block.categorical
    if block.numeric.shape[1]:
        found["numeric"] = block.numeric
    if block.label_time_us is not None:
        found["label_time"] = block.label_time_us
    return found
