"""A dataset folder that somebody edited or a disk damaged: opened, and read by all who read it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lis_sim.data.append import append_rows
from lis_sim.data.dataset import Dataset
from lis_sim.data.describe import describe
from lis_sim.data.growing import GrowingLog
from lis_sim.data.preferences import read_pairs
from tests.fuzz import nasty, world
from tests.fuzz.case import Case
from tests.fuzz.data_parquet import content_of
from tests.fuzz.scratch import scratch

Damage = Callable[[Path], object]
FILES = (
    *("events/part-00000.parquet", "items.parquet", "vocab/user.parquet", "vocab/item.parquet"),
    *("vocab/place.parquet", "vocab/genre.parquet", "representations/vectors.parquet"),
    "preferences/pairs.parquet",
)
INDICES = ("user", "item", "place", "genre", "item_a", "item_b")
NO_INDEX = (
    "null",
    "null int",
    "text",
    "list",
    "half",
    "nan",
    "2^40",
    "2^32 + 1",
    "2^64 - 1",
    "1e300",
)
_SHAPE = ("categorical", "numeric", "outcomes", "label_time")  # keys that say what is read
SAYS = r"dataset\.json|\.parquet|import\.yaml|appended\.json|world|new rows|items file"


def read_all(folder: Path) -> None:
    """Read everything that a run may read; what is there must be what was there."""
    dataset = Dataset.open(folder)
    before = Dataset.open(world.made() / "world")
    _same_rows(dataset, before)
    for name in ("user", "item", "place", "genre"):
        assert dataset.vocab(name).equals(before.vocab(name)), f"other ids of {name}"
    for name in dataset.item_columns():
        assert np.array_equal(dataset.item_values(name), before.item_values(name))
    for name in dataset.representations():
        one, other = dataset.representation(name), before.representation(name)
        assert np.array_equal(one.vectors, other.vectors)
        assert one.trained_until_us == other.trained_until_us
    one_pairs, other_pairs = read_pairs(dataset, "pairs"), read_pairs(before, "pairs")
    assert np.array_equal(one_pairs.weight, other_pairs.weight)


def describe_it(folder: Path) -> None:
    """Describe the dataset."""
    describe(folder, "256MB")


def grow(folder: Path) -> None:
    """Follow the dataset as a log that grows."""
    GrowingLog(folder).look()


def append(folder: Path) -> None:
    """Append four rows, all of which must be there then."""
    rows = Dataset.open(folder).rows
    new = folder.parent / "new.csv"
    lines = world.LOG.splitlines(keepends=True)[-4:]
    header = world.LOG.splitlines(keepends=True)[0]
    new.write_text(header + "".join(line.replace(",17000000", ",17000010") for line in lines))
    world.raw_files(folder.parent)
    done = append_rows(folder, [new], folder.parent)
    assert done.rows_in + done.held_before == done.rows + sum(done.dropped.values()) + done.held
    assert Dataset.open(folder).rows == rows + done.rows


READERS: dict[str, Callable[[Path], None]] = {
    "read": read_all,
    "describe": describe_it,
    "grow": grow,
    "append": append,
}


def _same_rows(dataset: Dataset, before: Dataset) -> None:
    given = list(dataset.blocks(outcomes=dataset.record.outcomes))
    for found, expected in zip(given, before.blocks(outcomes=("paid",)), strict=True):
        assert found.user.dtype == expected.user.dtype
        for name in ("user", "item", "time_us", "label", "label_time_us", "categorical"):
            assert np.array_equal(getattr(found, name), getattr(expected, name)), f"other {name}"
        assert np.array_equal(found.numeric, expected.numeric)


def case(name: str, damage: Damage, reader: str, folder: Path, refused: bool | None = None) -> Case:
    """Return the case of one reader of the folder that ``damage`` has been at."""
    run = partial(_run, damage, READERS[reader], folder)
    return Case(f"dataset: {reader}", name, run, SAYS, refused)


def _run(damage: Damage, read: Callable[[Path], None], folder: Path) -> None:
    with scratch(folder) as place:
        copy = world.copied(place)
        damage(copy)
        read(copy)


def edited(changes: dict[str, Any]) -> Damage:
    """Change keys of ``dataset.json``; ``...`` leaves one out."""

    def damage(folder: Path) -> None:
        path = folder / "dataset.json"
        content = json.loads(path.read_text()) | changes
        content = {key: value for key, value in content.items() if value is not ...}
        path.write_text(json.dumps(content))

    return damage


def record_of(text: bytes) -> Damage:
    """Write ``dataset.json`` anew."""
    return lambda folder: (folder / "dataset.json").write_bytes(text)


def rewritten(file: str, change: Callable[[pa.Table], pa.Table]) -> Damage:
    """Write one Parquet file anew, changed."""

    def damage(folder: Path) -> None:
        table = pq.read_table(folder / file)
        (folder / file).write_bytes(content_of(change(table)))

    return damage


def bytes_of(file: str, change: Callable[[bytes], bytes]) -> Damage:
    """Change the bytes of one file."""
    return lambda folder: (folder / file).write_bytes(change((folder / file).read_bytes()))


def removed(file: str) -> Damage:
    """Take a file away."""
    return lambda folder: (folder / file).unlink()


def made_folder(file: str) -> Damage:
    """Put a folder where a file was."""

    def damage(folder: Path) -> None:
        (folder / file).unlink()
        (folder / file).mkdir()

    return damage


def damages() -> Iterator[tuple[str, Damage]]:
    """Yield what may happen to a dataset folder."""
    keys = json.loads((world.made() / "world" / "dataset.json").read_text())
    for key in keys:
        for value in (
            ...,
            None,
            -1,
            2**70,
            1.5,
            "x",
            "../../x",
            [],
            ["x"],
            [1],
            {},
            {"x": 1},
            True,
        ):
            yield f"{key} is {value!r}", edited({key: value})
    texts: dict[str, bytes] = {
        "empty": b"", "null": b"null", "a list": b"[]", "a number": b"1", "NaN": b'{"schema": NaN}',
        "deep": b"[" * 100_000, "not UTF-8": b"\xff\xfe",
        "a huge number": b'{"schema":' + b"9" * 9_999,
        "BOM": b"\xef\xbb\xbf{}", "half": json.dumps(keys).encode()[:200], "NUL": bytes(100),
    }  # fmt: skip
    for name, text in texts.items():
        yield f"dataset.json is {name}", record_of(text)
    for file in ("dataset.json", "import.yaml", *FILES):
        yield f"{file} is gone", removed(file)
        yield f"{file} is empty", bytes_of(file, lambda _: b"")
        yield f"{file} is cut", bytes_of(file, lambda content: content[: len(content) // 2])
        yield f"{file} is zeros", bytes_of(file, lambda content: bytes(len(content)))
        yield f"{file} is a folder", made_folder(file)
    for file in FILES:
        names = pq.read_schema(world.made() / "world" / file).names
        yield f"{file}: no rows", rewritten(file, lambda table: table.slice(0, 0))
        yield f"{file}: a row less", rewritten(file, lambda table: table.slice(1))
        yield f"{file}: doubled", rewritten(file, lambda table: pa.concat_tables([table, table]))
        for name in names:
            yield from _columns(file, name)


def _columns(file: str, name: str) -> Iterator[tuple[str, Damage]]:
    def with_values(values: Callable[[int], Any]) -> Damage:
        def change(table: pa.Table) -> pa.Table:
            at = table.schema.names.index(name)
            return table.set_column(at, name, values(table.num_rows))

        return rewritten(file, change)

    changes: dict[str, Callable[[int], Any]] = {
        "null": pa.nulls,
        "null int": lambda n: pa.nulls(n, pa.int32()),
        "text": lambda n: pa.array(["x"] * n),
        "list": lambda n: pa.array([[1.0]] * n),
        "half": lambda n: pa.array([0.5] * n),
        "nan": lambda n: pa.array([float("nan")] * n),
        "2^40": lambda n: pa.array([2**40] * n),
        "2^32 + 1": lambda n: pa.array([2**32 + 1] * n),
        "2^64 - 1": lambda n: pa.array([2**64 - 1] * n, pa.uint64()),
        "minus one": lambda n: pa.array([-1] * n),
        "falling": lambda n: pa.array(range(n, 0, -1)),
        "bool": lambda n: pa.array([True] * n),
        "timestamp": lambda n: pa.array([1_700_000_000_000_000] * n, pa.timestamp("us")),
        "dictionary": lambda n: pa.array(["x"] * n).dictionary_encode(),
        "1e300": lambda n: pa.array([1e300] * n),
    }
    for what, values in changes.items():
        yield f"{file}: {name} is {what}", with_values(values)
    yield f"{file}: {name} is gone", rewritten(file, lambda table: table.drop_columns([name]))
    yield (
        f"{file}: {name} twice",
        rewritten(file, lambda table: table.append_column(name, table.column(name))),
    )


def corpus(folder: Path) -> Iterator[Case]:
    """Yield every damage; each reader meets every one that can concern it."""
    for name, damage in damages():
        for reader in _readers(name):
            found = case(name, damage, reader, folder, _refused(name) if reader == "read" else None)
            # Another table is as good as the first one where it fits.
            changed = (":" in name or name.startswith(_SHAPE)) and not found.refused
            run = partial(_any_number, found.run, "") if changed else found.run
            yield replace(found, run=run)


def _readers(name: str) -> tuple[str, ...]:
    """Return who meets a damage: those whom it can concern."""
    if name.startswith("events") or "/" not in name:
        return tuple(READERS)
    return ("read", "append") if name.startswith(("vocab", "items")) else ("read",)


def _refused(name: str) -> bool | None:
    """Return True for what no reader may take for a number of the dataset."""
    column, _, what = name.partition(": ")[2].partition(" is ")
    # Nobody reads the number of a row of items.parquet: it is its place.
    if column not in INDICES or name.startswith(("vocab", "items.parquet: item")):
        return None
    return True if what in NO_INDEX else None


def mutated(random: Random, folder: Path) -> Case:
    """Return one dataset with bytes of one file damaged."""
    file = random.choice(("dataset.json", "import.yaml", *FILES))
    seed = random.randrange(2**32)
    reader = random.choice(list(READERS))
    damage = bytes_of(file, lambda content: nasty.damaged(content, Random(seed)))
    found = case(f"{file}, bytes of seed {seed}", damage, reader, folder)
    return Case(found.kind, found.name, partial(_any_number, found.run, file), SAYS)


def _any_number(run: Callable[[], None], file: str) -> None:
    """Text has no checksum: a digit that became another one is another number."""
    try:
        run()
    except AssertionError:
        if file.endswith(".parquet"):
            raise
