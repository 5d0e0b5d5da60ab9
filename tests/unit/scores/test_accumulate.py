"""The sums over windows: their formula, their order, their shards and their checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lis_sim.errors import ConfigError, LisSimError, RunError
from lis_sim.scores import Accumulator, auc, auc_influence, clustered_variance, score_cell
from lis_sim.scores.interval import Estimate

Stream = Callable[..., list[Any]]
ARMS = ["clean", "leaked:s", "placebo:s"]
LIS = {"leaked:s": 1.0, "clean": -1.0}


def fill(accumulator: Accumulator, windows: list[Any], first: int = 0) -> Accumulator:
    for index, window in enumerate(windows, start=first):
        accumulator.add(index, window.cells())
    return accumulator


def same_bytes(first: Accumulator, second: Accumulator) -> bool:
    a, b = first.state_dict(), second.state_dict()
    return a.keys() == b.keys() and all(a[k].tobytes() == b[k].tobytes() for k in a)


def numbers(estimate: Estimate) -> list[float | None]:
    return [estimate.value, estimate.low, estimate.high, estimate.standard_error]


def test_the_estimate_follows_its_definition(stream: Stream) -> None:
    windows = stream(ARMS, replicates=3)
    accumulator = fill(Accumulator(ARMS, 3, ["cold"]), windows)
    for name in ("all", "cold"):
        weight, value, users, events = 0, np.zeros(3), np.zeros(30), np.zeros(30)
        present: set[int] = set()
        for window in windows:
            mask = window.slices.get(name, np.ones(len(window.label), bool))
            label, user, own = window.label[mask], window.user[mask], mask.sum()
            weight += own
            present |= set(user.tolist())
            events += np.bincount(user, minlength=30)
            for r in range(3):
                for arm, sign in LIS.items():
                    found, who, influence = auc_influence(window.logits[arm, r][mask], label, user)
                    assert found.value is not None
                    value[r] += sign * own * found.value
                    users[who] += sign * own * influence / 3
        # A user's influence on what the others make of it: without its share of the events.
        value, users = value / weight, users / weight / (1 - events / weight)
        result = accumulator.estimate(LIS, name)
        variance = clustered_variance(users, len(present))
        assert variance is not None
        assert result.value == pytest.approx(value.mean(), abs=1e-14)
        assert result.standard_error_users == pytest.approx(np.sqrt(variance))
        assert result.standard_error_training == pytest.approx(value.std(ddof=1) / np.sqrt(3))
        assert result.standard_error_items is not None
        items = result.standard_error_items**2
        assert result.standard_error == pytest.approx(
            np.sqrt(variance + items + value.var(ddof=1) / 3)
        )
        assert (result.users, result.windows, result.replicates) == (len(present), 4, 3)
        assert result.positives + result.negatives == weight


def test_the_other_measures_follow_their_definition(stream: Stream) -> None:
    windows = stream(ARMS, replicates=2)
    accumulator = fill(Accumulator(ARMS, 2), windows)
    cells = [[w.cells()["clean", r].slices["all"] for w in windows] for r in range(2)]
    label = np.concatenate([w.label for w in windows])

    def mean(part: Callable[[Any], float], whole: Callable[[Any], float]) -> float:
        return float(np.mean([sum(map(part, own)) / sum(map(whole, own)) for own in cells]))

    assert accumulator.gauc("clean") == pytest.approx(
        mean(lambda c: c.gauc_sum, lambda c: c.gauc_weight)
    )
    assert accumulator.log_loss("clean") == pytest.approx(
        mean(lambda c: c.log_loss_sum, lambda c: c.events)
    )
    assert accumulator.calibration("clean") == pytest.approx(
        mean(lambda c: c.predicted_sum, lambda c: c.positives)
    )
    pooled = [auc(np.concatenate([w.logits["clean", r] for w in windows]), label) for r in range(2)]
    assert accumulator.auc_pooled("clean") == pytest.approx(
        np.mean([p.value for p in pooled]), abs=1e-3
    )


def test_equal_arms_differ_by_exactly_zero(stream: Stream) -> None:
    windows = stream(ARMS, replicates=3)
    for window in windows:
        for r in range(3):
            window.logits["leaked:s", r] = window.logits["clean", r].copy()
    result = fill(Accumulator(ARMS, 3), windows).estimate(LIS)
    assert numbers(result) == [0.0, 0.0, 0.0, 0.0]
    assert (result.standard_error_users, result.standard_error_training) == (0.0, 0.0)


def test_windows_with_one_class_are_skipped_and_counted(stream: Stream) -> None:
    windows = stream(ARMS, windows=4)
    expected = fill(Accumulator(ARMS, 1), windows[:3]).estimate(LIS)
    windows[3] = replace(windows[3], label=np.ones(120, np.float32))
    accumulator = fill(Accumulator(ARMS, 1), windows)
    result = accumulator.estimate(LIS)
    assert numbers(result) == numbers(expected)
    assert (result.windows, result.windows_undefined) == (3, 1)
    losses = [w.cells()["clean", 0].slices["all"].log_loss_sum for w in windows]
    assert accumulator.log_loss("clean") == pytest.approx(sum(losses) / 480)


def test_without_a_defined_window_everything_is_none(stream: Stream) -> None:
    window = replace(stream(ARMS)[0], label=np.zeros(120, np.float32))
    accumulator = fill(Accumulator(ARMS, 1, ["cold"]), [window])
    for name in ("all", "cold"):
        result = accumulator.estimate(LIS, name)
        assert numbers(result) == [None] * 4
        assert (result.users, result.windows, result.windows_undefined) == (0, 0, 1)
    assert accumulator.calibration("clean") is None
    assert accumulator.gauc("clean") is None
    assert accumulator.auc_pooled("clean") is None
    assert Accumulator(ARMS, 1).log_loss("clean") is None


def test_the_order_in_which_cells_arrive_changes_no_bit(stream: Stream) -> None:
    windows = stream(ARMS, replicates=3)
    backwards = Accumulator(ARMS, 3)
    for index, window in enumerate(windows):
        backwards.add(index, dict(reversed(window.cells().items())))
    assert same_bytes(backwards, fill(Accumulator(ARMS, 3), windows))


def test_merged_windows_equal_the_whole(stream: Stream) -> None:
    windows = stream(ARMS, replicates=2)
    whole = fill(Accumulator(ARMS, 2, ["cold"]), windows)
    early = fill(Accumulator(ARMS, 2, ["cold"]), windows[:2])
    late = fill(Accumulator(ARMS, 2, ["cold"]), windows[2:], first=2)
    for merged, other in ((early, late), (late, fill(Accumulator(ARMS, 2, ["cold"]), windows[:2]))):
        merged.merge(other)
        assert merged.windows == whole.windows
        assert merged.counts() == whole.counts()
        for name in ("all", "cold"):
            assert numbers(merged.estimate(LIS, name)) == pytest.approx(
                numbers(whole.estimate(LIS, name)), rel=1e-12
            )


def test_merged_arms_are_the_whole_to_the_last_bit(stream: Stream) -> None:
    windows = stream(ARMS, replicates=2)
    whole = fill(Accumulator(ARMS, 2, ["cold"]), windows)
    shard = fill(Accumulator(ARMS[:1], 2, ["cold"]), windows)
    shard.merge(fill(Accumulator(ARMS[1:], 2, ["cold"]), windows))
    assert shard.arms == whole.arms
    assert same_bytes(shard, whole)
    assert shard.estimate(LIS, "cold") == whole.estimate(LIS, "cold")


def test_shards_that_do_not_fit_are_refused(stream: Stream) -> None:
    windows, others = stream(ARMS), stream(ARMS, key=1)
    shard = fill(Accumulator(ARMS, 1), windows)
    for other in (shard, Accumulator(ARMS, 2), fill(Accumulator(ARMS[1:], 1), windows)):
        with pytest.raises(RunError, match="cannot merge arms"):
            shard.merge(other)
    with pytest.raises(RunError, match="other labels"):
        fill(Accumulator(ARMS[:1], 1), windows).merge(fill(Accumulator(ARMS[1:], 1), others))


def test_stop_restore_continue_equals_never_stopping(stream: Stream) -> None:
    windows = stream(ARMS, replicates=2)
    whole = fill(Accumulator(ARMS, 2, ["cold"]), windows)
    stopped = fill(Accumulator(ARMS, 2, ["cold"]), windows[:2])
    state = stopped.state_dict()
    assert all(array.dtype.kind in "bif" for array in state.values())
    resumed = Accumulator(ARMS, 2, ["cold"])
    resumed.load_state_dict(state)
    assert same_bytes(resumed, stopped)
    fill(resumed, windows[2:], first=2)
    assert same_bytes(resumed, whole)
    fill(stopped, windows[2:], first=2)
    assert same_bytes(stopped, whole), "a state is a copy: the run goes on beside it"
    assert state["windows"].tolist() == [0, 1]


def test_a_state_of_another_run_is_refused(stream: Stream) -> None:
    state = fill(Accumulator(ARMS, 2), stream(ARMS, replicates=2)).state_dict()
    with pytest.raises(
        RunError,
        match=r"'auc_sum' is float64 of shape \(3, 2\); accepted: float64 of shape \(3, 3\)",
    ):
        Accumulator(ARMS, 3).load_state_dict(state)
    with pytest.raises(RunError, match="no slice 'cold'"):
        Accumulator(ARMS, 2, ["cold"]).load_state_dict(state)


def test_memory_does_not_grow_with_the_windows(stream: Stream) -> None:
    def size(windows: int) -> int:
        # The list of window numbers is all that grows.
        state = fill(Accumulator(ARMS, 1), stream(ARMS, windows=windows)).state_dict()
        return sum(v.nbytes for k, v in state.items() if k != "windows")

    assert size(4) == size(12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda cells, w: cells.pop(("placebo:s", 0)), r"lacks slice 'all' of arm 'placebo:s'"),
        (
            lambda cells, w: cells.update(
                {("leaked:s", 0): score_cell(np.zeros(120), 1 - w.label, w.user)}
            ),
            r"arm 'leaked:s' of replicate 0 scored \d+ positives",
        ),
        (
            lambda cells, w: cells.update(
                {("leaked:s", 0): score_cell(np.zeros(120), w.label, w.user + 1)}
            ),
            r"or other users or items; accepted are the same events",
        ),
    ],
)
def test_cells_that_do_not_fit_are_refused(
    stream: Stream, change: Callable[[dict[Any, Any], Any], object], message: str
) -> None:
    window = stream(ARMS)[0]
    cells = window.cells()
    change(cells, window)
    accumulator = Accumulator(ARMS, 1)
    with pytest.raises(RunError, match=message):
        accumulator.add(0, cells)
    assert accumulator.windows == [], "nothing of a refused window is kept"
    assert accumulator.counts().windows == 0


def test_a_window_counts_once(stream: Stream) -> None:
    window = stream(ARMS)[0]
    accumulator = Accumulator(ARMS, 1)
    accumulator.add(5, window.cells())
    for repeated in (5, 4):
        with pytest.raises(RunError, match=f"window {repeated} arrived after window 5"):
            accumulator.add(repeated, window.cells())


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda a: a.estimate({"laeked:s": 1.0}),
            ConfigError,
            r"unknown arm 'laeked:s'.*did you mean 'leaked:s'",
        ),
        (lambda a: a.estimate(LIS, "cool"), ConfigError, r"unknown slice 'cool'.*'cold'"),
        (lambda a: Accumulator(ARMS, 0), ConfigError, r"at least one replicate"),
        (lambda a: Accumulator(["clean", "clean"], 1), ConfigError, r"each named once"),
    ],
)
def test_wrong_names(
    call: Callable[[Accumulator], object], error: type[LisSimError], message: str
) -> None:
    with pytest.raises(error, match=message):
        call(Accumulator(ARMS, 1, ["cold"]))
