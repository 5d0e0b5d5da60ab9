"""What is found in a file does not depend on how it was written, and is what others find."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from lis_sim.scoring.api import score_file
from lis_sim.training.api import Run
from tests.unit.scoring.tables import ARMS, START, STREAM, Table, replicated, table, write

KEYS = ("arms", "scores", "verdicts")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("numbers")


def found(events: Table, place: Path, rows: int = 50, **given: Any) -> dict[str, Any]:
    return dict(scored(events, place, rows, **given).summary)


def scored(events: Table, place: Path, rows: int = 50, **given: Any) -> Run:
    path = write(events, place / "scores.parquet", rows)
    given = {"stream": STREAM} | given
    return score_file(path, out=place / "run", restart=True, **given)


def numbers(summary: dict[str, Any]) -> list[Any]:
    return [summary[key] for key in KEYS]


@given(seed=st.integers(0, 50), cut=st.integers(7, 60), ties=st.integers(1, 5))
@settings(max_examples=15)
def test_aucs_are_those_of_another_library(seed: int, cut: int, ties: int, place: Path) -> None:
    columns = table(seed=seed)
    columns["time"] = START + np.arange(len(columns["label"])) // ties
    stream = {"window": {"events": cut}, "warmup": 0.0}
    summary = found(columns, place, stream=stream)
    weights, aucs = [], []
    # The rule in words: a boundary after every `cut` events, moved to where the time changes.
    events = len(columns["label"])
    moved = {-(-start // ties) * ties for start in range(0, events, cut)}
    starts = sorted(start for start in moved if start < events)
    ends = [*starts[1:], events]
    for start, end in zip(starts, ends, strict=True):
        label = columns["label"][start:end]
        if label.any() and not label.all():
            weights.append(len(label))
            aucs.append([roc_auc_score(label, columns[arm][start:end]) for arm in ARMS])
    expected = np.average(aucs, axis=0, weights=weights)
    ours = [one["auc"]["value"] for one in summary["arms"]]
    assert [one["arm"] for one in summary["arms"]] == list(ARMS)
    assert ours == pytest.approx(expected, abs=1e-12)
    assert summary["scores"][0]["value"] == pytest.approx(expected[1] - expected[0], abs=1e-12)


@given(rows=st.integers(1, 300), page=st.booleans())
@settings(max_examples=10)
def test_row_groups_change_nothing(rows: int, page: bool, place: Path) -> None:
    columns = table() if page else replicated(table(), 3)
    assert numbers(found(columns, place, rows)) == numbers(found(columns, place, 10_000))


def test_a_monotone_rescaling_changes_nothing(place: Path) -> None:
    columns = table()
    other = columns | {arm: np.exp(columns[arm].astype(np.float64)) * 1e6 for arm in ARMS}
    assert numbers(found(other, place)) == numbers(found(columns, place))


@pytest.mark.parametrize("kind", [pa.float16(), pa.float64(), pa.int32(), pa.uint8()], ids=str)
def test_scores_may_be_any_numbers(kind: pa.DataType, place: Path) -> None:
    columns = table()
    whole = {arm: np.clip(np.round(columns[arm] * 8), -100, 100) + 128 for arm in ARMS}
    cast = {arm: pa.array(values.astype(np.float64)).cast(kind) for arm, values in whole.items()}
    assert numbers(found(columns | cast, place)) == numbers(found(columns | whole, place))


IDS = {
    "whole numbers": lambda ids: ids * 10**12,
    "text": lambda ids: [f"u-{one}" for one in ids],
    "a dictionary": lambda ids: pa.array([f"u-{one}" for one in ids]).dictionary_encode(),
    "bytes": lambda ids: [str(one).encode() for one in ids],
    "large unsigned": lambda ids: pa.array([2**63 + int(one) for one in ids], pa.uint64()),
}


@pytest.mark.parametrize("as_ids", IDS.values(), ids=IDS)
def test_ids_may_be_called_anything(as_ids: Any, place: Path) -> None:
    columns = table()
    other = columns | {"user": as_ids(columns["user"]), "item": as_ids(columns["item"])}
    assert numbers(found(other, place)) == numbers(found(columns, place))


TIMES = {
    "ms": lambda s: s * 1000,
    "us": lambda s: s * 10**6,
    "ns": lambda s: s * 10**9,
}


@pytest.mark.parametrize("unit", TIMES)
def test_times_may_be_of_any_unit(unit: str, place: Path) -> None:
    columns = table()
    seconds = columns["time"]
    stream = {"window": {"duration": "15s"}, "warmup": 0.0}
    expected = numbers(found(columns, place, stream=stream))
    given = columns | {"time": TIMES[unit](seconds)}
    assert numbers(found(given, place, stream=stream, time_unit=unit)) == expected
    for zone in (None, "Europe/Berlin"):
        kind: Any = unit
        stamps = pa.array(TIMES[unit](seconds), pa.timestamp(kind, zone))
        assert numbers(found(columns | {"time": stamps}, place, stream=stream)) == expected


def test_labels_may_be_truth_values(place: Path) -> None:
    columns = table()
    for kind in (np.bool_, np.float64, np.int64):
        other = columns | {"label": columns["label"].astype(kind)}
        assert numbers(found(other, place)) == numbers(found(columns, place))


def test_replicates_may_follow_each_other_within_a_time(place: Path) -> None:
    columns = replicated(table(), 3)
    order = np.lexsort((columns["replicate"], columns["time"]))  # stable
    other = {name: values[order] for name, values in columns.items()}
    assert not np.array_equal(other["replicate"], columns["replicate"])
    assert numbers(found(other, place)) == numbers(found(columns, place))


def test_replicates_may_be_called_by_their_seeds(place: Path) -> None:
    columns = replicated(table(), 2)
    other = columns | {"replicate": columns["replicate"] * 1000 + 17}
    assert numbers(found(other, place)) == numbers(found(columns, place))


def test_one_replicate_holds_for_itself_alone(place: Path) -> None:
    summary = found(table(), place)
    assert summary["replicates"] == 1
    assert summary["scores"][0]["this_training_run_only"]
    assert summary["scores"][0]["standard_error_training"] is None
    (verdict,) = summary["verdicts"]
    assert (verdict["verdict"], verdict["reason"]) == ("inconclusive", "replicates")


def test_without_items_errors_know_users_only(place: Path) -> None:
    columns = table()
    with_items = found(columns, place)
    without = found({name: columns[name] for name in columns if name != "item"}, place)
    assert (with_items["clustered_by"], without["clustered_by"]) == ("users and items", "users")
    one, other = with_items["scores"][0], without["scores"][0]
    assert other["standard_error_items"] is None
    assert one["standard_error_items"] is not None
    assert one["standard_error_users"] == other["standard_error_users"]


def test_a_slice_is_what_its_events_alone_give(place: Path) -> None:
    columns = table()
    cold = np.arange(len(columns["label"])) % 3 == 0
    named = [
        None if one % 5 == 0 else ("cold" if is_cold else "warm")
        for one, is_cold in enumerate(cold)
    ]
    stream = {"window": {"count": 2}, "warmup": 0.0}
    summary = found(columns | {"slice": named}, place, stream=stream)
    half = len(cold) // 2
    for name in ("cold", "warm"):
        rows = np.array([one == name for one in named])
        aucs = [
            roc_auc_score(columns["label"][part], columns["clean"][part])
            for part in (
                rows & (np.arange(len(rows)) < half),
                rows & (np.arange(len(rows)) >= half),
            )
        ]
        sizes = [rows[:half].sum(), rows[half:].sum()]
        (ours,) = (one for one in summary["arms"] if (one["arm"], one["slice"]) == ("clean", name))
        assert ours["auc"]["value"] == pytest.approx(np.average(aucs, weights=sizes), abs=1e-12)
    whole = [one for one in summary["arms"] if one["slice"] == "all"]
    assert whole == found(columns, place, stream=stream)["arms"]


def test_columns_may_be_called_anything(place: Path) -> None:
    columns = table()
    called = {"user": "uid", "time": "ts", "label": "click", "item": "doc", "clean": "ctr.v1"}
    other = {called.get(name, name): values for name, values in columns.items()}
    other |= {"price": np.ones(len(columns["label"]))}
    names: dict[str, Any] = {role: called[role] for role in ("user", "time", "label", "item")}
    names |= {"arms": {"clean": "ctr.v1"}, "ignored": ["price"]}
    assert numbers(found(other, place, columns=names)) == numbers(found(columns, place))


@pytest.mark.parametrize("column", ["item", "slice", "replicate", "fold", "request"])
def test_a_column_of_that_name_may_be_left_out(column: str, place: Path) -> None:
    columns = {name: values for name, values in table().items() if name != "item"}
    other = columns | {column: np.arange(len(columns["label"])) % 2}
    left_out = found(other, place, columns={"ignored": [column]})
    assert numbers(left_out) == numbers(found(columns, place))


def test_a_clean_ranker_alone_is_measured(place: Path) -> None:
    columns = {name: values for name, values in table().items() if ":" not in name}
    summary = found(columns, place)
    assert summary["scores"] == summary["verdicts"] == []
    assert summary["arms"][0]["auc"]["low"] < summary["arms"][0]["auc"]["high"]


def test_a_folder_of_files_is_one_file(tmp_path: Path) -> None:
    columns = replicated(table(), 2)
    whole = found(columns, tmp_path)
    folder = tmp_path / "parts"
    folder.mkdir()
    # Neither at the end of an event nor of a window, and one without rows.
    for number, (start, end) in enumerate([(0, 31), (31, 31), (31, 200), (200, 240)]):
        part = {name: values[start:end] for name, values in columns.items()}
        write(part, folder / f"{number}.parquet")
    (folder / "_SUCCESS").touch()
    summary = score_file(folder, out=tmp_path / "other", stream=STREAM).summary
    assert numbers(dict(summary)) == numbers(whole)
    assert summary["dataset"]["rows"] == 240
