"""Pairs of items: imported with every row accounted for, read back, refused when they are off."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from lis_sim.cli.data import app
from lis_sim.data.dataset import Dataset
from lis_sim.data.import_spec import ImportSpec, RawTable
from lis_sim.data.importing import import_log
from lis_sim.data.preferences import (
    NOBODY,
    PairTable,
    pair_names,
    pairs_path,
    read_pairs,
    write_pairs,
)
from lis_sim.data.preferences_file import PairsFile
from lis_sim.data.preferences_import import import_pairs
from lis_sim.data.preferences_raw import ITSELF, UNKNOWN_ITEM, UNKNOWN_USER
from lis_sim.errors import ConfigError, DataError, LisSimError
from tests.unit.data.logs import FIRST_S

HEADER = "left,right,score,at,who"
ROWS = ("i2,i0,0.5,7,u1", "i0,i1,2,3,u0", "i1,i2,-1.25,7,u2")


@pytest.fixture(params=["string", "int"])
def dataset(request: pytest.FixtureRequest, tmp_path: Path) -> Dataset:
    """Return a log of users 0, 1, 2 and items 0, 1, 2, 3; ids are text or numbers."""
    user, item = ("u", "i") if request.param == "string" else ("", "")
    lines = [f"{user}{n % 3},{item}{n % 4},{FIRST_S + n},{n % 2}" for n in range(24)]
    (tmp_path / "log.csv").write_text("\n".join(["user,item,time,label", *lines]) + "\n")
    table = RawTable(("log.csv",))
    spec = ImportSpec("mine", table, "user", "item", "time", "label", id_type=request.param)
    return import_log(spec.at(tmp_path), tmp_path / "log")


def write(dataset: Dataset, *rows: str, header: str = HEADER) -> Path:
    """Write a CSV file of pairs, with the ids of ``dataset``."""
    text = "\n".join([header, *rows]) + "\n"
    if pa.types.is_integer(dataset.vocab("item").type):
        text = text.replace("i0", "0").replace("i1", "1").replace("i2", "2").replace("i9", "9")
        text = text.replace("u0", "0").replace("u1", "1").replace("u2", "2").replace("u9", "9")
    path = dataset.path.parent / "pairs.csv"
    path.write_text(text)
    return path


def described(path: Path, **changed: Any) -> PairsFile:
    """Say what the columns of ``HEADER`` are."""
    source = PairsFile(path, "left", "right", "score", "at", "s", "who")
    return replace(source, **changed)


def shifted(*rows: str) -> list[str]:
    """Move the times of rows into the accepted years."""
    parts = [row.split(",") for row in rows]
    return [",".join([a, b, w, str(FIRST_S + int(t)), u]) for a, b, w, t, u in parts]


def test_ids_times_and_order(dataset: Dataset) -> None:
    done = import_pairs(dataset, described(write(dataset, *shifted(*ROWS))), "liked")
    pairs = read_pairs(dataset, "liked")
    assert pairs.item_a.tolist() == [0, 2, 1]
    assert pairs.item_b.tolist() == [1, 0, 2]
    assert pairs.weight.tolist() == [2.0, 0.5, -1.25]
    assert pairs.time_us is not None
    assert (pairs.time_us - FIRST_S * 10**6).tolist() == [3 * 10**6, 7 * 10**6, 7 * 10**6]
    assert pairs.user is not None
    assert pairs.user.tolist() == [0, 1, 2]
    assert (done.rows_in, done.rows, done.dropped, done.items, done.users) == (3, 3, {}, 3, 3)
    assert pair_names(dataset) == ("liked",)


def test_every_row_is_accounted_for(dataset: Dataset) -> None:
    odd = ("i9,i1,1,1,u0", "i1,i1,1,2,u0", "i0,i2,1,3,u9", "i9,i9,1,3,u9")
    path = write(dataset, *shifted(*ROWS, *odd))
    dropping = described(path, unknown_items="drop", unknown_users="drop")
    done = import_pairs(dataset, dropping, "dropped")
    assert done.dropped == {UNKNOWN_ITEM: 2, UNKNOWN_USER: 1, ITSELF: 1}
    assert done.rows_in == done.rows + sum(done.dropped.values()) == 7
    keeping = described(path, unknown_items="drop", unknown_users="keep")
    kept = import_pairs(dataset, keeping, "kept")
    assert (kept.rows, kept.users, kept.users_outside) == (4, 3, 1)
    user = read_pairs(dataset, "kept").user
    assert user is not None
    assert user.tolist() == [0, NOBODY, 1, 2]


def test_neither_times_nor_users_are_needed(dataset: Dataset) -> None:
    path = write(dataset, "i0,i1,2", "i2,i1,1", header="item_a,item_b,weight")
    done = import_pairs(dataset, PairsFile(path, trained_until="2023-11-15"), "bare")
    pairs = read_pairs(dataset, "bare")
    assert pairs.time_us is None
    assert pairs.user is None
    assert pairs.trained_until_us == done.trained_until_us == 1_700_006_400_000_000
    assert import_pairs(dataset, PairsFile(path), "timeless").trained_until_us is None


def test_parquet_with_types_of_its_own(dataset: Dataset) -> None:
    ids = dataset.vocab("item").take(pa.array([0, 1]))
    stamp = pa.array([FIRST_S * 10**3] * 2, pa.timestamp("ms"))
    table = pa.table({"a": ids, "b": ids[::-1], "w": pa.array([1, 2], pa.int16()), "t": stamp})
    path = dataset.path.parent / "pairs.pq"
    pq.write_table(table, path)
    import_pairs(dataset, PairsFile(path, "a", "b", "w", "t"), "typed")
    pairs = read_pairs(dataset, "typed")
    assert pairs.weight.tolist() == [1.0, 2.0]
    assert pairs.time_us is not None
    assert pairs.time_us.tolist() == [FIRST_S * 10**6] * 2


WRONG: list[tuple[tuple[str, ...], dict[str, Any], str]] = [
    (("i9,i1,1,1,u0",), {},
     r"pairs.csv, row 1 \(line 2\), column 'left': .*9.*; accepted: an item of the dataset"),
    (("i0,i1,1,1,u0", "i0,i1,1,1,u9"), {}, "row 2 .*'who'.*a user of the log .*drop or keep"),
    (("i0,i1,x,1,u0",), {}, "column 'score': 'x'; accepted: a finite number"),
    (("i0,i1,inf,1,u0",), {}, "column 'score': 'inf'; accepted: a finite number"),
    (("i0,i1,,1,u0",), {}, "column 'score': no value; accepted: a finite number"),
    (("i0,i1,1,-5,u0",), {"time_unit": "us"}, "column 'at': .*accepted: microseconds since 1970"),
    (("i0,,1,1,u0",), {}, "column 'right': no value; accepted: "),
    (("i0,i1,1,1,u0",), {"user": None}, "undeclared columns: who; give each a role: --time"),
    (("i0,i1,1,1,u0",), {"weight": "scor"}, "no column 'scor' .*did you mean 'score'"),
    (("i0,i0,1,1,u0",), {}, "no pair to keep; dropped: {'an item paired with itself': 1}"),
    ((), {}, "no pair to keep"),
    (("i0,i1,1,1,u0",), {"file": Path("no.csv")}, "no.csv not found"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "changed", "message"), WRONG, ids=[m[:30] for *_, m in WRONG])
def test_what_is_wrong_in_the_file_is_named(
    dataset: Dataset, rows: tuple[str, ...], changed: dict[str, Any], message: str
) -> None:
    path = write(dataset, *shifted(*rows))
    with pytest.raises(LisSimError, match=message):
        import_pairs(dataset, described(path, **changed), "wrong")
    assert pair_names(dataset) == ()
    assert not list(dataset.path.glob(".lis-sim-import-*"))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"unknown_items": "keep"}, "unknown_items is 'keep'.*accepted: error, drop"),
        ({"unknown_users": "kep"}, "unknown_users is 'kep'; did you mean 'keep'"),
        ({"time_unit": "h"}, "time_unit is 'h'.*accepted: s, ms, us, iso"),
        ({"file": Path("pairs.txt")}, "format is 'txt'.*accepted: csv, tsv, jsonl, parquet"),
        ({"trained_until": "2024-01-01"}, "the pairs have times of their own .column 'at'"),
    ],
)
def test_what_is_wrong_with_options_is_named(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        described(Path("pairs.csv"), **changed)


def test_nothing_is_overwritten_in_silence(dataset: Dataset) -> None:
    source = described(write(dataset, *shifted(*ROWS)))
    import_pairs(dataset, source, "liked")
    with pytest.raises(DataError, match="exists already; choose another name, or --replace"):
        import_pairs(dataset, source, "liked")
    assert import_pairs(dataset, source, "liked", replace_existing=True).rows == 3
    with pytest.raises(ConfigError, match=r"name is '../liked'; accepted: letters"):
        import_pairs(dataset, source, "../liked")


ONE = PairTable("one", np.array([0], np.int32), np.array([1], np.int32), np.ones(1))
TIMES = np.array([FIRST_S])
BROKEN: list[tuple[PairTable, str]] = [
    (replace(ONE, item_b=np.array([4], np.int32)), r"row 0, column 'item_b': 4; .*\[0, 4\)"),
    (replace(ONE, item_a=np.array([2**40])), r"'item_a': 1099511627776; .* of type int32"),
    (replace(ONE, item_a=np.array([0.0])), "'item_a': 'double'; accepted: a column of type int32"),
    (replace(ONE, weight=np.array([np.nan])), "'weight': nan; accepted: a finite number"),
    (replace(ONE, weight=np.array(["x"])), "'weight': 'string'; accepted: a column of type float"),
    (replace(ONE, user=np.array([3], np.int32)), r"'user': 3; accepted: an index in \[0, 3\)"),
    (replace(ONE, user=np.array([-2], np.int32)), "'user': -2; accepted: an index in"),
    (replace(ONE, item_a=np.array([], np.int32), item_b=np.array([], np.int32),
             weight=np.array([])), "has no rows; accepted: one pair or more"),
    (PairTable("one", np.zeros(2, np.int32), np.ones(2, np.int32), np.ones(2),
               np.array([5, 4])), "row 1, column 'time': 4; accepted: a time >= 5"),
]  # fmt: skip


@pytest.mark.parametrize(("pairs", "message"), BROKEN, ids=[m[:25] for _, m in BROKEN])
@pytest.mark.parametrize("dataset", ["int"], indirect=True)
def test_what_is_wrong_in_the_dataset_is_named(
    dataset: Dataset, pairs: PairTable, message: str
) -> None:
    write_pairs(pairs_path(dataset.path, "one"), pairs)
    with pytest.raises(DataError, match=message):
        read_pairs(dataset, "one")


@pytest.mark.parametrize("dataset", ["int"], indirect=True)
def test_other_columns_and_names_are_refused(dataset: Dataset) -> None:
    path = pairs_path(dataset.path, "one")
    path.parent.mkdir()
    pq.write_table(pa.table({"item_a": [1], "item_b": [0], "wait": [1.0]}), path)
    with pytest.raises(DataError, match="has the columns item_a, item_b, wait; accepted: item_a,"):
        read_pairs(dataset, "one")
    with pytest.raises(DataError, match=r"no pairs 'on'; did you mean 'one'.*import-preference"):
        read_pairs(dataset, "on")
    path.write_text("no parquet")
    with pytest.raises(DataError, match="not a Parquet file"):
        read_pairs(dataset, "one")


@pytest.mark.parametrize("dataset", ["string"], indirect=True)
def test_the_command(dataset: Dataset) -> None:
    path = write(dataset, *shifted(*ROWS, "i1,i1,1,1,u0"))
    columns = ["--item-a", "left", "--item-b", "right", "--weight", "score", "--time", "at"]
    command = ["import-preference", str(dataset.path), str(path), *columns]
    made = CliRunner().invoke(
        app, [*command, "--name", "liked", "--user", "who", "--json"], catch_exceptions=False
    )
    said = json.loads(made.stdout)
    assert (said["rows_in"], said["rows"], said["dropped"]) == (4, 3, {ITSELF: 1})
    assert said["path"] == str(pairs_path(dataset.path, "liked"))
    table = CliRunner().invoke(
        app, [*command, "--name", "nobody", "--ignored", "who"], catch_exceptions=False
    )
    assert "dropped: an item paired with itself" in table.stdout
    assert "pairs without users cannot be taken apart by user" in table.stdout
    assert "[{name: nobody, kind: pairs}]" in table.stdout
