"""Parquet as others write it: nested outcomes, ids that are bytes or UUIDs, half-quoted headers."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lis_sim.data.append import append_rows
from lis_sim.data.dataset import Dataset
from lis_sim.data.decode import check_no_missing
from lis_sim.data.import_spec import Feature, ImportSpec, RawTable, RepresentationSource
from lis_sim.data.importing import import_log
from lis_sim.data.parquet_file import leaf_of, read_metadata
from lis_sim.data.preferences_file import PairsFile
from lis_sim.data.preferences_import import import_pairs
from lis_sim.errors import DataError
from tests.unit.data.logs import FIRST_S, csv_spec

Column = Callable[[list[int]], "pa.Array[Any]"]


def written(path: Path, columns: dict[str, Any]) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def events(ids: Any, later: int = 0) -> dict[str, Any]:
    times = [FIRST_S + later, FIRST_S + later + 1]
    return {"user": ["u", "v"], "item": ids, "time": times, "label": [1, 0]}


def spec_of(path: Path, **changes: Any) -> ImportSpec:
    table = RawTable((path.name,), "parquet")
    return replace(csv_spec(path.parent, ""), log=table, **changes)


NESTED: dict[str, Any] = {
    "who": [{"user": 1, "time": 2, "paid": None}] * 2,
    "shown": [[1, 2], [3]],
    "bought": [[1], []],
}


def test_outcomes_may_be_lists_and_structs(tmp_path: Path) -> None:
    path = written(tmp_path / "log.parquet", {**NESTED, **events(["i", "j"]), "paid": [1.5, 2.5]})
    log = import_log(spec_of(path, outcomes=(*NESTED, "paid")), tmp_path / "out")
    [group] = log.groups(log.record.outcomes)
    assert group.last_time_us == (FIRST_S + 1) * 1_000_000
    [block] = log.blocks()
    assert len(block.user) == 2
    stored = pq.read_table(log.path / "events" / "part-00000.parquet")
    assert stored.column("shown").to_pylist() == NESTED["shown"]
    later = {**NESTED, **events(["i", "k"], later=60), "paid": [1.5, 2.5]}
    done = append_rows(log.path, [written(tmp_path / "more.parquet", later)])
    assert (done.rows, done.dataset.rows) == (2, 4)


def test_the_missing_values_counted_are_those_of_the_column(tmp_path: Path) -> None:
    path = written(tmp_path / "log.parquet", {**events(["i", "j"]), **NESTED, "paid": [1.5, 2.5]})
    log = import_log(spec_of(path, outcomes=(*NESTED, "paid")), tmp_path / "out")
    part = log.path / "events" / "part-00000.parquet"
    first = written(tmp_path / "first.parquet", {**NESTED, **events([0, 1]), "paid": [1.5, 2.5]})
    part.write_bytes(first.read_bytes())  # the struct, with its empty `paid`, comes first
    footer = read_metadata(part)
    assert leaf_of(footer, "paid") == len(footer.schema) - 1
    assert leaf_of(footer, "shown") is None
    check_no_missing(log.groups(["paid"]), "paid")
    check_no_missing(log.groups(["shown"]), "shown")
    part.write_bytes(written(first, {**NESTED, **events([0, 1]), "paid": [None, 2.5]}).read_bytes())
    with pytest.raises(DataError, match="column 'paid': 1 values are missing"):
        check_no_missing(log.groups(["paid"]), "paid")


def of_bytes(kind: pa.DataType) -> Column:
    return lambda numbers: pa.array([f"i{one}".encode() for one in numbers], kind)


def of_uuids(numbers: list[int]) -> pa.Array[Any]:
    return pa.array([uuid.UUID(int=one).bytes for one in numbers], pa.uuid())


COLUMNS: dict[str, tuple[Column, list[str]]] = {
    "binary": (of_bytes(pa.binary()), ["i1", "i2"]),
    "large binary": (of_bytes(pa.large_binary()), ["i1", "i2"]),
    "fixed binary": (of_bytes(pa.binary(2)), ["i1", "i2"]),
    "no text": (
        lambda numbers: pa.array([bytes([one, 200]) for one in numbers]),
        ["\\x01\\xC8", "\\x02\\xC8"],
    ),
    "uuid": (of_uuids, [str(uuid.UUID(int=1)), str(uuid.UUID(int=2))]),
}


@pytest.mark.parametrize(("column", "ids"), COLUMNS.values(), ids=COLUMNS)
def test_ids_may_be_bytes_or_uuids(tmp_path: Path, column: Column, ids: list[str]) -> None:
    written(tmp_path / "r.parquet", {"item_id": column([2, 1]), "vector": [[2.0], [1.0]]})
    path = written(tmp_path / "log.parquet", {**events(column([1, 2])), "c": column([3, 4])})
    spec = spec_of(
        path,
        categorical=(Feature("c", "none"),),
        representations=(RepresentationSource("r", "r.parquet"),),
    )
    log = import_log(spec, tmp_path / "out")
    assert log.vocab("item").to_pylist() == ids
    assert log.representation("r").vectors.tolist() == [[1.0], [2.0]]
    pairs = {"item_a": column([1]), "item_b": column([2]), "weight": [1.0]}
    assert import_pairs(log, PairsFile(written(tmp_path / "p.parquet", pairs)), "p").rows == 1
    later = written(tmp_path / "m.parquet", {**events(column([1, 5]), 60), "c": column([4, 3])})
    append_rows(log.path, [later])
    assert Dataset.open(log.path).vocab("item").to_pylist()[:2] == ids
    assert Dataset.open(log.path).schema.items == 3


def test_names_of_a_tsv_may_stand_in_quotes_some_of_them(tmp_path: Path) -> None:
    spec = csv_spec(
        tmp_path, f'"user"\titem\ttime\t"label"\nu\t"i"\t{FIRST_S}\t1\nu\tj\t{FIRST_S}\t0\n'
    )
    log = import_log(replace(spec, log=RawTable(("log.csv",), "tsv")), tmp_path / "out")
    assert log.vocab("item").to_pylist() == ['"i"', "j"]
