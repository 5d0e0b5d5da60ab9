"""What a change points to, as a table of what else moved."""

from __future__ import annotations

import pytest

from lis_sim.drift.cause import Key, Moved, points_to

BOUND = Key("lis_crossfit", preference="likes")
GAIN = Key("ais", representation="title")
CLEAN = Key("auc", "clean")
RATE = Key("label_rate")
CALIBRATION = Key("calibration", "clean")


@pytest.mark.parametrize(
    ("key", "others", "measures", "expected"),
    [
        (BOUND, [], [], "preference-data"),
        (BOUND._replace(series="lis_crossfit_over_placebo"), [], [], "preference-data"),
        (Key("auc", "leaked:likes"), [], [], "preference-data"),
        (Key("calibration", "placebo:likes"), [], [], "preference-data"),
        (BOUND, [GAIN], [], "preference-data"),
        (BOUND, [CLEAN], [], "data"),
        (BOUND, [RATE], [], "data"),
        (BOUND, [CALIBRATION], [], "data"),
        (BOUND, [], ["items"], "data"),
        (BOUND, [], ["feature:position"], "data"),
        (BOUND, [], ["representation:title"], "preference-data"),
        (GAIN, [], [], "representation"),
        (Key("auc", "aligned:title"), [], [], "representation"),
        (Key("auc", "placebo:title"), [], [], "representation"),
        (GAIN, [BOUND], [], "data"),
        (GAIN, [CLEAN], [], "data"),
        (GAIN, [CLEAN, BOUND], ["representation:title"], "representation"),
        (GAIN, [], ["representation:image"], "representation"),
        (CLEAN, [], [], "data"),
        (RATE, [], [], "data"),
    ],
)
def test_causes(key: Key, others: list[Key], measures: list[str], expected: str) -> None:
    moved = Moved(lambda other: other in others, frozenset(measures))
    assert points_to(key, moved, ("likes", "shares")) == expected


def test_an_arm_that_went_with_the_clean_one_points_to_the_data() -> None:
    moved = Moved(lambda other: False, frozenset(), with_clean=True)
    assert points_to(Key("auc", "leaked:likes"), moved, ("likes",)) == "data"
