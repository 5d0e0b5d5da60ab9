"""Outcomes are read when they are asked for, by nobody but the door to the future."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lis_sim.data.blocks import concatenate
from lis_sim.data.dataset import Dataset
from lis_sim.data.future import FutureDoor
from lis_sim.errors import ConfigError, DataError
from lis_sim.preference import PreferenceSpec
from lis_sim.preference.behaviour import Behaviour
from lis_sim.preference.level import read_level
from lis_sim.preference.material import check_material
from tests.unit.preference.worlds import FIRST_US, random_log

ROOT = Path(__file__).resolve().parents[3]


def changed(dataset: Dataset, column: str, values: pa.Array[Any]) -> Dataset:
    """Replace a column of the events by ``values``."""
    [path] = (dataset.path / "events").glob("*.parquet")
    table = pq.read_table(path)
    pq.write_table(table.set_column(table.column_names.index(column), column, values), path)
    return dataset


@pytest.mark.parametrize("block_rows", [1, 7, 64, 1000])
def test_outcomes_come_with_their_events(block_rows: int) -> None:
    log = random_log(0)
    dataset = log.write()
    blocks = list(dataset.blocks(3, 100, block_rows, outcomes=["long", "seconds"]))
    whole = concatenate(blocks)
    assert list(whole.outcomes) == ["long", "seconds"]
    assert whole.outcomes["seconds"].dtype == np.float64
    assert whole.outcomes["seconds"].tolist() == log.seconds[3:100].tolist()
    assert whole.outcomes["long"].tolist() == (log.seconds[3:100] >= 30).tolist()
    assert whole.item.tolist() == log.item[3:100].tolist()


def test_nobody_is_given_outcomes_unasked() -> None:
    dataset = random_log(0).write()
    assert not next(dataset.blocks()).outcomes
    [stamped] = FutureDoor(dataset).read(0, FIRST_US + 10**6, FIRST_US)
    assert not stamped.block.outcomes


@pytest.mark.parametrize(
    ("value", "message"),
    [(None, "row 2 .*column 'seconds': None; accepted: a value in every row"),
     (float("nan"), "row 2 .*column 'seconds': nan; accepted: a finite number")],
)  # fmt: skip
def test_an_outcome_is_known_of_every_event(value: float | None, message: str) -> None:
    log = random_log(0)
    seconds = [*log.seconds[:2].tolist(), value, *log.seconds[3:].tolist()]
    dataset = changed(log.write(), "seconds", pa.array(seconds, pa.float64()))
    assert len(next(dataset.blocks())) == 180  # who does not ask is not stopped
    with pytest.raises(DataError, match=message):
        next(dataset.blocks(outcomes=["seconds"]))


@pytest.mark.parametrize("missing", [1, 3])
def test_missing_outcomes_are_noticed_before_anything_is_built(missing: int) -> None:
    log = random_log(0)
    seconds = [*log.seconds[missing:].tolist(), *[None] * missing]
    dataset = changed(log.write(), "seconds", pa.array(seconds, pa.float64()))
    check_material(PreferenceSpec("one", settings={"behaviour": "long"}), dataset)
    message = rf"rows 0 to 179, column 'seconds': {missing} values are missing; accepted: a value"
    with pytest.raises(DataError, match=message):
        check_material(PreferenceSpec("one", settings={"behaviour": "seconds > 3"}), dataset)


@pytest.mark.parametrize("stored", [pa.float32(), pa.float64()], ids=str)
@pytest.mark.parametrize(
    ("rule", "expected"),
    [("seconds >= 0.7", [0, 1, 1]), ("seconds > 0.7", [0, 0, 1]), ("seconds == 0.7", [0, 1, 0]),
     ("seconds != 0.7", [1, 0, 1]), ("seconds <= 0.7", [1, 1, 0]), ("seconds < 1e300", [1, 1, 1])],
)  # fmt: skip
def test_a_rule_holds_for_a_number_as_it_is_stored(
    rule: str, expected: list[int], stored: pa.DataType
) -> None:
    dataset = random_log(0).write()
    values = pa.array(np.resize([0.3, 0.7, 0.9], dataset.rows)).cast(stored)
    [block] = changed(dataset, "seconds", values).blocks(outcomes=["seconds"])
    assert Behaviour.parse(rule).engaged(block)[:3].tolist() == expected


def may_ask(call: ast.Call) -> bool:
    """Could this be a call of ``Dataset.blocks`` with outcomes?"""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "blocks":
        return False
    named = {keyword.arg for keyword in call.keywords}
    return len(call.args) > 3 or "outcomes" in named or None in named


def test_only_the_door_to_the_future_asks_for_outcomes() -> None:
    asking = []
    for folder in ("lis_sim", "envs", "policies"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and may_ask(node):
                    asking.append(path.relative_to(ROOT).as_posix())
    assert asking == ["lis_sim/data/future.py"]


def test_a_level_is_found_in_the_items_table_or_else_in_the_log() -> None:
    log = random_log(2)
    catalogue = read_level(FutureDoor(log.write()), "colour")
    dataset = log.write()
    pq.write_table(
        pa.table({"item": pa.array(range(9), pa.int32())}), dataset.path / "items.parquet"
    )
    found = read_level(FutureDoor(dataset), "colour")
    assert (catalogue.catalogue, found.catalogue) == (True, False)
    assert found.value.tolist() == catalogue.value.tolist() == [0, 1, 2] * 3
    with pytest.raises(DataError, match=r"the items of .* have no categorical column 'colour'"):
        dataset.item_values("colour")
    several = changed(dataset, "colour", pa.array(log.user % 3))
    with pytest.raises(ConfigError, match=r"item . has another value in row .* one value"):
        read_level(FutureDoor(several), "colour")


def test_an_items_table_that_does_not_fit_is_refused() -> None:
    dataset = random_log(2).write()
    path = dataset.path / "items.parquet"
    pq.write_table(pa.table({"colour": pa.array([0] * 4, pa.int32())}), path)
    with pytest.raises(DataError, match=r"items\.parquet has 4 rows, dataset\.json says 9"):
        dataset.item_values("colour")
    pq.write_table(pa.table({"colour": pa.array([3] * 9, pa.int32())}), path)
    with pytest.raises(DataError, match=r"row 0, column 'colour': 3; accepted: an index in \[0, 3"):
        dataset.item_values("colour")
