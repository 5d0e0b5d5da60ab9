"""``stream.first_windows`` plays the log as if it ended there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.data.preferences import PairTable, pairs_path, write_pairs
from lis_sim.data.representations import write_table
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.errors import ConfigError
from lis_sim.training.api import prepare
from lis_sim.training.live import prepare_live
from lis_sim.types import RepresentationTable
from tests.unit.training.cut_logs import other_after, physically_cut
from tests.unit.training.growing import live_config
from tests.unit.training.worlds import config, history, run

STREAM = {"window": {"events": 120}, "step_events": 60, "cold_support": 5, "warmup_windows": 2}
FIRST, ROWS = 4, 481  # so many windows, and their rows: the last of them ends in a tie
EARLY = STREAM | {"first_windows": FIRST}
KINDS: list[dict[str, Any]] = [
    {"name": "co_click", "settings": {"rank": 3, "extra": 3}},
    {
        "name": "dwelt",
        "settings": {"rank": 3, "behaviour": "dwell >= 20", "until": 0.7},
    },
    {"name": "sparse", "kind": "sparse_id"},
    {"name": "old", "kind": "table", "settings": {"tables": ["early", "late"]}},
    {"name": "paired", "kind": "pairs", "settings": {"pairs": "timed", "rank": 3}},
]
PLAYED: dict[str, Any] = {
    "replicates": 1,
    "preferences": KINDS,
    "representations": ["early", "content"],
    "drift": {"reference_windows": 4},
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Return a world half of whose items come late, with tables and pairs made before and after."""
    spec = SyntheticSpec(events=720, users=300, items=200, seed=3)
    world = write_synthetic(spec, tmp_path_factory.mktemp("first") / "world")
    _tie(world.path / "events" / world.record.files[0].name)
    rng = np.random.default_rng(0)
    items, span = world.schema.items, world.end_us - world.start_us
    for name, share in (("early", 0.1), ("late", 0.9)):
        vectors = rng.normal(size=(items, 4)).astype(np.float32)
        cut_us = world.start_us + int(share * span)
        table = RepresentationTable(name, np.arange(items, dtype=np.int32), vectors, cut_us)
        write_table(world.path / "representations" / f"{name}.parquet", table)
    ends = rng.integers(0, items, (2, 400), np.int32)
    time_us = np.sort(rng.integers(world.start_us, world.end_us, 400))
    user = rng.integers(-1, world.schema.users, 400, np.int32)
    pairs = PairTable("timed", ends[0], ends[1], rng.random(400), time_us, user)
    write_pairs(pairs_path(world.path, "timed"), pairs)
    return world


def _tie(path: Path) -> None:
    table = pq.read_table(path)
    time_us = table.column("time").to_numpy().copy()
    time_us[ROWS - 1] = time_us[ROWS - 2]
    place = table.schema.get_field_index("time")
    pq.write_table(table.set_column(place, "time", pa.array(time_us)), path)


@pytest.mark.parametrize("horizon", ["all", "12h"])
def test_the_first_windows_are_those_of_a_log_cut_there(
    log: Dataset, tmp_path: Path, horizon: str
) -> None:
    cut = physically_cut(log, tmp_path / "cut", ROWS)
    expected = run(cut, tmp_path / "expected", **PLAYED, stream=STREAM, horizon=horizon)
    found = run(log, tmp_path / "found", **PLAYED, stream=EARLY, horizon=horizon)
    assert list(found.records())[-1]["events_total"] == ROWS
    assert history(found) == history(expected)
    for name in ("events", "windows", "arms", "scores", "verdicts", "label_rate"):
        assert found.summary[name] == expected.summary[name], name


def test_what_comes_after_the_first_windows_changes_nothing(log: Dataset, tmp_path: Path) -> None:
    other = other_after(log, tmp_path / "other", ROWS)
    changes = PLAYED | {"policy": {"name": "popularity"}, "stream": EARLY}
    found = [run(one, tmp_path / one.path.name / "run", **changes) for one in (log, other)]
    assert history(found[0]) == history(found[1])


@pytest.mark.parametrize(
    "window", [{"events": 120}, {"count": 6}, {"duration": "2d"}, {"duration": "5h"}], ids=str
)
def test_windows_are_planned_over_the_whole_log_and_then_cut(
    log: Dataset, tmp_path: Path, window: dict[str, Any]
) -> None:
    stream = {"window": window, "warmup_windows": 1}
    whole = prepare(config(log, stream=stream))
    some = prepare(config(log, stream=stream | {"first_windows": 3}))
    assert some.plan.windows[:2] == whole.plan.windows[:2]
    last, same = some.plan.windows[2], whole.plan.windows[2]
    # When the next one begins was not known then.
    assert last == replace(same, end_us=some.dataset.end_us + 1)
    assert last.end_us <= same.end_us
    assert some.dataset.rows == last.end_row < log.rows
    assert some.dataset is some.plan.log
    assert some.folder.path != whole.folder.path


def test_all_windows_are_the_log_itself(log: Dataset) -> None:
    whole = prepare(config(log, stream=STREAM))
    count = len(whole.plan.windows)
    every = prepare(config(log, stream=STREAM | {"first_windows": count}))
    assert every.plan.windows == whole.plan.windows
    assert every.dataset == whole.dataset


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"first_windows": 7}, "first_windows is 7, but the log has 6 windows; accepted: 1 to 6"),
        ({"first_windows": 2}, "warmup_windows 2 of 2 windows leaves none to score"),
        ({"first_windows": 0}, "stream.first_windows is 0; accepted: greater than or equal to 1"),
        ({"first_windows": 2.5}, "stream.first_windows is 2.5; accepted: a whole number"),
    ],
)
def test_what_cannot_be_is_refused(log: Dataset, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        prepare(config(log, stream=STREAM | changes))


def test_a_table_that_is_newer_than_the_first_windows_cannot_be_scored(log: Dataset) -> None:
    with pytest.raises(ConfigError, match="no window of the log starts after that"):
        prepare(config(log, stream=EARLY, representations=["late"]))


def test_a_log_that_grows_has_no_first_windows(log: Dataset) -> None:
    with pytest.raises(ConfigError, match=r"first_windows is 4, an end, but a log that grows"):
        prepare_live(live_config(log, stream=EARLY))


def test_a_log_that_grows_is_not_copied(log: Dataset) -> None:
    data = {"source": str(log.path), "decoded": True}
    with pytest.raises(ConfigError, match=r"data.decoded is true, but monitor reads every event"):
        prepare_live(live_config(log, data=data))
