"""What a change points to, as a table of what else moved."""

from __future__ import annotations

import pytest

from lis_sim.drift.cause import DATA, Key, Moved, points_to

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
    assert points_to(key, moved, ("likes", "shares")).to == expected


def test_an_arm_that_went_with_the_clean_one_points_to_the_data() -> None:
    moved = Moved(lambda other: False, frozenset(), with_clean=True)
    assert points_to(Key("auc", "leaked:likes"), moved, ("likes",)).to == "data"


@pytest.mark.parametrize(
    ("key", "preferences", "known", "measured", "expected"),
    [
        (
            BOUND,
            ("likes",),
            [*DATA, BOUND],
            True,
            "No clear change since then of the clean arm's AUC, the clean arm's calibration, the "
            "label rate and the measures of the log: this points to the preference data.",
        ),
        (
            BOUND,
            ("likes",),
            [CLEAN],
            False,
            "No clear change since then of the clean arm's AUC: this points to the preference "
            "data.",
        ),
        (
            BOUND,
            ("likes",),
            [],
            False,
            "Nothing else was seen to move: this points to the preference data.",
        ),
        (
            GAIN,
            ("likes", "shares"),
            [RATE, BOUND],
            False,
            "No clear change since then of the label rate and lis_crossfit of likes: this points "
            "to the representation.",
        ),
        (
            GAIN,
            (),
            [RATE],
            False,
            "No clear change since then of the label rate: this points to the representation.",
        ),
    ],
)
def test_words_claim_only_what_was_looked_at(
    key: Key, preferences: tuple[str, ...], known: list[Key], measured: bool, expected: str
) -> None:
    moved = Moved(lambda other: False if other in known else None, frozenset(), measured=measured)
    assert points_to(key, moved, preferences).because == expected


def test_words_of_other_causes() -> None:
    moved = Moved(lambda other: other == RATE, frozenset({"representation:title"}))
    assert "Other series or measures" in points_to(BOUND, moved, ("likes",)).because
    assert "looks different through it" in points_to(GAIN, moved, ("likes",)).because
    assert points_to(RATE, moved, ()).because.startswith("This points to the data")
