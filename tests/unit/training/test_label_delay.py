"""Labels that come later than their events: learned from then, judged with their window."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from lis_sim.data.dataset import Dataset
from lis_sim.preference import Builder
from lis_sim.training.api import execute, prepare
from lis_sim.training.late_labels import LateLabels
from lis_sim.training.loop import PrequentialLoop
from lis_sim.training.scored_events import ScoredEvents
from lis_sim.types import Float32, Int64
from policies.exchange import ALONE, Exchange
from tests.unit.policies.shards import on_shards
from tests.unit.training.test_resume import KilledError, end_at
from tests.unit.training.worlds import (
    WINDOWS,
    changed_record,
    config,
    history,
    plan_of,
    run,
)

HOUR_US = 3_600_000_000
STREAM = {"window": {"count": WINDOWS}, "step_events": 200, "cold_support": 5}
FORMS = ("residual", "joint")
IDS = {"name": "ids", "kind": "sparse_id", "settings": {"rank": 3, "passes": 2}}
BOTH = [{"name": "co_click", "settings": {"rank": 3, "extra": 3}}, IDS]


def late_world(
    world: Dataset, out: Path, longest_us: int, flip: tuple[int, int] | None = None
) -> Dataset:
    """Copy ``world`` with label times up to ``longest_us`` after the events.

    ``flip``: events from and before these times whose label is the other one.
    """
    late = changed_record(world, out, label_time=True)
    random = np.random.Generator(np.random.Philox(key=2))
    for path in sorted((out / "events").glob("*.parquet")):
        table = pq.read_table(path)
        time_us = np.asarray(table.column("time").cast(pa.int64()))
        known_us = time_us + random.integers(0, longest_us + 1, len(time_us))
        table = table.append_column("label_time", pa.array(known_us))
        if flip is not None:
            label = table.column("label").to_numpy().copy()
            other = (known_us >= flip[0]) & (time_us < flip[1])
            label[other] = 1 - label[other]
            at = table.column_names.index("label")
            table = table.set_column(at, "label", pa.array(label, table.field("label").type))
        pq.write_table(table, path)
    return late


class KeepingLoop(PrequentialLoop):
    """A loop that keeps the events of its windows."""

    def _judged(self, window: int, events: ScoredEvents) -> Any:
        judged = super()._judged(window, events)
        self.__dict__.setdefault("kept", []).append(judged[0])
        return judged


def scored(world: Dataset, windows: int, exchange: Exchange = ALONE, **changes: Any) -> Any:
    """Return the plan, and of the first windows their scored events and label counts."""
    plan = plan_of(world, **changes)
    loop = KeepingLoop(plan, plan.cells, exchange=exchange)
    builder = Builder(plan.builder, plan.log)
    loop.start(0)
    builder.start(0)
    records = [loop.run_window(k, builder.build(k)).labels for k in range(windows)]
    return plan, loop.__dict__["kept"], records


@pytest.mark.parametrize("form", FORMS)
def test_labels_at_once_are_no_delay(world: Dataset, tmp_path: Path, form: str) -> None:
    late = late_world(world, tmp_path / "late", 0)
    one = history(run(world, tmp_path / "one", form=form)).splitlines()
    other = history(run(late, tmp_path / "other", form=form)).splitlines()
    for a, b in zip(one, other, strict=True):
        record = json.loads(b)
        counts = record.pop("labels")
        assert json.dumps(record) == json.dumps(json.loads(a))
        assert counts["learned"] == record["events"]
        assert counts["expired"] == counts["waiting"] == 0


@pytest.mark.parametrize("form", FORMS)
def test_no_label_is_learned_from_before_it_is_known(
    world: Dataset, tmp_path: Path, form: str
) -> None:
    """Labels that are not known by window 3 are turned round: the same scores until then."""
    plan = plan_of(world)
    start_us = plan.windows[3].start_us
    longest = 2 * (plan.windows[1].start_us - plan.windows[0].start_us)
    one = late_world(world, tmp_path / "one", longest)
    other = late_world(world, tmp_path / "other", longest, (start_us, start_us))
    plan, true, _ = scored(one, 4, form=form)
    _, turned, _ = scored(other, 4, form=form)
    blind = [k for k, cell in enumerate(plan.cells) if cell.arm.kind in ("clean", "causal")]
    assert len(blind) == 4
    for window in range(3):
        a, b = true[window].logits[blind], turned[window].logits[blind]
        assert a.tobytes() == b.tobytes()
    flipped = np.concatenate([a.label != b.label for a, b in zip(true, turned, strict=True)])
    assert flipped.sum() > 100
    assert true[3].logits.tobytes() != turned[3].logits.tobytes()


@pytest.mark.parametrize("form", FORMS)
def test_a_delay_beyond_the_log_teaches_nothing(world: Dataset, form: str) -> None:
    plan = plan_of(world, stream={**STREAM, "label_delay": "900d"}, form=form, replicates=1)
    loop, untaught = (PrequentialLoop(plan, plan.cells) for _ in range(2))
    builder = Builder(plan.builder, plan.log)
    loop.start(0)
    builder.start(0)
    records = [loop.run_window(k, builder.build(k)).labels or {} for k in range(WINDOWS)]
    assert [record["learned"] for record in records] == [0] * WINDOWS
    assert [record["expired"] for record in records] == [0] * (WINDOWS - 1) + [world.rows]
    for one, other in zip(loop.recommenders, untaught.recommenders, strict=True):
        mine, fresh = one.state_dict(), other.state_dict()
        for key in mine.keys() & fresh.keys():
            shared = tuple(map(slice, np.minimum(mine[key].shape, fresh[key].shape)))
            assert mine[key][shared].tobytes() == fresh[key][shared].tobytes()


def test_every_event_is_judged_and_every_label_counted(world: Dataset, tmp_path: Path) -> None:
    stream = {**STREAM, "label_delay": "20h"}
    found = run(world, tmp_path / "late", stream=stream)
    plain = run(world, tmp_path / "plain")
    records = [json.loads(line) for line in history(found).splitlines()]
    for record, one in zip(records, history(plain).splitlines(), strict=True):
        assert record["positives"] == json.loads(one)["positives"]
        assert record["labels"]["final_us"] >= record["end_us"] - HOUR_US * 24 + 20 * HOUR_US - 1
    labels = [record["labels"] for record in records]
    assert sum(one["learned"] + one["expired"] for one in labels) == world.rows
    assert labels[0]["waiting"] > 0
    assert labels[-1]["waiting"] == 0
    assert labels[-1]["expired"] > 0
    assert all(one["expired"] == 0 for one in labels[:-1])
    assert found.summary["scores"] != plain.summary["scores"]


def test_labels_beyond_the_buffer_expire(world: Dataset, tmp_path: Path) -> None:
    stream = {**STREAM, "label_delay": "7d", "pending_events": 500}
    found = run(world, tmp_path / "late", stream=stream, arms=["clean"], preferences=[])
    labels = [json.loads(line)["labels"] for line in history(found).splitlines()]
    assert sum(one["expired"] for one in labels[:-1]) > 0
    assert max(one["waiting"] for one in labels) <= 500
    assert sum(one["learned"] + one["expired"] for one in labels) == world.rows


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("call", [2, 5])
def test_killed_and_started_again_it_gives_the_same_bytes(
    world: Dataset, tmp_path: Path, form: str, call: int
) -> None:
    late = late_world(world, tmp_path / "late", 30 * HOUR_US)
    training = {
        "engine": "local",
        "device": "cpu",
        "checkpoint_windows": 1,
        "checkpoint_share": 1.0,
    }
    one = config(late, form=form, preferences=BOTH, training=training, replicates=1)
    expected = history(execute(prepare(one, tmp_path / "whole")))
    with pytest.MonkeyPatch.context() as patch:
        end_at(patch, PrequentialLoop, "run_window", call)
        with pytest.raises(KilledError):
            execute(prepare(one, tmp_path / "killed"))
    assert history(execute(prepare(one, tmp_path / "killed"))) == expected


@pytest.mark.parametrize("form", FORMS)
def test_shards_learn_what_one_loop_does(world: Dataset, tmp_path: Path, form: str) -> None:
    late = late_world(world, tmp_path / "late", 30 * HOUR_US)
    few: dict[str, Any] = {"form": form, "replicates": 1, "arms": ["clean"], "preferences": []}
    _, whole, records = scored(late, WINDOWS, **few)
    parts = on_shards(2, lambda exchange: scored(late, WINDOWS, exchange, **few))
    for _, found, counted in parts:
        assert counted == records
        for one, other in zip(found, whole, strict=True):
            assert one.label.tobytes() == other.label.tobytes()
            assert np.abs(one.logits - other.logits).max() < 1e-3


def info_of(row: Int64, label_time_us: Int64) -> dict[str, Any]:
    """Return what a step says that reveals ``row`` (n,), in order of label time and row."""
    n = len(row)
    columns = {name: np.zeros((n, 1), np.int32) for name in ("categorical", "history")}
    return {
        "revealed": {
            **columns,
            "row": row,
            "user": row.astype(np.int32),
            "item": row.astype(np.int32),
            "numeric": np.zeros((n, 0), np.float32),
            "label_time_us": label_time_us,
            "label": (row % 2).astype(np.float32),
        },
        "timed_out": np.zeros(0, np.int64),
        "waiting": 0,
    }


@examples(max_examples=30)
@given(st.lists(st.integers(0, 9), max_size=40), st.integers(1, 9), st.integers(2, 3))
def test_batches_are_cut_alike_on_all_shards(times: list[int], step: int, of: int) -> None:
    known_us = np.array(times, np.int64)
    order = np.lexsort([np.arange(len(times)), known_us])

    def learned(exchange: Exchange) -> list[tuple[Int64, Float32, Int64 | None, int | None]]:
        own = order if exchange.shard.whole else order[order % of == exchange.shard.index]
        batches = LateLabels(step, exchange).learned(info_of(own, known_us[own]))
        return [(b.user.astype(np.int64), y, b.place, b.step_events) for b, y in batches]

    whole = learned(ALONE)
    assert [len(user) for user, *_ in whole[:-1]] == [step] * (len(whole) - 1)
    assert np.concatenate([[], *(user for user, *_ in whole)]).tolist() == order.tolist()
    for parts in zip(*on_shards(of, learned), whole, strict=True):
        *shards, (user, label, _, _) = parts
        joined = np.full(len(user), -1)
        for own, own_label, place, events in shards:
            assert place is not None
            assert events == len(user)
            joined[place] = own
            assert own_label.tolist() == label[place].tolist()
        assert joined.tolist() == user.tolist()
