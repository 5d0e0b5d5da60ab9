"""Checkpoints come as often as asked, but for no more than a share of the time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lis_sim.config import TrainingConfig
from lis_sim.training.checkpoints.spacing import Spacing

WINDOWS = 200


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def written(every: int, share: float, window: float, cost: float) -> tuple[list[int], float]:
    """Return after which windows a checkpoint was written, and their share of all time."""
    clock = Clock()
    training = TrainingConfig(checkpoint_windows=every, checkpoint_share=share)
    spacing = Spacing(training, clock)
    found = []
    for k in range(WINDOWS):
        clock.now += window
        if spacing.due(k, WINDOWS):
            clock.now += cost
            spacing.took(cost)
            found.append(k + 1)
    return found, len(found) * cost / clock.now


def test_cheap_ones_come_as_often_as_asked() -> None:
    for every, share, cost in ((5, 0.05, 0.01), (1, 0.05, 0.01), (5, 1.0, 99.0)):
        found, _ = written(every, share, 1.0, cost)
        assert found == list(range(every, WINDOWS + 1, every))


def test_one_that_is_put_off_comes_with_the_next_window_that_can_pay() -> None:
    found, _ = written(5, 0.125, 1.0, 1.0)
    assert found == [5, *range(15, WINDOWS, 7), WINDOWS]


@given(
    every=st.integers(1, 9),
    share=st.floats(0.01, 0.99),
    window=st.floats(0.01, 10.0),
    cost=st.floats(0.0, 10.0),
)
def test_but_for_the_first_and_the_last_the_share_is_kept(
    every: int, share: float, window: float, cost: float
) -> None:
    found, taken = written(every, share, window, cost)
    assert found[-1] == WINDOWS
    assert taken <= share + 2 * cost / (WINDOWS * window)
