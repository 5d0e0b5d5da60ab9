"""Files that are no scores are refused in words: where, what is accepted, what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from lis_sim.errors import ConfigError, DataError, LisSimError
from lis_sim.scoring.api import score_file
from tests.unit.scoring.tables import EVENTS, START, STREAM, Table, replicated, table, write

Change = Callable[[Table], object]


def at(row: int, value: Any, column: str) -> Change:
    def change(columns: Table) -> None:
        values = list(columns[column])
        values[row] = value
        columns[column] = pa.array(values)

    return change


def put(column: str, values: Any) -> Change:
    return lambda columns: columns.update({column: values})


def renamed(column: str, to: str) -> Change:
    return lambda columns: columns.update({to: columns.pop(column)})


ONE = np.ones(EVENTS)
FILES: dict[str, tuple[Change, str]] = {
    "no clean arm": (lambda c: c.pop("clean"), "has no column 'clean': every score is a differ"),
    "how to name it": (renamed("clean", "ctr"), "--arm clean=COLUMN"),
    "no user": (renamed("user", "usr"), "no column 'user'; did you mean 'usr'?"),
    "no label": (lambda c: c.pop("label"), "name the label's with --label COLUMN"),
    "no time": (lambda c: c.pop("time"), "has no column 'time'"),
    "a kind of arm nobody knows": (
        renamed("leaked:likes", "leeked:likes"),
        "column 'leeked:likes' is neither user, time, label, item, slice, replicate, fold, request "
        "nor an arm; did you mean 'leaked'?",
    ),
    "an arm without a name": (renamed("leaked:likes", "leaked:"), "followed by ':NAME'"),
    "an odd name": (renamed("leaked:likes", "leaked:a b"), "letters, digits, '_', '-', '.'"),
    "another column": (put("price", ONE), "leave it out with --ignored price"),
    "names that differ in case": (put("Clean", ONE), "are both called"),
    "nan": (at(7, float("nan"), "clean"), "row 7, column 'clean': nan; accepted: a finite"),
    "infinite": (at(60, float("inf"), "causal:likes"), "row 60, column 'causal:likes': inf"),
    "no score": (at(3, None, "clean"), "row 3, column 'clean': None; accepted: a score of every"),
    "scores in words": (put("clean", ["high"] * EVENTS), "type string; accepted: numbers"),
    "a rating": (at(4, 5, "label"), "row 4, column 'label': 5; accepted: 0 or 1"),
    "half a label": (put("label", np.full(EVENTS, 0.5)), "row 0, column 'label': 0.5"),
    "no label yet": (at(9, None, "label"), "leave out events whose label has not arrived"),
    "labels in words": (put("label", ["yes"] * EVENTS), "accepted: 0 and 1, or truth values"),
    "negatives alone": (put("label", 0 * ONE), "all 120 labels are 0"),
    "positives alone": (put("label", ONE), "all 120 labels are 1"),
    "time goes back": (
        at(50, START, "time"),
        "row 50, column 'time': '24,000,000 microseconds before the row above'; accepted: rows in "
        "time order; sort them, as with DuckDB: COPY (FROM 'scores.parquet' ORDER BY \"time\", "
        '"user", "item", "label") TO \'sorted.parquet\'',
    ),
    "milliseconds": (put("time", START * 1000 + np.arange(EVENTS)), "--time-unit (s, ms, us, ns)"),
    "no time at all": (at(2, None, "time"), "row 2, column 'time': None"),
    "time as text": (put("time", ["2024-01-01"] * EVENTS), "accepted: timestamps, or whole"),
    "nobody": (at(1, None, "user"), "row 1, column 'user': None; accepted: the id of one user"),
    "users with a point": (put("user", 1.5 * ONE), "type double; accepted: whole numbers, text"),
    "slices with a point": (put("slice", 1.5 * ONE), "accepted: text, whole numbers or truth"),
    "a slice called all": (put("slice", ["all"] * EVENTS), "has the slice 'all'"),
    "a slice with a stroke": (put("slice", ["a/b"] * EVENTS), "has the slice 'a/b'"),
    "a slice of no name": (put("slice", [" "] * EVENTS), "has the slice ' '; accepted: up to 100"),
    "a long slice": (put("slice", ["a" * 101] * EVENTS), "accepted: up to 100 characters"),
    "a slice that rings": (put("slice", ["\a"] * EVENTS), "that can be printed"),
    "as many slices as rows": (put("slice", np.arange(EVENTS)), "more than 50 values"),
    "a user in two folds": (put("fold", np.arange(EVENTS) % 2), "fold users, not events"),
    "folds with a point": (put("fold", 1.5 * ONE), "accepted: whole numbers"),
    "one name for both": (
        put("aligned:likes", ONE),
        "has the arms aligned:likes and leaked:likes; accepted: different names",
    ),
}


@pytest.mark.parametrize(("change", "said"), FILES.values(), ids=FILES)
def test_a_wrong_file_is_refused(change: Change, said: str, tmp_path: Path) -> None:
    columns = table()
    change(columns)
    path = write(columns, tmp_path / "scores.parquet")
    with pytest.raises(LisSimError) as told:
        score_file(path, out=tmp_path / "run", stream=STREAM)
    assert said in str(told.value)
    assert not (tmp_path / "run" / "summary.json").exists()


def swapped(columns: Table) -> None:
    """Let two events of one time change places in one replicate."""
    for name, values in columns.items():
        if name != "replicate":
            values[[0, 2]] = values[[2, 0]]


def lost(columns: Table) -> None:
    for name in columns:
        columns[name] = np.delete(columns[name], 5)


def twice(columns: Table) -> None:
    """Let an event be there twice in one replicate, and another not at all."""
    columns["replicate"][4] = 1


def same_scores(columns: Table) -> None:
    for name in columns:
        if name == "clean" or ":" in name:
            columns[name][1::2] = columns[name][0::2]


REPLICATES: dict[str, tuple[Change, str]] = {
    "a row is missing": (lost, "replicate 1 has 119 rows and replicate 0 120"),
    "a row is there twice": (twice, "replicate 0 has 119 rows and replicate 1 121"),
    "one training twice": (
        same_scores,
        "replicates 0 and 1 have the same scores in every arm, so they are one training run twice",
    ),
    "other events": (swapped, "event 0 of replicate 1 has another"),
    "another label": (
        lambda c: c["label"].__setitem__(21, 1 - c["label"][21]),
        "event 10 of replicate 1 has another label than that of replicate 0",
    ),
    "replicates with a point": (put("replicate", np.full(2 * EVENTS, 0.5)), "whole numbers"),
    "rows numbered": (
        put("replicate", np.arange(2 * EVENTS) * 7),
        "has another time than that of replicate 0",
    ),
}


@pytest.mark.parametrize(("change", "said"), REPLICATES.values(), ids=REPLICATES)
def test_replicates_that_do_not_fit_together_are_refused(
    change: Change, said: str, tmp_path: Path
) -> None:
    columns = replicated(table(), 2)
    change(columns)
    path = write(columns, tmp_path / "scores.parquet")
    with pytest.raises(DataError) as told:
        score_file(path, out=tmp_path / "run", stream=STREAM)
    assert said in str(told.value)
    assert not (tmp_path / "run" / "summary.json").exists()


SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "a window rule of two": (
        {"stream": {"window": {"count": 4, "events": 9}}},
        "exactly one of count, events, duration",
    ),
    "a duration that is none": ({"stream": {"window": {"duration": "soon"}}}, "'soon'; accepted"),
    "all is warm-up": ({"stream": {"warmup_windows": 20}}, "leaves none to score"),
    "a setting nobody knows": ({"windows": 4}, "windows is not a setting"),
    "one nobody knows in a group": ({"stream": {"widow": {}}}, "did you mean 'window'?"),
    "an arm nobody knows": ({"columns": {"arms": {"clear": "clean"}}}, "did you mean 'clean'?"),
    "an arm of an odd name": ({"columns": {"arms": {"aligned:a b": "clean"}}}, "after the ':' are"),
    "an arm of no column": (
        {"columns": {"arms": {"aligned:clip": "clipp"}}},
        "no column 'clipp', which is to be the arm 'aligned:clip'",
    ),
    "a column of two roles": (
        {"columns": {"item": "user"}},
        "column 'user' is to be both 'user' and 'item'",
    ),
    "the cut of no table": ({"trained_until": {"clip": "2024-01-01"}}, "no arm aligned:clip"),
    "folds that are none": ({"folds": 1}, "folds is 1"),
    "another unit": ({"time_unit": "h"}, "'s', 'ms', 'us' or 'ns'"),
}


@pytest.mark.parametrize(("settings", "said"), SETTINGS.values(), ids=SETTINGS)
def test_wrong_settings_are_refused(settings: dict[str, Any], said: str, tmp_path: Path) -> None:
    path = write(table(), tmp_path / "scores.parquet")
    with pytest.raises(LisSimError) as told:
        score_file(path, out=tmp_path / "run", **settings)
    assert said in str(told.value)


def test_a_cut_after_the_file_leaves_nothing_to_score(tmp_path: Path) -> None:
    columns = table()
    columns["aligned:clip"] = columns.pop("causal:likes")
    path = write(columns, tmp_path / "scores.parquet")
    with pytest.raises(ConfigError, match="no window of the file starts after that"):
        score_file(path, out=tmp_path / "run", trained_until={"clip": "2033-01-01"})


def test_stated_folds_must_be_those_of_the_column(tmp_path: Path) -> None:
    columns = table()
    columns["fold"] = columns["user"] % 3
    path = write(columns, tmp_path / "scores.parquet")
    with pytest.raises(ConfigError, match=r"folds is 5, and column 'fold' of .* has 3"):
        score_file(path, out=tmp_path / "run", stream=STREAM, folds=5)
    found = score_file(path, out=tmp_path / "run", stream=STREAM)
    assert found.summary["folds"] == found.summary["scores"][0]["folds"] == 3


@pytest.mark.parametrize("what", ["nothing", "a folder", "text", "no rows"])
def test_what_is_no_parquet_file_is_refused(what: str, tmp_path: Path) -> None:
    path = tmp_path / "scores.parquet"
    if what == "a folder":
        path.mkdir()
    elif what == "text":
        path.write_text("user,time,label,clean\n1,2,3,4\n")
    elif what == "no rows":
        write({name: values[:0] for name, values in table().items()}, path)
    with pytest.raises(DataError, match=r"scores\.parquet"):
        score_file(path, out=tmp_path / "run")


def parts(folder: Path, *tables: Table) -> Path:
    folder.mkdir()
    for number, columns in enumerate(tables):
        write(columns, folder / f"scores-{number}.parquet")
    return folder


def halves() -> list[Table]:
    return [{name: values[part] for name, values in table().items()} for part in HALVES]


HALVES = (slice(0, 61), slice(61, None))
FOLDERS: dict[str, tuple[Callable[[Table], object], str]] = {
    "another column": (put("aligned:clip", ONE[61:]), "has aligned:clip more; accepted: the same"),
    "one column less": (lambda c: c.pop("placebo:likes"), "it lacks placebo:likes and has none"),
    "another type": (
        put("clean", np.ones(EVENTS - 61, np.int32)),
        "accepted: float, as in scores-0",
    ),
    "time goes back": (
        put("time", np.full(EVENTS - 61, START)),
        "row 61, column 'time': '30,000,000 microseconds before the row above'; accepted: rows in "
        "time order, the files of a folder by name; sort them, as with DuckDB: COPY (FROM "
        "'scores/*.parquet'",
    ),
    "no score": (at(9, None, "clean"), "scores-1.parquet, row 9 (row 70 of the log), column 'cle"),
}


@pytest.mark.parametrize(("change", "said"), FOLDERS.values(), ids=FOLDERS)
def test_a_wrong_folder_is_refused(change: Change, said: str, tmp_path: Path) -> None:
    first, second = halves()
    change(second)
    path = parts(tmp_path / "scores", first, second)
    with pytest.raises(DataError) as told:
        score_file(path, out=tmp_path / "run", stream=STREAM)
    assert said in str(told.value)


def test_the_folder_of_a_run_is_not_that_of_its_scores(tmp_path: Path) -> None:
    (tmp_path / "run" / "scores").mkdir(parents=True)
    with pytest.raises(DataError, match=r"run is a folder .*; did you mean .*run/scores\?"):
        score_file(tmp_path / "run", out=tmp_path / "other")


def test_what_it_says_of_sorting_sorts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = replicated(table(users=3), 2)  # events of one time, user and item among them
    shuffled = np.random.default_rng(3).permutation(2 * EVENTS)
    columns = {name: values[shuffled] for name, values in columns.items()}
    columns['a"b'] = columns.pop("user")
    path = write(columns, tmp_path / "o'clock.parquet")
    names = {"user": 'a"b'}
    with pytest.raises(DataError) as told:
        score_file(path, out=tmp_path / "run", stream=STREAM, columns=names)
    monkeypatch.chdir(tmp_path)
    duckdb.sql(str(told.value).partition("as with DuckDB: ")[2])
    found = score_file("sorted.parquet", out=tmp_path / "run", stream=STREAM, columns=names)
    assert (found.summary["events"], found.summary["replicates"]) == (EVENTS, 2)
