"""Raw logs as JSON Lines: one object an event, or one a request with what it showed and clicked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lis_sim.data.import_spec import ImportSpec
from lis_sim.data.presets import parse_spec
from lis_sim.hashing import generator

START_MS = 1_704_067_200_000  # 2024-01-01 00:00 UTC
SHOWN = 20  # items a request
_DAYS_MS = 28 * 86_400_000
_TABS = 16
_CHUNK = 100_000  # lines
_LINES = {
    "jsonl": (
        '{"user_id": "user-%d", "item_id": "item-%d", "timestamp": %d, "is_click": %s, '
        '"tab": "tab-%d", "play_seconds": %.3f}\n'
    ),
    "slates": (
        '{"request_id": "%d", "user_id": "user-%d", "timestamp": %d, "tab": "tab-%d", '
        '"shown": %s, "clicked": %s}\n'
    ),
}


@dataclass(frozen=True, slots=True)
class RawFormat:
    """So many events of users and items, in ``files`` files of ``form``: ``jsonl`` or ``slates``.

    Users, items and times are drawn anew for every line: the hardest order to sort.
    """

    form: str
    events: int
    users: int = 1_000_000
    items: int = 200_000
    files: int = 4

    @property
    def lines(self) -> int:
        return self.events if self.form == "jsonl" else self.events // SHOWN

    @property
    def rows(self) -> int:
        """How many events there are: of slates, what whole requests show."""
        return self.lines if self.form == "jsonl" else self.lines * SHOWN


def write_format(spec: RawFormat, folder: Path) -> ImportSpec:
    """Write the files of ``spec`` to ``folder/raw``; return how they are imported.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     mapping = write_format(RawFormat("slates", events=400), Path(folder))
    ...     sum(len(path.read_text().splitlines()) for path in Path(folder, "raw").iterdir())
    20
    """
    (folder / "raw").mkdir(parents=True)
    for number in range(spec.files):
        rows = spec.lines * (number + 1) // spec.files - spec.lines * number // spec.files
        with (folder / "raw" / f"part-{number}.jsonl").open("w", encoding="utf-8") as file:
            for first in range(0, rows, _CHUNK):
                draw = generator(0, "raw format", spec.form, number, first)
                file.writelines(_lines(spec, draw, min(_CHUNK, rows - first)))
    return mapping_of(spec.form).at(folder)


def mapping_of(form: str) -> ImportSpec:
    """Return how the files of ``form`` are imported."""
    content: dict[str, Any] = {
        "name": form,
        "files": ["raw"],
        "format": "jsonl",
        "user": "user_id",
        "time": "timestamp",
        "time_unit": "ms",
        "categorical": ["tab"],
    }
    if form == "jsonl":
        content |= {"item": "item_id", "label": "is_click", "outcomes": ["play_seconds"]}
    else:
        slate = {"shown": "shown", "clicked": "clicked"}
        content |= {"request": "request_id", "slate": slate}
    return parse_spec(content, "benchmarks/raw_formats.py")


def _lines(spec: RawFormat, draw: np.random.Generator, rows: int) -> Iterator[str]:
    # Cubes of uniform numbers: a few users and items have most of the events.
    user = (spec.users * draw.random(rows) ** 3).astype(np.int64).tolist()
    time = (START_MS + draw.integers(0, _DAYS_MS, rows)).tolist()
    tab = draw.integers(0, _TABS, rows).tolist()
    line = _LINES[spec.form]
    if spec.form == "jsonl":
        item = (spec.items * draw.random(rows) ** 3).astype(np.int64).tolist()
        click = np.where(draw.random(rows) < 0.3, "true", "false").tolist()
        columns = (user, item, time, click, tab, draw.exponential(20.0, rows).tolist())
        return (line % values for values in zip(*columns, strict=True))
    items = (spec.items * draw.random((rows, SHOWN)) ** 3).astype(np.int64)
    shown = [json.dumps([f"item-{one}" for one in row]) for row in items.tolist()]
    clicked = [f'["item-{one}"]' for one in items[:, 3].tolist()]
    number = draw.integers(0, 2**62, rows).tolist()
    return (line % values for values in zip(number, user, time, tab, shown, clicked, strict=True))
