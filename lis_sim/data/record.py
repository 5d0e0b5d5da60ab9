"""What a dataset folder says of itself: ``dataset.json`` (DESIGN section 3).

The folder: ``events/*.parquet``, ``items.parquet``, ``users.parquet``, ``vocab/*.parquet``
(original ids, row = dense index), ``representations/<name>.parquet``, ``dataset.json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lis_sim.data.record_checks import check_record
from lis_sim.errors import DataError, RunError
from lis_sim.plain import read_object, shown
from lis_sim.types import CategoricalColumn, Schema

SCHEMA_VERSION = 1
RECORD_FILE = "dataset.json"


@dataclass(frozen=True, slots=True)
class EventsFile:
    """One Parquet part of the log: its name below ``events/`` and its rows."""

    name: str
    rows: int


@dataclass(frozen=True, slots=True)
class DatasetRecord:
    """The content of ``dataset.json``.

    ``rows_in = rows + sum(dropped.values())`` always, unless ``negatives`` says that rows
    were added, which ``sampled`` then counts.
    """

    name: str
    fingerprint: str
    rows: int
    users: int
    items: int
    positives: int
    start_us: int  # first event time
    end_us: int  # last event time
    categorical: tuple[CategoricalColumn, ...]
    numeric: tuple[str, ...]
    outcomes: tuple[str, ...]
    files: tuple[EventsFile, ...]
    label_time: bool = False
    request: bool = False  # whether events say which request they belong to
    negatives: str | None = None
    sampled: int = 0
    rows_in: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    blemishes: tuple[str, ...] = ()
    homepage: str | None = None

    @property
    def schema(self) -> Schema:
        return Schema(self.users, self.items, self.categorical, self.numeric)

    @property
    def label_rate(self) -> float:
        return self.positives / self.rows

    def write(self, folder: Path) -> None:
        """Write ``dataset.json`` into ``folder``."""
        content = {"schema": SCHEMA_VERSION, **asdict(self), "label_rate": self.label_rate}
        (folder / RECORD_FILE).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> DatasetRecord:
        """Read ``folder/dataset.json``; :class:`DataError` when absent or of another version."""
        path = folder / RECORD_FILE
        if not path.is_file():
            raise DataError(
                f"no dataset at {folder}: {RECORD_FILE} is missing; accepted is a folder made by "
                "`lis-sim data import` or `lis-sim data synthetic`"
            )
        try:
            content = read_object(path, "data import")
        except RunError as error:
            raise DataError(f"{error}; import the log again") from error
        version = content.pop("schema", None)
        if version != SCHEMA_VERSION:
            raise DataError(
                f"{path} has schema {shown(version)}; this lis-sim reads schema {SCHEMA_VERSION}: "
                "import the log again"
            )
        return cls._parse(path, content)

    @classmethod
    def _parse(cls, path: Path, content: dict[str, Any]) -> DatasetRecord:
        content.pop("label_rate", None)
        check_record(content, path)
        return cls(
            **{
                **content,
                "categorical": tuple(CategoricalColumn(**c) for c in content["categorical"]),
                "numeric": tuple(content["numeric"]),
                "outcomes": tuple(content["outcomes"]),
                "files": tuple(EventsFile(**f) for f in content["files"]),
                "blemishes": tuple(content["blemishes"]),
            }
        )
