"""What a file of item pairs is: where it lies and which of its columns is what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from lis_sim.data.clock import Clock
from lis_sim.data.formats import FORMATS, format_of
from lis_sim.data.import_spec import TIME_UNITS, UNKNOWN_ITEMS, RawTable, accept
from lis_sim.data.typed import TypedColumn, id_column, time_column, weight_column
from lis_sim.errors import ConfigError

UNKNOWN_USERS = (*UNKNOWN_ITEMS, "keep")


@dataclass(frozen=True, slots=True)
class PairsFile:
    """A CSV, TSV, JSONL or Parquet file of item pairs, and which of its columns is what.

    Times and users are optional. Pairs with times are known from their times on; of pairs
    without, ``trained_until`` (ISO) is the time of the last event they may have seen. With
    ``user`` a fold can be left out of them. ``unknown_users`` may be ``keep``: users who are not
    in the log have no events that anybody could be told about.
    """

    file: Path
    item_a: str = "item_a"
    item_b: str = "item_b"
    weight: str = "weight"
    time: str | None = None
    time_unit: str = "s"
    user: str | None = None
    ignored: tuple[str, ...] = ()
    trained_until: str | None = None
    unknown_items: str = "error"
    unknown_users: str = "error"
    format: str | None = None  # None: by the name's ending

    def __post_init__(self) -> None:
        accept("unknown_items", self.unknown_items, UNKNOWN_ITEMS)
        accept("unknown_users", self.unknown_users, UNKNOWN_USERS)
        accept("time_unit", self.time_unit, TIME_UNITS)
        accept("format", self.table.format, FORMATS)
        if self.time is not None and self.trained_until is not None:
            raise ConfigError(
                f"trained_until is {self.trained_until!r}, but the pairs have times of their own "
                f"(column {self.time!r}); accepted: one of the two"
            )

    @property
    def table(self) -> RawTable:
        """The file as the importer of logs would read it."""
        return RawTable((self.file.name,), self.format or format_of(self.file))

    def roles(self) -> list[tuple[str, str]]:
        """Return (role, column) of every declared column."""
        pairs = [("item_a", self.item_a), ("item_b", self.item_b), ("weight", self.weight)]
        pairs += [("time", self.time)] if self.time else []
        pairs += [("user", self.user)] if self.user else []
        return pairs + [("ignored", name) for name in self.ignored]

    def columns(
        self, ids: Mapping[str, pa.DataType], types: Mapping[str, pa.DataType | None]
    ) -> list[TypedColumn]:
        """Return the typed columns; ``ids``: types in the dataset; ``types``: in the file."""
        kind = {one: "int" if pa.types.is_integer(of) else "string" for one, of in ids.items()}
        found = [
            id_column("item_a", self.item_a, kind["item"], types[self.item_a]),
            id_column("item_b", self.item_b, kind["item"], types[self.item_b]),
            weight_column("weight", self.weight),
        ]
        if self.time is not None:
            found.append(time_column("time", self.time, Clock(self.time_unit), types[self.time]))
        if self.user is not None:
            found.append(id_column("user", self.user, kind["user"], types[self.user]))
        return found
