"""Damaged CSV and TSV logs: imported, then held against what Python's own reader says of them."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random

from lis_sim.data.dataset import Dataset
from lis_sim.data.import_spec import Feature, ImportSpec, RawTable
from lis_sim.data.importing import import_log
from tests.fuzz import nasty
from tests.fuzz.case import Case
from tests.fuzz.scratch import scratch

NAMES = ("user", "item", "time", "label", "place", "price", "paid")
SPEC = ImportSpec(
    "fuzzed",
    RawTable(("log.csv",)),
    *("user", "item", "time", "label"),
    categorical=(Feature("place"),),
    numeric=(Feature("price"),),
    outcomes=("paid",),
)
Rows = list[list[str]]


def good_rows(count: int = 12) -> Rows:
    """Return so many rows that are right."""
    return [
        f"u{at % 3} i{at % 5} {1_700_000_000 + at} {at % 2} {'abc'[at % 3]} {at / 8} {at}".split()
        for at in range(count)
    ]


def written(rows: Rows, names: tuple[str, ...] = NAMES, delimiter: str = ",") -> bytes:
    """Return a header and ``rows`` as Python writes them."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerows([names, *rows])
    return out.getvalue().encode("utf-8", "surrogatepass")


def case(name: str, content: bytes, folder: Path, spec: ImportSpec = SPEC, says: str = "") -> Case:
    """Return the case of the log ``content``."""
    run = partial(import_checked, content, folder, spec)
    return Case("csv", name, run, says or r"log\.[a-z]+|column|separator|header")


def import_checked(content: bytes, folder: Path, spec: ImportSpec) -> None:
    """Import ``content``; what is accepted must be what is in it, row by row."""
    with scratch(folder) as place:
        (place / spec.log.files[0]).write_bytes(content)
        dataset = import_log(spec.at(place), place / "out")
        same_events(dataset, read_rows(content, spec.log), spec)


def read_rows(content: bytes, table: RawTable) -> list[dict[str, str]]:
    """Return the rows as Python's own strict reader sees them; blank lines are none."""
    text = content.decode("utf-8-sig")
    assert len(table.delimiter) == 1
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=table.delimiter,
        quoting=csv.QUOTE_MINIMAL if table.delimiter == "," else csv.QUOTE_NONE,
        strict=True,
    )
    before = csv.field_size_limit(10**8)
    rows = [row for row in reader if row]
    csv.field_size_limit(before)
    names = rows.pop(0) if table.header else list(table.columns)
    # A delimiter at the end of a line makes no value: DuckDB takes it for nothing.
    rows = [row[:-1] if len(row) == len(names) + 1 and not row[-1] else row for row in rows]
    return [dict(zip(names, row, strict=True)) for row in rows]


def same_events(dataset: Dataset, rows: list[dict[str, str]], spec: ImportSpec) -> None:
    """Compare users, items, times and labels, as a bag: order is the importer's own."""
    record = dataset.record
    assert record.rows_in == len(rows), f"{record.rows_in} rows in, the file has {len(rows)}"
    assert record.rows_in == record.rows + sum(record.dropped.values())
    users, items = (dataset.vocab(name).to_pylist() for name in ("user", "item"))
    found: Counter[tuple[object, ...]] = Counter()
    for block in dataset.blocks():
        columns = (block.user, block.item, block.time_us, block.label, block.numeric[:, 0])
        for user, item, time_us, label, price in zip(*columns, strict=True):
            found[users[user], items[item], int(time_us), float(label), float(price)] += 1
    expected: Counter[tuple[object, ...]] = Counter(
        (
            row[spec.user],
            row[spec.item],
            round(float(row[spec.time]) * 1_000_000),
            float(row["label"]),
            float_of(row["price"]),
        )
        for row in rows
    )
    assert found == expected, f"{found - expected} instead of {expected - found}"


def float_of(text: str) -> float:
    """Return ``text`` as the nearest float32."""
    import numpy as np

    return float(np.float32(float(text)))


