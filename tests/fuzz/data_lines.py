"""Damaged JSON Lines, slates and compressed logs: imported, then held against Python's reader."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa

from lis_sim.data.dataset import Dataset
from lis_sim.data.import_spec import Feature, ImportSpec, RawTable
from lis_sim.data.importing import EMPTY_REQUEST, import_log
from lis_sim.data.slate import Slate
from tests.fuzz import nasty
from tests.fuzz.case import Case
from tests.fuzz.scratch import scratch

NAMES = ("user", "item", "time", "label", "place", "price")
LOG = RawTable(("log.jsonl",), "jsonl")
ROLES = {"categorical": (Feature("place", "none"),), "numeric": (Feature("price", 0.0),)}
SPEC = ImportSpec("fuzzed", LOG, "user", "item", "time", "label", **ROLES)  # type: ignore[arg-type]
SLATE = Slate("item", "label")
SLATES = replace(SPEC, label="label", slate=SLATE)
Row = dict[str, Any]
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 1e300, 2**63, 2**64, 10**30, 1_700_000_000, "1", "", "true"),
    *([], [[]], {}, {"a": 1}, ["i1"], ["i1", "i1"], ["i1", None], [1], ["x"], [{"a": []}], "i1 i2"),
)


def good_rows(slates: bool, count: int = 8) -> list[Row]:
    """Return so many objects that are right."""
    rows = []
    for at in range(count):
        items = [f"i{(at + one) % 5}" for one in range(at % 4 if at > 1 else 2)]
        rest = (1_700_000_000 + at, at % 2, "abc"[at % 3], at / 8)
        row = dict(zip(NAMES, (f"u{at % 3}", f"i{at % 5}", *rest), strict=True))
        rows.append(row | ({"item": items, "label": items[:1]} if slates else {}))
    return rows


def written(rows: list[Row]) -> bytes:
    """Return one object a line, as Python writes it."""
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def import_checked(content: bytes, folder: Path, spec: ImportSpec, packed: bool) -> None:
    """Import ``content``; what is accepted must be what Python reads of it, event by event."""
    with scratch(folder) as place:
        (place / "log.jsonl").write_bytes(content)
        dataset = import_log(spec.at(place), place / "out")
        plain = unpacked(content) if packed else content
        same_events(
            dataset, [json.loads(line) for line in map(bytes.strip, plain.splitlines()) if line]
        )


def unpacked(content: bytes) -> bytes:
    """Return what is in ``content``, by the other library of the two that can tell."""
    if content.startswith(b"\x1f\x8b"):
        return gzip.decompress(content)
    if content.startswith(b"\x28\xb5\x2f\xfd"):
        return pa.input_stream(pa.py_buffer(content), "zstd").read()
    return content


def same_events(dataset: Dataset, rows: list[Row]) -> None:
    """Compare users, items and labels, as a bag: order is the importer's own."""
    users, items = (dataset.vocab(name).to_pylist() for name in ("user", "item"))
    found: Counter[tuple[object, ...]] = Counter()
    for block in dataset.blocks():
        for user, item, label in zip(block.user, block.item, block.label, strict=True):
            found[users[user], items[item], float(label)] += 1
    expected = Counter(event for row in rows for event in events_of(row, dataset.record.request))
    assert found == expected, f"{found - expected} instead of {expected - found}"
    empty = sum(not row.get("item") for row in rows) if dataset.record.request else 0
    assert dataset.record.dropped.get(EMPTY_REQUEST, 0) == empty
    assert dataset.record.rows_in == dataset.record.rows + sum(dataset.record.dropped.values())


def events_of(row: Row, slates: bool) -> list[tuple[object, ...]]:
    """Return user, item and label of what an object says."""
    if not slates:
        return [(text_of(row["user"]), text_of(row["item"]), number_of(row["label"]))]
    clicked = [text_of(one) for one in row.get("label") or ()]
    shown = [text_of(one) for one in row["item"] or ()]
    return [(text_of(row["user"]), one, float(one in clicked)) for one in shown]


