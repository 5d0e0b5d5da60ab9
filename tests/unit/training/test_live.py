"""A log that arrives in pieces gives what a run of the whole of it gives."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.data.growing import GrowingLog
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.errors import ConfigError, DataError, RunError
from lis_sim.preference import Horizon
from lis_sim.training import committer
from lis_sim.training.api import claimed, prepare
from lis_sim.training.checkpoints.checkpoints import Checkpoints
from lis_sim.training.live import LiveRun, due_windows, follow, prepare_live
from lis_sim.training.loop import PrequentialLoop
from lis_sim.types import Window
from tests.unit.training.growing import (
    add,
    arriving,
    begun,
    events_of,
    lines,
    live_config,
    one_start_per_part,
    watch,
)
from tests.unit.training.test_resume import KilledError, end_at
from tests.unit.training.worlds import changed_record, config, run

STREAM = {"window": {"events": 120}, "step_events": 50, "cold_support": 5, "warmup_windows": 2}
SMALL: dict[str, Any] = {
    "stream": STREAM,
    "horizon": "12h",
    "replicates": 1,
    "arms": ["clean", "leaked_crossfit:co_click", "placebo:co_click", "aligned:content"],
    "representations": ["content"],
    "drift": {"reference_windows": 4},
}
FAST = SMALL | {"policy": {"name": "popularity"}}
FIRST, CUTS = 300, [420, 421, 900, 1333]


@pytest.fixture(scope="module")
def growing_world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Return a world with a table of its early items alone; most users and items come later."""
    spec = SyntheticSpec(events=1600, users=300, items=200, seed=3)
    world = write_synthetic(spec, tmp_path_factory.mktemp("growing") / "world")
    path = world.path / "representations" / "content.parquet"
    table = pq.read_table(path)
    pq.write_table(table.filter(pa.array(table.column("item").to_numpy() < 30)), path)
    return world


