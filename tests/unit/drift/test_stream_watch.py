"""Reading a log beside a run: the same entries however it was read, and what changed is seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.data.windows import WindowRule, plan_windows
from lis_sim.drift.measures_reference import Entry
from lis_sim.drift.settings import DriftSettings
from lis_sim.drift.stream import StreamWatch
from lis_sim.drift.stream_rows import StreamRows
from lis_sim.errors import DataError, RunError
from lis_sim.types import Window
from tests.unit.training.worlds import changed_world

WINDOWS, FIRST, REFERENCE = 20, 4, 6
CHANGED = 14  # from this window on, in `changed`
SETTINGS = DriftSettings(reference_windows=REFERENCE)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    spec = SyntheticSpec(events=6_000, users=120, items=80, seed=4)
    return write_synthetic(spec, tmp_path_factory.mktemp("logs") / "world")


@pytest.fixture(scope="module")
def windows(log: Dataset) -> tuple[Window, ...]:
    return plan_windows(log, WindowRule(count=WINDOWS))


@pytest.fixture(scope="module")
def changed(log: Dataset, windows: tuple[Window, ...]) -> Dataset:
    """Return the log with all traffic on one device from window 14 on."""

    def only_phones(columns: dict[str, Any]) -> None:
        columns["device"][windows[CHANGED].start_row :] = 0

    return changed_world(log, log.path.parent / "changed", only_phones)


def watch(log: Dataset, windows: tuple[Window, ...], seed: int = 0) -> StreamWatch:
    return StreamWatch(log, windows, SETTINGS, ["content"], first=FIRST, seed=seed)


def entries_of(one: StreamWatch, first: int = 0, end: int = WINDOWS) -> list[list[Entry]]:
    return [one.measure(window) for window in range(first, end)]


def test_there_is_no_value_until_the_reference_is_whole(
    log: Dataset, windows: tuple[Window, ...]
) -> None:
    found = entries_of(watch(log, windows))
    for window, entries in enumerate(found):
        defined = {one["value"] is not None for one in entries}
        assert defined == {window >= FIRST + REFERENCE}
    keys = [[(one["measure"], one["of"]) for one in entries] for entries in found]
    assert keys == [keys[0]] * WINDOWS
    assert json.loads(json.dumps(found)) == found


def test_a_resumed_watch_goes_on_with_the_same_entries(
    log: Dataset, windows: tuple[Window, ...]
) -> None:
    """Wherever it begins, also within the reference and after references begun anew."""
    whole = watch(log, windows)
    expected = []
    for window in range(WINDOWS):
        expected.append(whole.measure(window))
        if window == 11:
            whole.restart("items", 12)
    assert expected[18][0]["value"] is not None
    assert expected[17][0]["value"] is None
    assert expected[17][2]["value"] is not None
    for first in (7, 12, 14, 18):
        resumed = watch(log, windows)
        assert entries_of(resumed, first, 12) == expected[first:12]
        resumed.restart("items", 12)
        assert entries_of(resumed, max(first, 12)) == expected[max(first, 12) :]


def test_a_watch_can_be_asked_again(log: Dataset, windows: tuple[Window, ...]) -> None:
    one = watch(log, windows)
    late = one.measure(15)
    assert one.measure(12) == watch(log, windows).measure(12)
    assert one.measure(15) == late


def test_a_log_that_grew_is_measured_as_if_it_had_always_been_whole(
    log: Dataset, windows: tuple[Window, ...]
) -> None:
    known = watch(log, windows[:11])
    early = entries_of(known, end=11)
    known.extend(log, windows)
    assert early + entries_of(known, 11) == entries_of(watch(log, windows))
    with pytest.raises(RunError, match="has other windows than before"):
        known.extend(log, windows[1:])


def test_what_changed_in_the_log_is_above_its_threshold_from_then_on(
    log: Dataset, changed: Dataset, windows: tuple[Window, ...]
) -> None:
    found = entries_of(watch(changed, windows))
    for window, entries in enumerate(found):
        above = {one["of"] for one in entries if (one["value"] or 0.0) > one["threshold"]}
        assert above == ({"feature:device"} if window >= CHANGED else set())
    assert entries_of(watch(log, windows), end=CHANGED) == found[:CHANGED]


def test_the_future_is_not_read(
    log: Dataset, changed: Dataset, windows: tuple[Window, ...]
) -> None:
    assert entries_of(watch(log, windows), end=CHANGED) == entries_of(
        watch(changed, windows), end=CHANGED
    )


def test_new_is_counted_over_all_events(log: Dataset, windows: tuple[Window, ...]) -> None:
    found = entries_of(watch(log, windows))
    items = np.concatenate([block.item for block in log.blocks()])
    for window in range(FIRST + REFERENCE, WINDOWS):
        rows = slice(windows[window].start_row, windows[window].end_row)
        new = ~np.isin(items[rows], items[: windows[window].start_row])
        (entry,) = (one for one in found[window] if one["measure"] == "new_items")
        assert entry["value"] == new.mean()


def test_rows_come_once_and_in_order(log: Dataset, windows: tuple[Window, ...]) -> None:
    rows = StreamRows(log)
    whole = np.concatenate([block.item for block in log.blocks()])
    for window in (0, 1, 2, 9, 10, 4):
        spec = windows[window]
        found = np.concatenate([block.item for block in rows.of(spec)])
        np.testing.assert_array_equal(found, whole[spec.start_row : spec.end_row])
    rows.close()


def test_wrong_questions_are_refused(log: Dataset, windows: tuple[Window, ...]) -> None:
    one = watch(log, windows)
    with pytest.raises(RunError, match=r"window 20 was to be measured; accepted: 0 to 19"):
        one.measure(WINDOWS)
    with pytest.raises(RunError, match=r"'feature:devise' is not measured; accepted: items, users"):
        one.restart("feature:devise", 3)
    with pytest.raises(DataError, match="has no representation 'contend'; did you mean 'content'"):
        StreamWatch(log, windows, SETTINGS, ["contend"])


def test_samples_follow_the_seed(
    tmp_path: Path, log: Dataset, windows: tuple[Window, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lis_sim.drift.stream_sample.SAMPLE_EVENTS", 100)
    one, same, other = (watch(log, windows, seed).measure(12) for seed in (0, 0, 1))
    assert one == same
    assert one != other
    # What is new is counted over all events all the same.
    assert [e["value"] for e in one if e["measure"] == "new_items"] == [
        e["value"] for e in other if e["measure"] == "new_items"
    ]
