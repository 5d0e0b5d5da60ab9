"""Windows partition the log and never split a tie; the future door reads exactly what it says."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.data.dataset import Dataset
from lis_sim.data.future import FutureDoor
from lis_sim.data.windows import WindowRule, plan_windows
from lis_sim.data.writer import GROUP_ROWS
from lis_sim.errors import ConfigError
from tests.unit.data.logs import columns_of, make_log

TIMES = st.lists(st.integers(0, 60), min_size=1, max_size=40).map(sorted)
RULES = st.one_of(
    st.integers(1, 50).map(lambda n: WindowRule(count=n)),
    st.integers(1, 50).map(lambda n: WindowRule(events=n)),
    st.integers(1, 70).map(lambda n: WindowRule(duration_us=n)),
)


@settings(max_examples=60)
@given(times=TIMES, rule=RULES, data=st.data())
def test_windows_partition_rows_and_times(
    times: list[int], rule: WindowRule, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = make_log(Path(folder) / "log", columns_of(times))
        windows = plan_windows(log, rule)
        check_partition(windows_of=log, times=times, rule=rule)
        door = FutureDoor(log)
        window = data.draw(st.sampled_from(windows))
        assert door.row_at(window.start_us) == window.start_row
        stamped = list(door.read(window.start_row, window.end_us, as_of_us=window.start_us))
        assert sum(len(s.block) for s in stamped) == window.events
        assert {s.horizon_us for s in stamped} == {window.end_us - window.start_us}
        assert {s.as_of_us for s in stamped} == {window.start_us}


def check_partition(windows_of: Dataset, times: list[int], rule: WindowRule) -> None:
    windows = plan_windows(windows_of, rule)
    assert [w.index for w in windows] == list(range(len(windows)))
    assert windows[0].start_row == 0
    assert windows[0].start_us == times[0]
    assert windows[-1].end_row == len(times)
    assert windows[-1].end_us == times[-1] + 1
    for before, after in itertools.pairwise(windows):
        assert before.end_row == after.start_row
        assert before.end_us <= after.start_us
    for window in windows:
        inside = times[window.start_row : window.end_row]
        assert inside  # no window is empty
        assert inside == [t for t in times if window.start_us <= t < window.end_us]
    if rule.duration_us is not None:
        assert all((w.start_us - times[0]) % rule.duration_us == 0 for w in windows)
    if rule.events is not None and len(set(times)) == len(times):
        assert [w.events for w in windows[:-1]] == [rule.events] * (len(windows) - 1)
    if rule.count is not None and len(set(times)) == len(times):
        assert len(windows) == min(rule.count, len(times))
        assert max(w.events for w in windows) - min(w.events for w in windows) <= 1


def test_a_tie_over_several_boundaries_swallows_them(tmp_path: Path) -> None:
    log = make_log(tmp_path / "log", columns_of([0, 5, 5, 5, 5, 5, 9]))
    windows = plan_windows(log, WindowRule(events=2))
    assert [(w.start_row, w.end_row) for w in windows] == [(0, 6), (6, 7)]


def test_grid_windows_without_events_are_skipped(tmp_path: Path) -> None:
    log = make_log(tmp_path / "log", columns_of([0, 1, 25, 31]))
    windows = plan_windows(log, WindowRule(duration_us=10))
    assert [(w.index, w.start_us, w.end_us, w.events) for w in windows] == [
        (0, 0, 10, 2),
        (1, 20, 30, 1),
        (2, 30, 32, 1),
    ]


def test_boundaries_and_rows_beyond_the_first_row_group(tmp_path: Path) -> None:
    # The tie runs over the edge of a row group, so the boundary is found in the next one.
    times = [*range(GROUP_ROWS - 2), *[GROUP_ROWS] * 10, *range(GROUP_ROWS + 1, GROUP_ROWS + 50)]
    log = make_log(tmp_path / "log", columns_of(times))
    windows = plan_windows(log, WindowRule(events=GROUP_ROWS - 1))
    assert [w.start_row for w in windows] == [0, GROUP_ROWS + 8]
    check_partition(log, times, WindowRule(events=GROUP_ROWS - 1))
    check_partition(log, times, WindowRule(duration_us=1_000))
    door = FutureDoor(log)
    assert door.row_at(GROUP_ROWS) == GROUP_ROWS - 2
    assert door.row_at(GROUP_ROWS + 1) == GROUP_ROWS + 8
    assert door.row_at(GROUP_ROWS + 50) == len(times)
    assert sum(len(s.block) for s in door.read(0, GROUP_ROWS + 1, as_of_us=10**9)) == GROUP_ROWS + 8


def test_a_past_read_has_no_horizon(tmp_path: Path) -> None:
    log = make_log(tmp_path / "log", columns_of(range(10)))
    [stamped] = FutureDoor(log).read(2, until_us=6, as_of_us=8)
    assert stamped.block.time_us.tolist() == [2, 3, 4, 5]
    assert stamped.horizon_us == 0
    assert list(FutureDoor(log).read(7, until_us=6, as_of_us=8)) == []


@pytest.mark.parametrize(
    ("settings_given", "message"),
    [
        ({}, "got nothing; accepted: exactly one of count, events, duration_us"),
        ({"count": 2, "duration_us": 5}, "got count, duration_us; accepted: exactly one"),
        ({"events": 0}, "windows.events is 0; accepted: 1 or more"),
        ({"duration_us": -3}, "windows.duration_us is -3; accepted: 1 or more"),
    ],
)
def test_a_rule_is_one_positive_number(settings_given: dict[str, int], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        WindowRule(**settings_given)
