"""A log of any length in which nobody new comes: one month, played over and over."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lis_sim.data.dataset import Dataset
from lis_sim.data.growing import GrowingLog
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic

MONTH_EVENTS = 200_000
PART_EVENTS = 25_000
_US_PER_DAY = 86_400_000_000
# All items are live from the start. Few users, all as busy: what is remembered of each (512 events
# by the residual arms) is full within the first month, and stays as large from then on.
SPEC = SyntheticSpec(
    events=MONTH_EVENTS, users=150, items=600, days=28, born_before=1.0, activity_tail=50.0
)


class Months:
    """The first month in ``folder/month``, the parts of later ones in ``folder/parts``."""

    def __init__(self, folder: Path) -> None:
        self.first = write_synthetic(SPEC, folder / "month")
        self._folder = folder / "parts"
        self._folder.mkdir()
        names = [self.first.path / "events" / one.name for one in self.first.record.files]
        self._events = pa.concat_tables([pq.read_table(name) for name in names])

    def part(self, number: int) -> Path:
        """Return part ``number`` (0 is the first after the first month), made when asked for."""
        path = self._folder / f"later-{number:06d}.parquet"
        if not path.exists():
            in_month = MONTH_EVENTS // PART_EVENTS
            rows = self._events.slice(number % in_month * PART_EVENTS, PART_EVENTS)
            later_us = (number // in_month + 1) * SPEC.days * _US_PER_DAY
            place = rows.schema.get_field_index("time")
            time_us = pc.add(rows.column("time"), later_us)
            pq.write_table(rows.set_column(place, rows.schema.field("time"), time_us), path)
        return path

    def log(self, out: Path, parts: int = 0) -> Dataset:
        """Make a dataset of the first month and ``parts`` more, its files shared by links."""
        for path in sorted(_files(self.first.path)):
            target = out / path.relative_to(self.first.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.name == "dataset.json":
                target.write_bytes(path.read_bytes())
            else:
                os.link(path, target)
        for number in range(parts):
            self.append(out, number)
        grown = GrowingLog(out)
        grown.look()
        record = grown.dataset.record
        replace(record, rows_in=record.rows).write(out)
        return Dataset.open(out)

    def append(self, log: Path, number: int) -> None:
        """Let part ``number`` appear in the folder ``log``, whole."""
        part = self.part(number)
        os.link(part, log / "events" / part.name)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
