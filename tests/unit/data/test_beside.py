"""Outcomes and requests of rows that were played: read once, in pieces, missing values told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lis_sim.data import beside
from lis_sim.data.beside import ColumnsBeside, outcome_labels
from lis_sim.data.dataset import Dataset
from lis_sim.data.decode import decode_beside
from lis_sim.data.groups import RowGroup
from lis_sim.data.label_rule import LabelRule
from lis_sim.data.request_numbers import RequestNumbers
from lis_sim.errors import DataError
from tests.unit.training.requests_world import with_requests
from tests.unit.training.worlds import make_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("beside")
    return with_requests(make_world(folder / "plain"), folder / "world", row_group_rows=300)


def whole(world: Dataset, name: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    parts = sorted((world.path / "events").glob("*.parquet"))
    return np.concatenate([pq.read_table(part).column(name).to_numpy() for part in parts])


@pytest.mark.parametrize(("start", "end"), [(0, 1), (0, 2400), (299, 301), (1000, 1700)])
def test_pieces_are_the_rows_of_the_log(world: Dataset, start: int, end: int) -> None:
    found = ColumnsBeside(world, ["dwell"], request=True).of(start, end)
    dwell = whole(world, "dwell")[start:end]
    assert np.array_equal(found["dwell"], dwell, equal_nan=True)
    assert np.isnan(found["dwell"]).sum() == np.isnan(dwell).sum()
    assert found["request"].tolist() == whole(world, "request")[start:end].tolist()
    assert found["dwell"].dtype == np.float32


def test_forward_each_row_group_is_decoded_once(
    world: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = []

    def noted(group: RowGroup, names: Sequence[str]) -> Any:
        decoded.append(group.first_row)
        return decode_beside(group, names)

    monkeypatch.setattr(beside, "decode_beside", noted)
    columns = ColumnsBeside(world, ["dwell"])
    for start in range(0, 2400, 100):
        columns.of(start, start + 100)
    assert decoded == list(range(0, 2400, 300))


def test_columns_that_are_not_there_are_told(world: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no outcome column 'dwel'; did you mean 'dwell'"):
        ColumnsBeside(world, ["dwel"])
    plain = make_world(tmp_path / "plain")
    with pytest.raises(DataError, match="does not say which request an event is of"):
        ColumnsBeside(plain, [], request=True)


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("dwell", pa.array([float("inf")] * 2400, pa.float32()), "finite"),
        ("dwell", pa.array(["long"] * 2400), "a column of numbers"),
        ("request", pa.array([None] * 2400, pa.string()), "the id of a request in every row"),
    ],
)
def test_values_that_are_none_are_told(
    column: str, values: Any, message: str, world: Dataset, tmp_path: Path
) -> None:
    other = with_requests(make_world(tmp_path / "plain"), tmp_path / "world", {column: values})
    with pytest.raises(DataError, match=message):
        ColumnsBeside(other, ["dwell"], request=True).of(0, 10)


def test_an_outcome_without_a_rule_is_0_or_1() -> None:
    rule = LabelRule.parse("like")
    assert outcome_labels(rule, np.array([1.0, 0.0, np.nan]), 0).tolist() == [1, 0, -1]
    with pytest.raises(DataError, match=r"row 1,001 of the log, column 'like': 3\.0; .*like >= 1"):
        outcome_labels(rule, np.array([1.0, 3.0]), 1000)


def test_a_missing_outcome_holds_no_rule() -> None:
    found = outcome_labels(LabelRule.parse("dwell != 7"), np.array([7.0, np.nan, 1.0]), 0)
    assert found.tolist() == [0, -1, 1]


def test_requests_go_on_only_for_their_own_user() -> None:
    numbers = RequestNumbers()
    first = numbers.of(np.array([0, 0, 1], np.int32), np.array([10, 10, 11]))
    assert first.number.tolist() == [0, 0, 1]
    assert not first.continued.any()
    second = numbers.of(np.array([1, 0, 1], np.int32), np.array([10, 10, 12]))
    assert second.continued.tolist() == [False, True, False]
    third = numbers.of(np.array([0, 1], np.int32), np.array([10, 10]))
    assert third.continued.tolist() == [True, True]
    fourth = numbers.of(np.array([1], np.int32), np.array([12]))
    assert not fourth.continued.any()  # the window before the last is forgotten
