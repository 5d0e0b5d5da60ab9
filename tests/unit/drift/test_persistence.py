"""One odd window is no drift; several in a row are."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.drift.detectors import Detector, make_detector
from lis_sim.drift.persistence import Persistent


class Jumpy:
    """Signals at every value below -1, and forgets all when it does."""

    def __init__(self) -> None:
        self.drift_detected = False
        self.seen: list[float] = []

    def update(self, x: float) -> None:
        if self.drift_detected:
            self.seen = []
        self.seen.append(x)
        self.drift_detected = x < -1


def persistent(windows: int) -> Persistent:
    return Persistent(Jumpy, windows, memory=4)


@given(st.lists(st.booleans(), max_size=30), st.integers(1, 4))
def test_it_takes_so_many_signals_in_a_row(low: list[bool], windows: int) -> None:
    one = persistent(windows)
    row = 0
    for is_low in low:
        row = row + 1 if is_low else 0
        assert one.signals(-2.0 if is_low else 0.0) == (row >= windows)


@pytest.mark.parametrize("name", ["page_hinkley", "adwin"])
def test_a_single_outlier_never_alarms_and_changes_little(name: str) -> None:
    quiet = [0.5, -0.5] * 15
    make = partial(make_detector, name, 8)
    plain, disturbed = Persistent(make, 2, 8), Persistent(make, 2, 8)
    for z in quiet:
        assert not plain.signals(z)
        assert not disturbed.signals(z)
    assert not disturbed.signals(-50.0)
    later = [-3.0] * 30
    found = [[one.signals(z) for z in later].index(True) for one in (plain, disturbed)]
    assert found[1] <= found[0] + 6
    assert not any(Persistent(make, 2, 8).signals(z) for z in [*quiet, 50.0, *quiet, -50.0, *quiet])


def test_a_change_that_does_not_matter_is_taken_for_the_usual() -> None:
    one = persistent(2)
    assert not any(one.signals(-2.0, lambda: False) for _ in range(5))
    assert [one.signals(-2.0), one.signals(-2.0)] == [False, True]


@pytest.mark.parametrize("name", ["page_hinkley", "adwin"])
def test_detectors_are_silent_while_the_reference_is_taken(name: str) -> None:
    detector: Detector = make_detector(name, 8)
    for z in [0.0, 0.0, 0.0, 0.0, -9.0, -9.0, -9.0]:
        detector.update(z)
        assert not detector.drift_detected
