"""Parquet from anywhere as a log, as item vectors and as pairs: odd types, then odd bytes."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lis_sim.data.dataset import Dataset
from lis_sim.data.import_spec import Feature, ImportSpec, RawTable
from lis_sim.data.import_spec import RepresentationSource as Vectors
from lis_sim.data.importing import import_log
from lis_sim.data.preferences import read_pairs
from lis_sim.data.preferences_file import PairsFile
from lis_sim.data.preferences_import import import_pairs
from tests.fuzz import nasty, world
from tests.fuzz.case import Case
from tests.fuzz.scratch import scratch

ROWS = 8
SPEC = ImportSpec(
    "fuzzed",
    RawTable(("log.parquet",), "parquet"),
    *("user", "item", "time", "label"),
    categorical=(Feature("place"),),
    numeric=(Feature("price"),),
    outcomes=("paid",),
)


def good_log() -> dict[str, Any]:
    """Return the columns of a log that is right."""
    row = np.arange(ROWS)
    return {
        "user": pa.array([f"u{at % 3}" for at in row]),
        "item": pa.array([f"i{at % 5}" for at in row]),
        "time": pa.array(1_700_000_000 + row),
        "label": pa.array(row % 2),
        "place": pa.array(["abc"[at % 3] for at in row]),
        "price": pa.array(row / 8),
        "paid": pa.array(row * 1.0),
    }


def odd_columns() -> dict[str, Any]:
    """Return columns of every type, ``(ROWS,)`` each."""
    text = [f"v{at}" for at in range(ROWS)]
    moment = datetime.datetime(2023, 11, 14, 22)  # noqa: DTZ001 - without zone on purpose
    whole = list(range(ROWS))
    return {
        "null": pa.nulls(ROWS),
        "bool": pa.array([True, False] * (ROWS // 2)),
        "int8": pa.array([0, 1] * (ROWS // 2), pa.int8()),
        "uint64 max": pa.array([2**64 - 1 - at for at in whole], pa.uint64()),
        "int64 min": pa.array([-(2**63) + at for at in whole]),
        "half": pa.array(np.arange(ROWS, dtype=np.float16)),
        "float nan": pa.array([float("nan"), *([1.0] * (ROWS - 1))]),
        "float inf": pa.array([float("inf"), *([1.0] * (ROWS - 1))]),
        "float 1e300": pa.array([1e300, *([1.0] * (ROWS - 1))]),
        "float fraction": pa.array([at + 0.5 for at in whole]),
        "decimal": pa.array([decimal.Decimal(at) for at in whole], pa.decimal128(10, 2)),
        "decimal256": pa.array([decimal.Decimal(10) ** 60] * ROWS, pa.decimal256(76, 2)),
        "text": pa.array(text),
        "large text": pa.array(text, pa.large_string()),
        "text view": pa.array(text, pa.string_view()),
        "dictionary": pa.array(text).dictionary_encode(),
        "dictionary of int": pa.array(whole).dictionary_encode(),
        "text with None": pa.array([None, *text[1:]]),
        "empty text": pa.array([""] * ROWS),
        "text of 10^6": pa.array(["x" * 1_000_000, *text[1:]]),
        "no UTF-8": pa.array([b"\xff\xfe", *(one.encode() for one in text[1:])]).view(pa.string()),
        "NUL": pa.array(["a\0b", *text[1:]]),
        "binary": pa.array([one.encode() for one in text]),
        "fixed binary": pa.array([b"abcd"] * ROWS, pa.binary(4)),
        "date": pa.array([datetime.date(2023, 11, 14)] * ROWS),
        "date64": pa.array([datetime.date(2023, 11, 14)] * ROWS, pa.date64()),
        "time of day": pa.array([datetime.time(1)] * ROWS),
        "duration": pa.array(whole, pa.duration("us")),
        "seconds": pa.array([moment] * ROWS, pa.timestamp("s")),
        "nanoseconds": pa.array([moment] * ROWS, pa.timestamp("ns")),
        "zone": pa.array([moment] * ROWS, pa.timestamp("us", "America/New_York")),
        "far future": pa.array([2**62] * ROWS, pa.timestamp("us")),
        "list": pa.array([[at] for at in whole]),
        "empty lists": pa.array([[] for _ in whole], pa.list_(pa.float32())),
        "lists of None": pa.array([[None, 1.0]] * ROWS),
        "ragged lists": pa.array([[1.0] * (at % 3 + 1) for at in whole]),
        "lists of text": pa.array([["a", "b"]] * ROWS),
        "lists of nan": pa.array([[1.0, float("nan")]] * ROWS),
        "lists of 1e300": pa.array([[1.0, 1e300]] * ROWS),
        "fixed lists": pa.array([[1.0, 2.0]] * ROWS, pa.list_(pa.float32(), 2)),
        "fixed lists of none": pa.array([[]] * ROWS, pa.list_(pa.float32(), 0)),
        "large lists": pa.array([[1.0, 2.0]] * ROWS, pa.large_list(pa.float64())),
        "lists of lists": pa.array([[[1.0]]] * ROWS),
        "missing lists": pa.array([None, *([[1.0]] * (ROWS - 1))]),
        "struct": pa.array([{"a": at} for at in whole]),
        "map": pa.array([[("a", at)] for at in whole], pa.map_(pa.string(), pa.int64())),
    }


def vector_columns() -> dict[str, Any]:
    """Return the columns of a file of vectors that is right, ``(ROWS,)`` each."""
    ids = pa.array([f"i{at}" for at in range(ROWS)])
    return {"item_id": ids, "vector": pa.array([[1.0, float(at)] for at in range(ROWS)])}


def pair_columns() -> dict[str, Any]:
    """Return the columns of a file of pairs that is right, ``(ROWS,)`` each."""
    row = np.arange(ROWS)
    return {
        "item_a": pa.array([f"i{at % 5}" for at in row]),
        "item_b": pa.array([f"i{(at + 1) % 5}" for at in row]),
        "weight": pa.array(row + 1.0),
        "time": pa.array(1_700_000_000 + row),
        "user": pa.array([f"u{at % 3}" for at in row]),
    }


def _table(columns: dict[str, Any]) -> Callable[[Path], None]:
    return lambda path: pq.write_table(pa.table(columns), path)


def _bytes(content: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(content)

    return write


def log_run(write: Callable[[Path], None], folder: Path, spec: ImportSpec) -> None:
    """Import a log and account for every row of it."""
    with scratch(folder) as place:
        write(place / "log.parquet")
        record = import_log(spec.at(place), place / "out").record
        rows = pq.read_metadata(place / "log.parquet").num_rows
        assert record.rows_in == rows == record.rows + sum(record.dropped.values())
        for block in Dataset.open(place / "out").blocks():
            assert np.isfinite(block.numeric).all()


def vectors_run(write: Callable[[Path], None], folder: Path) -> None:
    """Import a log with vectors and hold each against the file."""
    with scratch(folder) as place:
        spec = replace(world.raw_files(place), representations=(Vectors("v", "v.parquet"),))
        write(place / "v.parquet")
        dataset = import_log(spec, place / "out")
        table = dataset.representation("v")
        given = pq.read_table(place / "v.parquet")
        assert len(table.item) == given.num_rows
        ids = [dataset.vocab("item")[int(at)].as_py() for at in table.item]
        found = dict(zip(ids, table.vectors.tolist(), strict=True))
        for item, vector in zip(*(given.column(n).to_pylist() for n in given.schema.names[:2]),
                                strict=True):  # fmt: skip
            assert np.array_equal(np.float32(found[str(item)]), np.float32(vector))


def pairs_run(write: Callable[[Path], None], folder: Path) -> None:
    """Import pairs and account for every row."""
    with scratch(folder) as place:
        dataset = Dataset.open(world.copied(place))
        write(place / "p.parquet")
        source = PairsFile(place / "p.parquet", time="time", user="user", unknown_items="drop",
                           unknown_users="keep")  # fmt: skip
        done = import_pairs(dataset, source, "p")
        rows = pq.read_metadata(place / "p.parquet").num_rows
        assert done.rows_in == rows == done.rows + sum(done.dropped.values())
        assert len(read_pairs(dataset, "p")) == done.rows


RUNS: dict[str, tuple[Callable[..., None], Callable[[], dict[str, Any]], str]] = {
    "parquet log": (partial(log_run, spec=SPEC), good_log, r"log\.parquet|memory|labels?\b"),
    "item vectors": (vectors_run, vector_columns, r"v\.parquet|representation"),
    "parquet pairs": (pairs_run, pair_columns, r"p\.parquet|column"),
}


def corpus(folder: Path) -> Iterator[Case]:
    """Yield every type in every column, and files that are no Parquet."""
    for kind, (run, good, says) in RUNS.items():
        for name in good():
            for odd, column in odd_columns().items():
                write = _table({**good(), name: column})
                yield Case(kind, f"{name} is {odd}", partial(run, write, folder), says)
        yield Case(kind, "good", partial(run, _table(good()), folder), says, refused=False)
        for case, content in _files(good()).items():
            yield Case(kind, case, partial(run, _bytes(content), folder), says, refused=True)
    for unit, scale in (("s", 1), ("ms", 1_000), ("us", 1_000_000)):
        for declared in ("s", "ms", "us", "iso"):
            column = pa.array((1_700_000_000 + np.arange(ROWS)) * scale)
            run = partial(log_run, _table({**good_log(), "time": column}), folder,
                          replace(SPEC, time_unit=declared))  # fmt: skip
            yield Case("parquet log", f"time in {unit} as {declared}", run, "log.parquet",
                       refused=unit != declared)  # fmt: skip


def _files(columns: dict[str, Any]) -> dict[str, bytes]:
    good = content_of(pa.table(columns))
    first = next(iter(columns))
    doubled = pa.table([*columns.values(), columns[first]], [*columns, first])
    cased = pa.table([*columns.values(), columns[first]], [*columns, first.upper()])
    nameless = pa.table([*columns.values(), columns[first]], [*columns, ""])
    return {
        "empty file": b"",
        "magic alone": b"PAR1",
        "two magics": b"PAR1PAR1",
        "a huge footer": good[:-8] + b"\xff\xff\xff\x7fPAR1",
        "a negative footer": good[:-8] + b"\xff\xff\xff\xffPAR1",
        "cut in half": good[: len(good) // 2],
        "without its end": good[:-4],
        "encrypted": good[:-4] + b"PARE",
        "text": b"user,item,time,label\nu1,i1,1,1\n",
        "no rows": content_of(pa.table(columns).slice(0, 0)),
        "no columns": content_of(pa.table({})),
        "doubled column": content_of(doubled),
        "doubled but for case": content_of(cased),
        "column without a name": content_of(nameless),
        "missing column": content_of(pa.table(columns).drop_columns([first])),
    }


def content_of(table: pa.Table) -> bytes:
    """Return ``table`` as a Parquet file."""
    out = pa.BufferOutputStream()
    pq.write_table(table, out)
    return bytes(out.getvalue().to_pybytes())


def mutated(random: Random, folder: Path) -> Case:
    """Return a file with columns exchanged for odd ones, or with bytes damaged."""
    kind = random.choice(list(RUNS))
    run, good, says = RUNS[kind]
    columns = good()
    if random.random() < 0.4:
        odd = odd_columns()
        chosen = [(random.choice(list(columns)), random.choice(list(odd))) for _ in range(2)]
        columns |= {name: odd[one] for name, one in chosen}
        return Case(kind, f"{chosen}", partial(run, _table(columns), folder), says)
    seed = random.randrange(2**32)
    content = nasty.damaged(content_of(pa.table(columns)), Random(seed), 6)
    return Case(kind, f"bytes of seed {seed}", partial(_any_bytes, run, content, folder), says)


def _any_bytes(run: Callable[..., None], content: bytes, folder: Path) -> None:
    """A flipped bit may give another value, or end every check: only errors are looked at."""
    try:
        run(_bytes(content), folder)
    except AssertionError:
        pass
    except (OSError, pa.ArrowException) as error:
        if "pq.read" not in _last_line(error):
            raise


def _last_line(error: BaseException) -> str:
    import traceback

    frames = [one for one in traceback.extract_tb(error.__traceback__) if "pyarrow" not in one[0]]
    return str(frames[-1].line) if frames and frames[-1].filename == __file__ else ""
