"""Frames hold what the files of a run folder hold: every field, row by row, nothing rounded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.data.dataset import Dataset
from lis_sim.data.representations import write_table
from lis_sim.errors import RunError
from lis_sim.training.api import Run
from lis_sim.training.comparison import compare
from lis_sim.training.frames.column import Column, table_of
from lis_sim.training.frames.columns import FRAMES
from lis_sim.training.frames.compared import COMPARED
from lis_sim.types import RepresentationTable
from tests.unit.training import worlds

WHEN = ("window", "start_us", "end_us")
# Frame -> where its rows lie: in summary.json, or (of windows) in every line of windows.jsonl.
OF_SUMMARY = {"arms": "arms", "scores": "scores", "verdicts": "verdicts"}
OF_METRICS = {"metric_arms": "arms", "metric_scores": "scores", "metric_counts": "counts"}
OF_WINDOW_METRICS = {"window_metric_arms": "arms", "window_metric_scores": "scores"}
OF_WINDOWS = {
    "window_arms": "arms",
    "window_scores": "scores",
    "series": "series",
    "measures": "measures",
    "drift": "drift",
}
DRIFT = {  # as lis_sim.drift.event writes one; a tiny world has none of its own
    "kind": "series",
    **dict.fromkeys(("arm", "representation", "measure", "of")),
    "series": "lis_crossfit",
    "preference": "co_click",
    "detector": "adwin",
    "direction": "down",
    "value": 0.0,
    "reference": 0.25,
    "change": -0.25,
    "standard_error": 0.125,
    "since_window": 3,
    "since_us": 1_704_067_200_000_001,
    "points_to": "preference-data",
    "words": "lis_crossfit of co_click fell.",
}


@pytest.fixture(scope="module")
def found(world: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run with a representation, and a drift event in its last window."""
    place = tmp_path_factory.mktemp("frames")
    log = Dataset.open(shutil.copytree(world.path, place / "log"))
    items = np.arange(30, dtype=np.int32)
    vectors = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32)
    write_table(
        log.path / "representations" / "model.parquet",
        RepresentationTable("model", items, vectors),
    )
    metrics = {"user_auc": True, "outcomes": ["conversion"]}
    stream = {**worlds.settings(log)["stream"], "label_delay": "6h"}
    changes = {"representations": ["model"], "metrics": metrics, "stream": stream}
    run = worlds.run(log, place / "run", **changes)
    path = run.folder / "windows.jsonl"
    *before, last = path.read_text().splitlines()
    path.write_text("\n".join([*before, json.dumps(json.loads(last) | {"drift": [DRIFT]})]) + "\n")
    return Run.open(run.folder)


def lines(run: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run.folder / "windows.jsonl").read_text().splitlines()]


def entries(run: Run, frame: str) -> list[dict[str, Any]]:
    """Return what the rows of ``frame`` are made of, read by hand."""
    if frame == "windows":
        return lines(run)
    summary = json.loads((run.folder / "summary.json").read_text())
    if frame in OF_SUMMARY:
        return list(summary[OF_SUMMARY[frame]])
    if frame in OF_METRICS:
        return metric_entries(summary, OF_METRICS[frame])
    if frame in OF_WINDOW_METRICS:
        return [
            entry | {name: line[name] for name in WHEN}
            for line in lines(run)
            for entry in metric_entries(line, OF_WINDOW_METRICS[frame])
        ]
    return [
        entry | {name: line[name] for name in WHEN}
        for line in lines(run)
        for entry in line[OF_WINDOWS[frame]]
    ]


