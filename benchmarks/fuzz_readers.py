"""The readers that are our own Python, each as a function of bytes, and whole inputs to begin with.

A reader gets the bytes of a file and an empty folder of its own. It returns, or raises a
:class:`LisSimError`; an ``AssertionError`` of its own says that something was read wrongly.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.made_run import MadeRun
from lis_sim.data.import_spec import RawTable
from lis_sim.data.part import Counts
from lis_sim.data.raw_header import header_names
from lis_sim.data.record import RECORD_FILE, SCHEMA_VERSION, DatasetRecord, EventsFile
from lis_sim.errors import DataError
from lis_sim.plain import parse_yaml, read_object, read_yaml, why_not_plain
from lis_sim.report.folder import read_run
from lis_sim.training.checkpoints.file import read_arrays, write_arrays
from lis_sim.training.checkpoints.manifest import MANIFEST, content_of, folder_name, read_manifest
from lis_sim.training.checkpoints.state import packed, unpacked
from lis_sim.training.folder import CONFIG, IDENTITY, SUMMARY, TIMINGS, WINDOWS, timed
from lis_sim.training.log_shape import read_growths
from lis_sim.training.record_shape import check_summary
from lis_sim.types import CategoricalColumn, ChangedRows

_WINDOW = 3
_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Reader:
    """A reader; ``lines`` and ``head``: where JSON stands in its files, for changes in values."""

    read: Callable[[bytes, Path], object]
    seeds: Callable[[], list[bytes]]
    form: str = ""  # "json", "lines" (JSON, one a line), "arrays" (JSON after its length) or text


def _settings(data: bytes, folder: Path) -> None:
    why_not_plain(read_yaml(_file(folder / "settings.yaml", data)))
    if len(data) < 200:  # as one value of --set
        parse_yaml(data.decode("utf-8", "replace"), "--set")


def _json(data: bytes, folder: Path) -> None:
    found = read_object(_file(folder / "object.json", data))
    assert type(found) is dict


def _header(data: bytes, folder: Path) -> None:
    path = _file(folder / "log", data)
    refused = []
    for table in (RawTable((path.name,)), RawTable((path.name,), "tsv"), _COLONS):
        try:
            names = header_names(path, table)
        except DataError as error:
            refused.append(error)
        else:
            assert names
            assert not any("\n" in name for name in names)
    if refused:
        raise refused[0]


def _dataset(data: bytes, folder: Path) -> None:
    _file(folder / RECORD_FILE, data)
    record = DatasetRecord.read(folder)
    assert 0 <= record.label_rate <= 1
    assert len(record.schema.categorical) == len(record.categorical)
    record.write(folder)  # as `data append` does
    assert DatasetRecord.read(folder) == record


def _manifest(data: bytes, folder: Path) -> None:
    own = folder / folder_name(_WINDOW)
    own.mkdir(exist_ok=True)
    found = read_manifest(_file(own / MANIFEST, data))
    for name in found.files:
        assert ".." not in Path(name).parts
    found.chain("family")


def _arrays(data: bytes, folder: Path) -> None:
    path = _file(folder / "part.safetensors", data)
    unpacked(path, read_arrays(path))


def _windows(data: bytes, folder: Path) -> None:
    for name, content in _beside().items():
        if not (folder / name).exists():
            _file(folder / name, content)
    _file(folder / WINDOWS, data)
    read_run(folder)


def _timings(data: bytes, folder: Path) -> None:
    _file(folder / TIMINGS, data)
    timed(folder, {"engine": "local", "windows": 2})


def _summary(data: bytes, folder: Path) -> None:
    path = _file(folder / SUMMARY, data)
    check_summary(read_object(path), str(path))


def _growths(data: bytes, folder: Path) -> None:
    read_growths(_file(folder / "log.jsonl", data))


def _file(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


_COLONS = RawTable(("log",), "csv", "::")


def _yaml_seeds() -> list[bytes]:
    files = [*(_ROOT / "configs").glob("*.yaml"), *(_ROOT / "configs" / "datasets").glob("*.yaml")]
    odd = b"a: &x {b: [1, 0x1F, -.5, 1e3, ~, yes, 12:30, 2024-01-31]}\nc: {<<: *x, 'd': \"e\\n\"}\n"
    return [*(path.read_bytes() for path in sorted(files)), odd, b"0x1", b"0b1", b"1_0", b".inf"]


def _json_seeds() -> list[bytes]:
    return [b'{"a": [1, -2.5e3, true, null, "\\u00e9\\n"], "b": {"c": {}}}', b"{}"]


def _header_seeds() -> list[bytes]:
    return [
        b"user,item,time,label\nu1,i1,1,0\n",
        b'\xef\xbb\xbf"user","it""em",time\r\n',
        b'user\t"item"\ttime\n',
        b"UserID::MovieID::Rating::Timestamp\n1::2::3::4\n",
    ]


def _dataset_seeds() -> list[bytes]:
    record = DatasetRecord(
        *("log", "0f" * 16, 10, 4, 5, 3, 1_700_000_000_000_000, 1_700_000_900_000_000),
        categorical=(CategoricalColumn("place", 3),),
        numeric=("price",),
        outcomes=("paid",),
        files=(EventsFile("part-0.parquet", 6), EventsFile("part-1.parquet", 4)),
        rows_in=12,
        dropped={"duplicates": 2},
        blemishes=("2 rows twice",),
        homepage="https://example.org",
    )
    content = {"schema": SCHEMA_VERSION, **asdict(record), "label_rate": record.label_rate}
    return [json.dumps(content).encode()]


def _manifest_seeds() -> list[bytes]:
    known = {"sha256": "0f" * 32, "bytes": 80, "rank": 0}
    names = [f"{folder_name(at)}/{part}.safetensors" for at in (1, _WINDOW) for part in ("a", "b")]
    old = {"schema": 1, "window": _WINDOW, "files": {"a.safetensors": "0f"}}
    content = content_of(_WINDOW, dict.fromkeys(names, known))
    return [json.dumps(one).encode() for one in (content, old)]


def _arrays_seeds() -> list[bytes]:
    rows = ChangedRows(9, np.array([2, 5]), np.array([[0.5, 1.0], [2.0, 3.0]]))
    plain = {"steps": np.arange(3), "flag": np.array(True), "none": np.zeros((0, 4), np.float32)}
    states: list[dict[str, Any]] = [{"table": rows}, plain]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "seed.safetensors"
        found = []
        for state in states:
            write_arrays(path, packed(state))
            found.append(path.read_bytes())
    return found


@cache
def _run_files() -> dict[str, bytes]:
    made = MadeRun(preferences=("kept",), representations=(), windows=2, warmup=1, slices=("all",))
    with TemporaryDirectory() as folder:
        path = made.write(Path(folder) / "run")
        return {one.name: one.read_bytes() for one in path.iterdir() if one.is_file()}


def _beside() -> dict[str, bytes]:
    return {name: _run_files()[name] for name in (IDENTITY, CONFIG)}


def _timings_seeds() -> list[bytes]:
    lines: list[dict[str, Any]] = [
        {"window": at, "seconds": 0.25, "stages": {"train": 0.1}, "history": "0f" * 16}
        for at in range(2)
    ]
    return ["".join(json.dumps(line) + "\n" for line in lines).encode()]


def _growths_seeds() -> list[bytes]:
    counts = asdict(Counts(10, 3, 4, 5, (3,), 1_700_000_000_000_000))
    more = counts | {"rows": 14, "end_us": 1_700_000_100_000_000}
    lines = [
        {"parts": [{"file": "part-0.parquet", "rows": 10, "bytes": 99, "counts": counts}]},
        {"parts": [{"file": "part-1.parquet", "rows": 4, "bytes": 50, "counts": more}]},
    ]
    return ["".join(json.dumps(line) + "\n" for line in lines).encode()]


READERS = {
    "yaml": Reader(_settings, _yaml_seeds),
    "json": Reader(_json, _json_seeds),
    "header": Reader(_header, _header_seeds),
    "dataset": Reader(_dataset, _dataset_seeds, "json"),
    "manifest": Reader(_manifest, _manifest_seeds, "json"),
    "arrays": Reader(_arrays, _arrays_seeds, "arrays"),
    "windows": Reader(_windows, lambda: [_run_files()[WINDOWS]], "lines"),
    "timings": Reader(_timings, _timings_seeds, "lines"),
    "summary": Reader(_summary, lambda: [_run_files()[SUMMARY]], "json"),
    "log": Reader(_growths, _growths_seeds, "lines"),
}