def corpus(folder: Path) -> Iterator[Case]:
    """Yield logs damaged in known ways."""
    rows, good = good_rows(), written(good_rows())
    lines = good.split(b"\n")
    files: dict[str, bytes] = {
        "good": good,
        "empty": b"",
        "header only": lines[0] + b"\n",
        "header without line end": lines[0],
        "no header": b"\n".join(lines[1:]),
        "BOM": b"\xef\xbb\xbf" + good,
        "two BOMs": b"\xef\xbb\xbf\xef\xbb\xbf" + good,
        "UTF-16": good.decode().encode("utf-16"),
        "UTF-16 without BOM": good.decode().encode("utf-16-le"),
        "UTF-32": good.decode().encode("utf-32"),
        "Latin-1": good.replace(b"u1", "ü".encode("latin-1")),
        "NUL bytes": good.replace(b"u1", b"u\x001"),
        "only NUL bytes": bytes(4_096),
        "carriage returns": good.replace(b"\n", b"\r"),
        "DOS line ends": good.replace(b"\n", b"\r\n"),
        "mixed line ends": good.replace(b"\n", b"\r\n", 5),
        "one carriage return": good.replace(b"\n", b"\r", 3),
        "blank lines": good.replace(b"\n", b"\n\n"),
        "blank first line": b"\n" + good,
        "spaces in a line": good + b"   \n",
        "no last line end": good.rstrip(b"\n"),
        "control-Z at the end": good + b"\x1a",
        "unbalanced quote": good.replace(b"u1", b'"u1', 1),
        "quote within": good.replace(b"u1", b'u"1'),
        "text after a quote": good.replace(b"u1", b'"u1"x'),
        "quoted line end": good.replace(b"u1", b'"u\n1"'),
        "quoted delimiter": good.replace(b"u1", b'"u,1"'),
        "quoted header": good.replace(b"user", b'"user"', 1),
        "line end in the header": good.replace(b"user", b'"us\ner"', 1),
        "short line": good + b"u1,i1\n",
        "long line": good + lines[1] + b",9\n",
        "trailing delimiters": b"\n".join(line + b"," for line in lines[:-1]),
        "doubled column": written([[*row, "1"] for row in rows], (*NAMES, "user")),
        "doubled column but for case": written([[*row, "1"] for row in rows], (*NAMES, "USER")),
        "column without a name": written([[*row, "1"] for row in rows], (*NAMES, "")),
        "reserved column": written([[*row, "1"] for row in rows], (*NAMES, "__row")),
        "spaces in the header": good.replace(b",", b" , "),
        "semicolons": good.replace(b",", b";"),
        "tabs": good.replace(b",", b"\t"),
        "JSON lines": b'{"user": "u1", "item": "i1", "time": 1700000000, "label": 1}\n' * 3,
        "a JSON list": b'[{"user": "u1"}]',
        "gzip": b"\x1f\x8b\x08\x00" + bytes(64),
        "zip": b"PK\x03\x04" + bytes(64),
        "Parquet": b"PAR1" + bytes(64) + b"PAR1",
        "HTML": b"<!DOCTYPE html><html><body>404</body></html>",
        "id of 10^6 characters": good.replace(b"u1", b"u" * 1_000_000),
        "label of 10^6 characters": good + b"u1,i1,1700000099," + b"1" * 1_000_000 + b",a,1,1\n",
        "line of 3 MB": good.replace(b"u1", b"u" * 3_000_000),
        "header of 200,000 characters": b"x" * 200_000 + b"," + good,
        "header of 5,000 columns": b",".join(b"c%d" % at for at in range(5_000)) + b"\n" + good,
        "one line, no end": b"x" * 3_000_000,
        "surrogate": good.replace(b"u1", b"\xed\xa0\x80"),
        "overlong NUL": good.replace(b"u1", b"\xc0\x80"),
        "escape sequences": good.replace(b"u1", b"\x1b]0;x\x07"),
        "all labels 1": written([[*row[:3], "1", *row[4:]] for row in rows]),
        "rows out of order": written(rows[::-1]),
    }
    says = {"JSON lines": "JSON", "a JSON list": "JSON"}
    for name, content in files.items():
        yield case(name, content, folder, says=says.get(name, ""))
    for name in NAMES:
        for value in nasty.FIELDS:
            changed = good_rows(6)
            changed[3][NAMES.index(name)] = value
            yield case(f"{name} {value[:20]!r} of {len(value)}", written(changed), folder)


def mutated(random: Random, folder: Path) -> Case:
    """Return one log damaged at random, in its values, its lines or its bytes."""
    way = random.choice((_values, _values, _lines, _bytes, _bytes, _tabs))
    name, content, spec = way(random)
    return case(name, content, folder, spec)


Made = tuple[str, bytes, ImportSpec]


def _values(random: Random) -> Made:
    rows = good_rows(random.randint(1, 8))
    for _ in range(random.randint(1, 3)):
        random.choice(rows)[random.randrange(len(NAMES))] = nasty.field(random)
    content = written(rows)
    return f"values {content!r:.300}", content, SPEC


def _lines(random: Random) -> Made:
    lines = written(good_rows(random.randint(1, 8))).split(b"\n")
    ways: tuple[Callable[[], object], ...] = (
        lambda: random.shuffle(lines),
        lambda: lines.insert(random.randrange(len(lines)), b""),
        lambda: lines.insert(random.randrange(len(lines)), random.choice(lines)),
        lambda: lines.pop(random.randrange(len(lines))),
        lambda: lines.append(random.choice(lines) + random.choice((b",", b",1", b'"', b"\r"))),
        lambda: lines.insert(random.randrange(len(lines)), nasty.field(random).encode()),
    )
    for _ in range(random.randint(1, 3)):
        if lines:
            random.choice(ways)()
    content = random.choice((b"\n", b"\n", b"\r\n", b"\r")).join(lines)
    return f"lines {content!r:.300}", content, SPEC


def _bytes(random: Random) -> Made:
    content = nasty.damaged(written(good_rows(random.randint(1, 8))), random)
    return f"bytes {content!r:.600}", content, SPEC


def _tabs(random: Random) -> Made:
    content = nasty.damaged(written(good_rows(random.randint(1, 8)), delimiter="\t"), random)
    return f"tabs {content!r:.600}", content, replace(SPEC, log=RawTable(("log.tsv",), "tsv"))