def metric_entries(record: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = []
    for metric in record["metrics"]:
        names = {"metric": metric["metric"], "label": metric["label"]}
        entries = metric[key]
        if key == "counts":
            entries = [{"of": of, "count": entries[of]} for of in entries]
        found += [names | entry for entry in entries]
    return found


def leaves(entry: Mapping[str, Any], at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in entry.items():
        if isinstance(value, Mapping):
            yield from leaves(value, (*at, key))
        else:
            yield (*at, key)


def value_at(entry: Any, at: tuple[str, ...]) -> Any:
    for key in at:
        entry = None if entry is None else entry.get(key)
    return entry


def frame(run: Run, name: str) -> pa.Table:
    table: pa.Table = getattr(run, name)()
    return table


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_holds_every_field_of_its_records(found: Run, name: str) -> None:
    known = {column.at for column in FRAMES[name].columns}
    lists = [*OF_WINDOWS.values(), "metrics"]
    nested = {("schema",), *((key,) for key in lists)} if name == "windows" else set()
    rows = entries(found, name)
    assert rows
    groups = {at[:depth] for at in known for depth in range(1, len(at))}  # null as a whole
    assert {at for row in rows for at in leaves(row)} - known - nested - groups == set()


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_holds_the_very_values(found: Run, name: str) -> None:
    rows, table = entries(found, name), frame(found, name)
    assert table.num_rows == len(rows)
    assert table.column_names == [column.name for column in FRAMES[name].columns]
    for column in FRAMES[name].columns:
        expected = [value_at(row, column.at) for row in rows]
        if pa.types.is_timestamp(column.kind):
            start = datetime(1970, 1, 1, tzinfo=UTC)
            expected = [start + timedelta(microseconds=us) for us in expected]
        assert table[column.name].to_pylist() == expected, column.name


def test_columns_that_a_run_fills_are_not_empty(found: Run) -> None:
    """A path that leads nowhere would be null everywhere, and equal to nothing."""
    tables = {name: frame(found, name) for name in FRAMES}
    empty = {
        f"{name}.{column}"
        for name, table in tables.items()
        for column in table.column_names
        if table[column].null_count == table.num_rows
    }
    assert empty <= {
        *("verdicts.users_needed", "verdicts.reason"),
        *(f"series.{one}" for one in ("reference", "reference_standard_error", "z")),
        *(f"measures.{one}" for one in ("value", "reference")),
        *(f"drift.{one}" for one in ("arm", "representation", "measure", "of")),
    }


def test_every_column_says_what_it_is(found: Run) -> None:
    for name, kinds in (*FRAMES.items(), *COMPARED.items()):
        names = [column.name for column in kinds.columns]
        assert len(set(names)) == len(names), name
        assert all(column.words for column in kinds.columns), name
    metadata = frame(found, "scores").schema.field("low").metadata
    assert metadata == {b"description": b"lower end of its 95 % interval, of a single look"}


@pytest.fixture
def unfinished(found: Run, tmp_path: Path) -> Run:
    """Return the run as it was after four windows, killed while it wrote the fifth."""
    folder = shutil.copytree(found.folder, tmp_path / "unfinished")
    (folder / "summary.json").unlink()
    kept = (folder / "windows.jsonl").read_text().splitlines()[:4]
    (folder / "windows.jsonl").write_text("\n".join([*kept, '{"schema": 1, "wi']))
    return Run.open(folder)


def test_of_an_unfinished_run_what_is_committed_is_there(found: Run, unfinished: Run) -> None:
    assert (found.finished, unfinished.finished) == (True, False)
    assert unfinished.windows()["window"].to_pylist() == [0, 1, 2, 3]
    until = lines(found)[3]
    whole = found.window_scores()
    newest = whole.filter(pc.equal(whole["window"], pa.scalar(3))).drop_columns(
        ["window", "start", "end"]
    )
    assert unfinished.scores().equals(newest)
    arms = unfinished.arms()
    assert arms["auc"].to_pylist() == [one["cumulative"]["value"] for one in until["arms"]]
    assert arms["arm"].to_pylist() == [one["arm"] for one in until["arms"]]
    assert arms.schema == found.arms().schema
    assert arms["users"].null_count == arms.num_rows
    assert (unfinished.verdicts().num_rows, unfinished.verdicts().schema) == (
        0,
        found.verdicts().schema,
    )
    with pytest.raises(RunError, match=r"has no summary\.json: .* the command that began it goes"):
        _ = unfinished.summary


def test_a_run_that_goes_on_is_read_anew(found: Run, unfinished: Run) -> None:
    more = "".join(json.dumps(line) + "\n" for line in lines(found)[:5])
    (unfinished.folder / "windows.jsonl").write_text(more)
    assert unfinished.windows().num_rows == 5


def test_a_run_without_windows_has_empty_frames(found: Run, tmp_path: Path) -> None:
    shutil.copy(found.folder / "run.json", tmp_path)
    begun = Run.open(str(tmp_path))
    for name in FRAMES:
        assert frame(begun, name).num_rows == 0
        assert frame(begun, name).schema == frame(found, name).schema


def test_a_run_is_shown_by_its_folder_alone(found: Run) -> None:
    assert repr(found) == f"Run(folder={found.folder!r})"
    assert list(found.records()) == lines(found)


def test_a_run_can_be_pickled(found: Run) -> None:
    import pickle

    assert pickle.loads(pickle.dumps(found)).summary == found.summary


def nothing(folder: Path) -> Path:
    return folder / "absent"


def a_file(folder: Path) -> Path:
    (folder / "summary.json").write_text("{}")
    return folder / "summary.json"


def a_search(folder: Path) -> Path:
    (folder / "search.json").write_text("{}")
    return folder


def a_log(folder: Path) -> Path:
    (folder / "dataset.json").write_text("{}")
    return folder


def seven_runs(folder: Path) -> Path:
    for number in range(7):
        (folder / f"r{number}").mkdir()
        (folder / f"r{number}" / "run.json").write_text("{}")
    return folder


def a_torn_summary(folder: Path) -> Path:
    (folder / "summary.json").write_text('{"run": "a"')
    return folder


def another_summary(folder: Path) -> Path:
    (folder / "summary.json").write_text('{"run": "a"}')
    return folder


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (nothing, r"absent does not exist; accepted: the folder of a run"),
        (a_file, r"summary\.json is a file; accepted: .*: give the folder that it lies in"),
        (a_search, r"is the folder of a search: lis_sim\.Search\.open takes it; its runs are "),
        (a_log, r"has none of run\.json, windows\.jsonl and summary\.json: it holds a log; acc"),
        (seven_runs, r"it holds .*r0, .*r4 and 2 more, which are; accepted"),
        (lambda folder: folder, r"it holds no run; accepted: the folder of a run"),
        (a_torn_summary, r"summary\.json"),
        (another_summary, r"summary\.json is not what a run writes: scores is missing"),
    ],
)
def test_what_is_no_run_folder_is_said(made: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=said):
        Run.open(made(tmp_path))


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (pa.int64(), 1.5, r"x\.y does not fit int64 \('float' object cannot be"),
        (pa.int64(), 2**70, r"x\.y does not fit int64"),
        (pa.float64(), "a", r"x\.y does not fit double"),
        (pa.bool_(), "true", r"x\.y does not fit bool"),
    ],
)
def test_a_value_of_another_type_is_said(kind: pa.DataType, value: object, said: str) -> None:
    column = Column("z", kind, "a number", ("x", "y"))
    with pytest.raises(RunError, match=f"here is not what a run writes: {said}"):
        table_of([column], [{"x": {"y": value}}], "here")


@given(st.lists(st.none() | st.floats(allow_nan=False), max_size=30), st.integers(1, 900))
def test_a_table_does_not_depend_on_its_batches(values: list[float | None], times: int) -> None:
    column = Column("auc", pa.float64(), "AUC", ("auc", "value"))
    rows = [{} if value is None else {"auc": {"value": value}} for value in values] * times
    table = table_of([column], iter(rows), "here")
    assert table["auc"].to_pylist() == values * times


def test_a_comparison_holds_every_field_and_the_very_values(found: Run) -> None:
    made = compare(found, found.folder, renamed=None)
    for name, kinds in COMPARED.items():
        rows = list(made.summary[name])
        table: pa.Table = getattr(made, name)()
        assert rows
        assert {at for row in rows for at in leaves(row)} == {one.at for one in kinds.columns}
        for column in kinds.columns:
            expected = [value_at(row, column.at) for row in rows]
            assert table[column.name].to_pylist() == expected, column.name
    assert repr(made) == "Comparison()"