def text_of(value: object) -> str:
    """Return a value as the importer shows it."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def number_of(value: object) -> float:
    """Return a label as a number."""
    return {"true": 1.0, "false": 0.0}.get(text_of(value)) or float(text_of(value) in ("1", "1.0"))


def case(
    name: str, content: bytes, folder: Path, spec: ImportSpec = SPEC, packed: bool = False
) -> Case:
    """Return the case of the log ``content``."""
    run = partial(import_checked, content, folder, spec, packed)
    return Case("lines", name, run, r"log\.jsonl|column|slate")


def corpus(folder: Path) -> Iterator[Case]:
    """Yield logs damaged in known ways."""
    good = written(good_rows(slates=False))
    files: dict[str, bytes] = {
        "good": good,
        "empty": b"",
        "blank": b"\n\n",
        "BOM": b"\xef\xbb\xbf" + good,
        "UTF-16": good.decode().encode("utf-16"),
        "no last line end": good.rstrip(b"\n"),
        "DOS line ends": good.replace(b"\n", b"\r\n"),
        "carriage returns": good.replace(b"\n", b"\r"),
        "blank lines": good.replace(b"\n", b"\n \n"),
        "two a line": good.replace(b"\n", b" ", 1),
        "commas after lines": good.replace(b"\n", b",\n"),
        "a list": b"[" + good.replace(b"\n", b",\n").rstrip(b",\n") + b"]",
        "indented": json.dumps(good_rows(slates=False)[0], indent=1).encode(),
        "a number": good + b"1\n",
        "null": good + b"null\n",
        "cut": good[:-9],
        "twice a key": good.replace(b'"item"', b'"user"', 1),
        "another case": good.replace(b'"item"', b'"Item"', 1),
        "empty key": good.replace(b'"price"', b'""', 1),
        "late key": good + written([{**good_rows(slates=False)[0], "late": 1}]),
        "own key": good.replace(b'"price"', b'"__row"'),
        "single quotes": good.replace(b'"', b"'"),
        "comment": b"// a log\n" + good,
        "NaN": good.replace(b"0.125", b"NaN"),
        "infinite": good.replace(b"0.125", b"Infinity"),
        "half a pair": good.replace(b"u1", b"\\ud800"),
        "escaped NUL": good.replace(b"u1", b"u\\u00001"),
        "raw NUL": good.replace(b"u1", b"u\x001"),
        "not UTF-8": good.replace(b"u1", b"u\xff"),
        "deep": good.replace(b'"a"', b"[" * 400 + b"]" * 400),
        "id of 10^6 characters": good.replace(b"u1", b"u" * 1_000_000),
        "Parquet": b"PAR1" + bytes(64) + b"PAR1",
    }
    for name, content in files.items():
        yield case(name, content, folder)
    for slates, spec in ((False, SPEC), (True, SLATES)):
        for name in NAMES:
            for value in VALUES:
                rows = good_rows(slates)
                rows[3][name] = value
                said = f"{name} {value!r:.40}" + " of a slate" * slates
                yield case(said, written(rows), folder, spec)
    for name, pack in PACKERS.items():
        packed = pack(good)
        for kept in (1.0, 0.99, 0.5, 0.02):
            content = packed[: int(len(packed) * kept)]
            yield case(f"{kept} of {name}", content, folder, packed=True)
        yield case(f"{name} twice", pack(packed), folder, packed=True)
        yield case(f"{name} and more", packed + b"more", folder, packed=True)


def mutated(random: Random, folder: Path) -> Case:
    """Return one log damaged at random, in its values or its bytes, compressed or not."""
    slates = random.random() < 0.5
    rows, spec = good_rows(slates, random.randint(2, 8)), SLATES if slates else SPEC
    if random.random() < 0.5:
        for _ in range(random.randint(1, 3)):
            value = random.choice((*VALUES, nasty.field(random)))
            random.choice(rows)[random.choice(NAMES)] = value
        return case(f"values {rows!r:.500}", written(rows), folder, spec)
    pack = random.choice((bytes, *PACKERS.values()))
    content = pack(nasty.damaged(written(rows), random))
    if pack is not bytes and random.random() < 0.5:
        content = nasty.damaged(content, random)
    return case(f"bytes {content!r:.600}", content, folder, spec, pack is not bytes)


def _zstd(content: bytes) -> bytes:
    return pa.compress(content, "zstd", asbytes=True)


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": partial(gzip.compress, mtime=0),
    "zstd": _zstd,
}
