"""Describe: the counts are those of plain Python, and a planted leak is found."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score

from lis_sim.data.blocks import concatenate
from lis_sim.data.describe import describe
from lis_sim.data.import_spec import Feature, RawTable
from lis_sim.data.importing import import_log
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.data.writer import DatasetWriter, describe_events
from tests.unit.data.logs import columns_of, csv_spec, make_log


def test_counts_are_those_of_the_log(tmp_path: Path) -> None:
    log = write_synthetic(SyntheticSpec(events=3_000, users=100, items=150), tmp_path / "world")
    block = concatenate(list(log.blocks()))
    found = describe(log)
    items = Counter(block.item.tolist())
    assert found.items_with_events == len(items)
    assert found.first_events_of_users == len(set(block.user.tolist())) / 3_000
    assert found.cold_item_events == sum(min(n, 10) for n in items.values()) / 3_000
    assert found.label_rate == pytest.approx(float(block.label.mean()))
    assert sum(day.events for day in found.label_rate_per_day) == 3_000
    assert [day.day for day in found.label_rate_per_day][:2] == ["2024-01-01", "2024-01-02"]
    first_day = block.label[block.time_us < 1_704_153_600_000_000]
    assert found.label_rate_per_day[0].label_rate == pytest.approx(float(first_day.mean()))
    assert found.representations == ("content", "image", "text")
    assert found.leaks == ()


def test_numbers_are_scored_as_scikit_learn_does(tmp_path: Path) -> None:
    columns = columns_of(range(400))
    rng = np.random.Generator(np.random.Philox(key=3))
    columns["price"] = np.round(-columns["label"] + rng.normal(size=400), 1).astype(np.float32)
    found = describe(make_log(tmp_path / "log", columns))
    [price] = [c for c in found.columns if c.column == "price"]
    oracle = float(roc_auc_score(columns["label"], columns["price"]))
    assert oracle < 0.5  # direction does not count
    assert price.auc == pytest.approx(1 - oracle, abs=1e-12)
    assert not price.leak


def test_a_planted_leak_is_found_and_an_outcome_is_not_one(tmp_path: Path) -> None:
    columns = columns_of(range(400))
    columns["price"] = columns["label"] + np.float32(0.001) * columns["price"]
    columns["paid"] = columns["label"] * 2.0
    columns["place"] = (columns["label"] + 2 * (columns["user"] % 2)).astype(np.int32)
    found = describe(make_log(tmp_path / "log", columns))
    assert [(c.column, c.role) for c in found.leaks] == [
        ("place", "categorical"),
        ("price", "numeric"),
    ]
    assert all(c.auc == 1.0 for c in found.columns)


def test_outcomes_that_are_no_numbers_are_not_scored(tmp_path: Path) -> None:
    columns: dict[str, Any] = {"user": ["u", "v"], "item": ["i", "j"], "label": [1, 0]}
    columns |= {"time": [1.7e9] * 2, "note": ["a", "b"], "all": [[1], [2]], "bytes": [b"a", b"b"]}
    columns |= {
        "when": [datetime(2024, 1, 1, tzinfo=UTC)] * 2,
        "what": [{"x": 1}] * 2,
        "day": [date.min] * 2,
    }
    columns |= {"sure": [True, False], "paid": [Decimal("1.50"), None], "clicks": [3, 4]}
    pq.write_table(pa.table(columns), tmp_path / "log.parquet")
    spec = replace(csv_spec(tmp_path, ""), log=RawTable(("log.parquet",), "parquet"))
    outcomes = tuple(columns)[4:]
    found = describe(import_log(replace(spec, outcomes=outcomes), tmp_path / "out"))
    assert [one.column for one in found.columns] == ["sure", "paid", "clicks"]


def test_a_category_of_rare_values_is_not_flattered(tmp_path: Path) -> None:
    rng = np.random.Generator(np.random.Philox(key=5))
    n = 2_000
    with DatasetWriter(tmp_path / "log") as writer:
        writer.events.append(
            pa.table(
                {
                    "user": pa.array(np.zeros(n, np.int32)),
                    "item": pa.array(np.zeros(n, np.int32)),
                    "time": pa.array(np.arange(n) + 1_700_000_000_000_000),
                    "label": pa.array((rng.random(n) < 0.5).astype(np.float32)),
                    "request": pa.array(np.arange(n, dtype=np.int32)),
                }
            )
        )
        writer.events.close()
        ids = {"user": pa.array([1]), "item": pa.array([1]), "request": pa.array(range(n))}
        out = writer.finish(describe_events(writer.events, "rare", ids, ["request"], []))
    [request] = describe(out).columns
    assert request.auc == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("role", ["categorical", "numeric", "outcomes"])
def test_columns_may_have_any_names(role: str, tmp_path: Path) -> None:
    names = ("day", "value", "rate", "v", "n", "p", "q", "scored")
    rng = np.random.Generator(np.random.Philox(key=7))
    values = {name: rng.integers(0, 4, size=200) for name in ("label", *names)}
    values["label"] %= 2
    events: dict[str, Any] = {
        "user": np.arange(200) % 7,
        "item": np.arange(200) % 9,
        "time": [1.7e9] * 200,
    }
    found = []
    for called in (names, [f"column {name}" for name in names]):
        columns = dict(zip(("label", *called), values.values(), strict=True))
        pq.write_table(pa.table({**events, **columns}), tmp_path / "log.parquet")
        spec = replace(csv_spec(tmp_path, ""), log=RawTable(("log.parquet",), "parquet"))
        given: Any = tuple(called) if role == "outcomes" else tuple(map(Feature, called))
        roles: dict[str, Any] = {role: given}
        found.append(describe(import_log(replace(spec, **roles), tmp_path / called[0])))
    plain, other = found
    assert [one.column for one in plain.columns] == list(names)
    assert [one.auc for one in plain.columns] == [one.auc for one in other.columns]
    assert plain.label_rate_per_day == other.label_rate_per_day
