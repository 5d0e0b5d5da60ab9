"""One series: no alarm without a change, one soon after it, and a new reference then."""

from __future__ import annotations

import numpy as np
import pytest

from lis_sim.drift.reference import Point, Reference
from lis_sim.drift.series import KEPT, SeriesWatch
from lis_sim.drift.settings import DriftSettings
from lis_sim.types import Float64
from tests.unit.drift.streams import HOUR_US, events, noise, points, watched

LENGTH = DriftSettings().reference_windows


def stepped(at: int, size: float, windows: int = 60, seed: int = 3) -> Float64:
    values = 0.03 + noise(seed, windows)
    values[at:] += size
    return values


def test_z_is_what_its_definition_says() -> None:
    own = points(stepped(99, 0.0))
    seen = watched(own)
    reference = Reference.of(own[:LENGTH])
    assert {one.reference for one in seen[:LENGTH]} == {None}
    for point, one in zip(own[LENGTH:], seen[LENGTH:], strict=True):
        assert one.reference == reference
        assert point.value is not None
        spread = np.hypot(0.01, reference.standard_error)
        assert one.z == pytest.approx((point.value - reference.value) / spread)


@pytest.mark.parametrize("detector", ["page_hinkley", "adwin"])
@pytest.mark.parametrize("size", [-0.05, 0.05])
def test_each_detector_sees_a_step_and_since_when(detector: str, size: float) -> None:
    seen = watched(points(stepped(30, size)), DriftSettings(detectors=(detector,)))
    (first,) = events(seen)[:1]
    shift = seen[first].shift
    assert shift is not None
    assert 31 <= first < 40  # persistence 2: not with the first window of the step
    assert (shift.detector, shift.since_window, shift.since_us) == (detector, 30, 30 * HOUR_US)
    assert shift.change == pytest.approx(size, abs=4 * shift.standard_error)
    assert shift.change == shift.value - shift.reference


def test_the_reference_is_taken_anew_after_an_event() -> None:
    own = points(stepped(30, -0.05))
    seen = watched(own)
    (first,) = events(seen)
    taken = seen[first + 1 : first + 1 + LENGTH]
    assert {(one.reference, one.z) for one in taken} == {(None, None)}
    after = seen[first + 1 + LENGTH].reference
    assert after == Reference.of(own[first + 1 : first + 1 + LENGTH])


def test_two_changes_are_two_events() -> None:
    values = stepped(30, -0.06, windows=90)
    values[60:] += 0.06
    seen = watched(points(values))
    changes = [seen[k].shift for k in events(seen)]
    assert [shift.since_window for shift in changes if shift] == [30, 60]
    assert [shift.change > 0 for shift in changes if shift] == [False, True]


def test_nothing_else_is_said_within_the_cooldown() -> None:
    values = stepped(30, -0.06, windows=90)
    values[48:] += 0.06
    short, long = (
        events(watched(points(values), DriftSettings(cooldown=cooldown))) for cooldown in (0, 30)
    )
    assert len(short) == len(long) == 2
    assert short[1] < short[0] + 30 < long[1] == long[0] + 31


@pytest.mark.parametrize("seed", range(8))
def test_null_streams_of_200_windows_are_quiet(seed: int) -> None:
    error = 0.01 * 10 ** np.random.default_rng(seed).uniform(-0.25, 0.25, 200)
    assert events(watched(points(0.03 + noise(seed, 200) * error / 0.01, error))) == []


def test_a_ranker_that_goes_on_learning_is_no_drift() -> None:
    """One standard error of a window over 200 of them."""
    trend = np.linspace(0.0, -0.01, 200)
    assert events(watched(points(0.03 + trend + noise(1, 200)))) == []


def test_one_odd_window_is_no_event() -> None:
    values = stepped(99, 0.0)
    values[30] -= 0.3
    assert events(watched(points(values))) == []


def test_a_change_too_small_to_matter_is_no_event() -> None:
    own = points(stepped(30, -0.05))
    assert events(watched(own, smallest=0.04)) != []
    assert events(watched(own, smallest=0.2)) == []
    large_log = points(0.3 + (stepped(30, -0.05) - 0.03) / 100, 0.0001)  # a rate of 0.3, 0.0005 off
    assert events(watched(large_log)) != []
    assert events(watched(large_log, smallest_share=0.01)) == []


def test_a_series_that_just_had_an_event_does_not_count_as_holding() -> None:
    """Neither while its reference is taken nor when since when may be estimated some off."""
    own = points(stepped(30, -0.05, windows=80))
    (seen,) = events(watched(own))
    watch = SeriesWatch(DriftSettings())
    for point in own[: seen + 3]:
        watch.observe(point)
    assert watch.moved_at(seen + 1) is True  # no reference
    for point in own[seen + 3 :]:
        watch.observe(point)
    assert watch.moved_at(seen + DriftSettings().cooldown) is True
    assert watch.moved_at(60) is False


def test_a_series_that_cannot_be_compared_does_not_count_as_holding() -> None:
    watch = SeriesWatch(DriftSettings())
    for point in points([0.0] * 20, 0.0):  # arms that score alike
        watch.observe(point)
    assert watch.moved_at(10) is None  # nothing is known of it
    for point in points(stepped(99, 0.0)):
        watch.observe(point._replace(window=point.window + 20))
        if point.window == LENGTH - 2:
            assert watch.moved_at(22) is True
    assert watch.moved_at(20) is True  # no window before
    assert watch.moved_at(50) is False


def test_a_run_of_years_remembers_a_bounded_part_and_still_sees_a_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert KEPT >= 1_000
    monkeypatch.setattr("lis_sim.drift.series.KEPT", 60)
    count = 200
    values = 0.03 + noise(1, count)
    values[count - 20 :] -= 0.05
    watch = SeriesWatch(DriftSettings())
    shifts = []
    most = 0
    for point in points(values):
        shifts.append(watch.observe(point).shift)
        most = max(most, len(watch._points), len(watch._z))
    assert most == 60
    assert [one.since_window for one in shifts if one] == [count - 20]


def test_undefined_windows_are_passed_over() -> None:
    own = points(stepped(30, -0.05))
    undefined = [Point(k, k * HOUR_US, None, None) for k in range(60)]
    mixed = [one for pair in zip(own, undefined, strict=True) for one in pair]
    seen = watched(mixed)
    assert {one.z for one in seen[1::2]} == {None}
    (first,) = events(seen)
    plain = watched(own)
    assert seen[::2] == plain
    assert first == 2 * events(plain)[0]


def test_arms_that_score_alike_make_no_reference_but_are_seen_to_fall() -> None:
    """A data set that lost everything gives 0 with no error: that is a value, and no reference."""
    nothing = points([0.0] * 5, 0.0)
    assert {one.reference for one in watched(nothing * 4)} == {None}
    fallen = [*points(0.03 + noise(0, 20)), *points([0.0] * 6, 0.0)]
    numbered = [one._replace(window=k) for k, one in enumerate(fallen)]
    assert events(watched(numbered)) == [22]