@pytest.fixture(scope="module")
def whole(growing_world: Dataset, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Return the records of a run over the whole log."""
    return lines(run(growing_world, tmp_path_factory.mktemp("whole") / "run", **SMALL).folder)


def played(prepared: Any, parts: list[Any], log: Dataset) -> list[int]:
    """Let all parts arrive while one live run goes on; return what every look brought."""
    with claimed(prepared):
        live = LiveRun(prepared)
        live.start()
        found = [live.look()]
        for number, part in enumerate(parts):
            add(log, part, f"later-{number}.parquet")
            found.append(live.look())
        return [*found, live.look()]


def test_a_live_run_commits_what_a_run_of_the_whole_log_does(
    growing_world: Dataset, whole: list[bytes], tmp_path: Path
) -> None:
    log = begun(growing_world, tmp_path / "log", FIRST)
    assert log.schema.items < growing_world.schema.items / 2
    assert log.schema.users < growing_world.schema.users
    prepared = prepare_live(live_config(log, **SMALL), tmp_path / "run")
    brought = played(prepared, arriving(growing_world, log, CUTS), log)
    assert brought[-1] == 0
    assert sum(count > 0 for count in brought) > 2
    found = lines(tmp_path / "run")
    assert len(found) == sum(brought) >= len(whole) - 2
    assert found == whole[: len(found)]


def test_a_start_per_part_commits_the_same(
    growing_world: Dataset, whole: list[bytes], tmp_path: Path
) -> None:
    log = begun(growing_world, tmp_path / "log", FIRST)
    parts = arriving(growing_world, log, CUTS)
    found = one_start_per_part(growing_world, log, parts, tmp_path / "run", **SMALL)
    assert found == whole[: len(found)]
    assert len(found) >= len(whole) - 2


@pytest.mark.parametrize(
    ("owner", "name", "call"),
    [(committer, "append_line", 6), (Checkpoints, "complete", 2)],
    ids=["timings", "manifest"],
)
def test_a_killed_live_run_goes_on_to_the_same_bytes(
    growing_world: Dataset, whole: list[bytes], tmp_path: Path, owner: Any, name: str, call: int
) -> None:
    log = begun(growing_world, tmp_path / "log", 900)
    with pytest.MonkeyPatch.context() as patch:
        end_at(patch, owner, name, call)
        with pytest.raises(KilledError):
            watch(prepare_live(live_config(log, **SMALL), tmp_path / "run"))
    add(log, arriving(growing_world, log, [])[0], "later.parquet")
    watch(prepare_live(live_config(log, **SMALL), tmp_path / "run"))
    found = lines(tmp_path / "run")
    assert found == whole[: len(found)]
    assert len(found) >= len(whole) - 2


def test_nothing_is_published_before_the_horizon_has_passed(
    growing_world: Dataset, tmp_path: Path
) -> None:
    log = begun(growing_world, tmp_path / "log", 500)
    one = live_config(log, **FAST | {"horizon": "3d"})
    prepared = prepare_live(one, tmp_path / "run")
    windows, ahead_us = prepared.plan.windows, 3 * 24 * 3_600_000_000
    committed = watch(prepared)
    assert 0 < committed < len(windows) - 1
    assert windows[committed - 1].end_us + ahead_us <= log.end_us
    assert windows[committed].end_us + ahead_us > log.end_us


def test_nothing_is_published_before_its_labels_are_known(
    growing_world: Dataset, tmp_path: Path
) -> None:
    changes = SMALL | {"stream": STREAM | {"label_delay": "30h"}}
    whole = lines(run(growing_world, tmp_path / "whole", **changes).folder)
    log = begun(growing_world, tmp_path / "log", FIRST)
    prepared = prepare_live(live_config(log, **changes), tmp_path / "run")
    committed = watch(prepared)
    windows, ahead_us = prepared.plan.windows, (12 + 30) * 3_600_000_000
    assert windows[committed].end_us + ahead_us > log.end_us
    played(prepared, arriving(growing_world, log, CUTS), log)
    found = lines(tmp_path / "run")
    assert found == whole[: len(found)]
    assert len(found) > committed + 5


def test_a_log_with_label_times_is_not_followed(growing_world: Dataset, tmp_path: Path) -> None:
    late = changed_record(growing_world, tmp_path / "late", label_time=True)
    with pytest.raises(ConfigError, match=r"label_time column; .* give stream\.label_delay"):
        prepare_live(live_config(late, **FAST), tmp_path / "run")


def test_the_last_window_is_never_due() -> None:
    windows = [Window(0, 0, 5, 0, 10)]
    assert due_windows(windows, 9, Horizon(0)) == 0
    assert due_windows([], 0, Horizon(0)) == 0


def test_a_table_waits_for_a_window_after_its_cut(growing_world: Dataset, tmp_path: Path) -> None:
    log = begun(growing_world, tmp_path / "log", FIRST)
    path = log.path / "representations" / "content.parquet"
    table = pq.read_table(path)
    cut = {b"trained_until_us": str(growing_world.end_us // 2 + log.start_us // 2).encode()}
    pq.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), **cut}), path)
    cut_us = Dataset.open(log.path).representation("content").trained_until_us
    assert cut_us is not None
    assert cut_us > log.end_us
    one = live_config(log, **FAST)
    assert watch(prepare_live(one, tmp_path / "run")) == 0
    said = json.loads((tmp_path / "run" / "live.json").read_text())
    assert said["waiting_for"] == [{"representation": "content", "trained_until_us": cut_us}]
    add(log, arriving(growing_world, log, [])[0], "later.parquet")
    assert watch(prepare_live(one, tmp_path / "run")) > 2
    assert json.loads((tmp_path / "run" / "live.json").read_text())["waiting_for"] == []


def test_the_newest_time_costs_no_dataset(growing_world: Dataset, tmp_path: Path) -> None:
    log = begun(growing_world, tmp_path / "log", FIRST)
    prepared = prepare_live(live_config(log, **FAST), tmp_path / "run")
    with claimed(prepared), pytest.MonkeyPatch.context() as patch:
        live = LiveRun(prepared)
        patch.delattr(GrowingLog, "dataset")
        assert live.newest_us == log.end_us


def test_a_late_part_ends_it_and_nothing_is_lost(growing_world: Dataset, tmp_path: Path) -> None:
    log = begun(growing_world, tmp_path / "log", 400)
    prepared = prepare_live(live_config(log, **FAST), tmp_path / "run")
    before = watch(prepared)
    late = add(log, events_of(growing_world).slice(200, 50), "a.parquet")
    add(log, arriving(growing_world, log, [700])[0], "b.parquet")
    with pytest.raises(DataError, match=r"a\.parquet, row 0 .* s late: a log that is followed"):
        watch(prepared)
    late.unlink()
    assert watch(prepared) > before


def test_a_stop_ends_it_after_the_window_in_progress(
    growing_world: Dataset, whole: list[bytes], tmp_path: Path
) -> None:
    log = begun(growing_world, tmp_path / "log", 1500)
    prepared = prepare_live(live_config(log, **SMALL), tmp_path / "run")
    stop = threading.Event()
    with claimed(prepared), pytest.MonkeyPatch.context() as patch:
        true = PrequentialLoop.run_window

        def stopping(loop: PrequentialLoop, window: int, shown: Any) -> Any:
            if window == 2:
                stop.set()
            return true(loop, window, shown)

        patch.setattr(PrequentialLoop, "run_window", stopping)
        live = LiveRun(prepared)
        live.start()
        told: list[int] = []
        follow(live, stop, False, told.append)
        assert told == [3]
    assert lines(tmp_path / "run") == whole[:3]
    assert prepared.folder.checkpoints.newest() == 3


def test_a_live_folder_is_its_own(growing_world: Dataset, tmp_path: Path) -> None:
    log = begun(growing_world, tmp_path / "log", 600)
    live = prepare_live(live_config(log, **FAST))
    still = prepare(config(log, **FAST))
    assert live.folder.path != still.folder.path
    add(log, arriving(growing_world, log, [])[0], "later.parquet")
    assert prepare_live(live_config(log, **FAST)).folder.path == live.folder.path
    assert prepare_live(live_config(log, **FAST, seed=1)).folder.path != live.folder.path
    watch(prepare_live(live_config(log, **FAST), tmp_path / "run"))
    with (
        pytest.raises(RunError, match=r"holds another run \(other .*live"),
        claimed(prepare(config(log, **FAST), tmp_path / "run")),
    ):
        pass


def test_a_restart_begins_again_with_the_log_as_it_is(
    growing_world: Dataset, tmp_path: Path
) -> None:
    log = begun(growing_world, tmp_path / "log", 400)
    prepared = prepare_live(live_config(log, **FAST), tmp_path / "run")
    watch(prepared)
    before = lines(tmp_path / "run")
    with claimed(prepared, restart=True):
        assert not (tmp_path / "run" / "log.jsonl").exists()
        live = LiveRun(prepared)
        live.start()
        assert live.look() == len(before) > 0
    assert lines(tmp_path / "run") == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"horizon": "all"}, "horizon is 'all', but a log that grows has no end; accepted: 0"),
        ({"stream": {"warmup_windows": 1}}, "window.count is 20, but nobody knows how long"),
        ({"stream": {"window": {"events": 9}}}, "warmup is 0.25, a share of a log whose length"),
        ({"content": "content"}, "content is 'content'; accepted with monitor: no content"),
        ({"training": {"engine": "ray"}}, "engine is 'ray'; monitor runs in one process"),
        ({"data": {"synthetic": {}}}, "monitor follows a dataset folder, and data names none"),
        (
            {"preferences": [{"name": "co_click", "kind": "sparse_id"}]},
            "has kind 'sparse_id', which is made for a log at rest; accepted with monitor: co_cl",
        ),
        (
            {"preferences": [{"name": "co_click", "settings": {"level": "category"}}]},
            "has level 'category', whose values are read for all items at once",
        ),
        (
            {"preferences": [{"name": "co_click", "settings": {"until": 0.5}}]},
            "has until 0.5, a share of a log whose length nobody knows",
        ),
        (
            {"preferences": [{"name": "co_click", "settings": {"distil": "content"}}]},
            "is distilled through content, which items still to come do not have",
        ),
    ],
)
def test_what_needs_the_end_of_the_log_is_refused(
    growing_world: Dataset, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        prepare_live(live_config(growing_world, **changes))
