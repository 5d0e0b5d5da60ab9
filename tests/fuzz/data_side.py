"""The text files beside a log: items, pairs of items, and rows that are appended."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random

from lis_sim.data.append import append_rows
from lis_sim.data.dataset import Dataset
from lis_sim.data.importing import import_log
from lis_sim.data.preferences import read_pairs
from lis_sim.data.preferences_file import PairsFile
from lis_sim.data.preferences_import import import_pairs
from tests.fuzz import nasty, world
from tests.fuzz.case import Case
from tests.fuzz.scratch import scratch

_HEADER, *_LINES = world.LOG.splitlines(keepends=True)
NEW = _HEADER + "".join(line.replace(",17000000", ",17000010") for line in _LINES[:8])


def rows_of(content: bytes) -> int:
    """Return how many rows Python's strict reader finds."""
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    return sum(bool(row) for row in csv.reader(text, strict=True)) - 1


def items_run(content: bytes, folder: Path) -> None:
    """Import a log with these items; every one of them is numbered."""
    with scratch(folder) as place:
        spec = world.raw_files(place)
        (place / "items.csv").write_bytes(content)
        dataset = import_log(spec, place / "out")
        assert dataset.record.items == rows_of(content)


def pairs_run(content: bytes, folder: Path) -> None:
    """Import these pairs; every row is kept, or dropped for a reason."""
    with scratch(folder) as place:
        dataset = Dataset.open(world.copied(place))
        (place / "new.csv").write_bytes(content)
        source = PairsFile(place / "new.csv", time="time", user="user", unknown_items="drop",
                           unknown_users="drop")  # fmt: skip
        done = import_pairs(dataset, source, "new")
        assert done.rows_in == rows_of(content) == done.rows + sum(done.dropped.values())
        assert len(read_pairs(dataset, "new")) == done.rows


def append_run(content: bytes, folder: Path) -> None:
    """Append these rows, holding some back; none is lost."""
    with scratch(folder) as place:
        world.raw_files(place)
        path = world.copied(place)
        (place / "new.csv").write_bytes(content)
        done = append_rows(path, [place / "new.csv"], place, lateness_us=3_000_000)
        assert done.rows_in == rows_of(content)
        assert done.rows_in == done.rows + sum(done.dropped.values()) + done.held
        assert Dataset.open(path).rows == world.ROWS + done.rows


RUNS: dict[str, tuple[Callable[[bytes, Path], None], str, str]] = {
    "items file": (items_run, world.ITEMS, r"items\.csv|log\.csv|items file"),
    "pairs": (pairs_run, world.PAIRS, r"new\.csv|column"),
    "appended rows": (append_run, NEW, r"new\.csv|column"),
}


def corpus(folder: Path) -> Iterator[Case]:
    """Yield every odd value in every column."""
    for kind, (run, good, says) in RUNS.items():
        yield Case(kind, "good", partial(run, good.encode(), folder), says, refused=False)
        rows = list(csv.reader(io.StringIO(good)))
        for at, name in enumerate(rows[0]):
            for value in nasty.FIELDS:
                changed = [list(row) for row in rows]
                changed[2][at] = value
                content = _written(changed)
                yield Case(kind, f"{name} {value[:20]!r}", partial(run, content, folder), says)


def mutated(random: Random, folder: Path) -> Case:
    """Return one file with values exchanged or bytes damaged."""
    kind = random.choice(list(RUNS))
    run, good, says = RUNS[kind]
    content = good.encode()
    if random.random() < 0.5:
        rows = list(csv.reader(io.StringIO(good)))
        for _ in range(random.randint(1, 3)):
            row = random.choice(rows)
            row[random.randrange(len(row))] = nasty.field(random)
        content = _written(rows)
    else:
        content = nasty.damaged(content, random)
    return Case(kind, f"{content!r:.500}", partial(run, content, folder), says)


def _written(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8", "surrogatepass")
