"""Measures become the right causes, ranked, with their evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lis_sim.preference.agreement import Ratio
from lis_sim.preference.causes import causes_of, sentence_of
from lis_sim.preference.profile import Age, Agreement, Coverage, Support

COVERAGE = Coverage(1.0, 1.0, users=100, users_of_log=100, users_reachable=100.0)
QUARTILES = (20.0, 40.0, 80.0)
SUPPORT = Support(5000, 2000, 0.4, QUARTILES, QUARTILES, weight=0.9, weight_of_log=0.9)
AGE = Age(0, 1, median_days=7.0, newest_days=0.0, events_after=0.0)
SAME = Ratio(1.0, 1.0, 1.0)
AGREEMENT = Agreement(0.8, 0.8, 0.1, 0.1, True, True, SAME, SAME)


def about(value: float, half: float) -> Ratio:
    return Ratio(value, value - half, value + half)


def kept(rates: Ratio | None, taste: Ratio | None) -> Agreement:
    return replace(AGREEMENT, rates_kept=rates, taste_kept=taste)


def unsure(with_label: Ratio | None) -> Agreement:
    return replace(kept(about(1.0, 0.1), None), taste_clear=False, with_label=with_label)


@pytest.mark.parametrize(
    ("agreement", "expected"),
    [
        (AGREEMENT, "none"),
        (Agreement(), "none"),  # every event is an engagement
        (kept(None, None), "none"),  # the label shows nothing: nobody is accused
        (kept(about(0.25, 0.05), about(0.06, 0.05)), "corrupted"),
        (kept(about(0.25, 0.05), None), "corrupted"),
        (kept(about(0.0, 0.01), about(0.0, 0.05)), "corrupted"),
        (kept(about(0.7, 0.2), about(0.4, 0.1)), "corrupted"),  # taste alone is sure
        (kept(about(0.7, 0.2), about(0.4, 0.5)), "none"),  # neither is
        (kept(about(0.3, 0.05), about(1.1, 0.2)), "none"),  # rates differ, taste is all there
        (kept(about(1.2, 0.2), about(0.0, 0.05)), "popularity"),
        (kept(None, about(0.0, 0.05)), "popularity"),
        (kept(about(1.2, 0.2), about(0.1, 0.2)), "none"),  # not sure that taste is gone
        (kept(about(1.0, 0.1), about(0.3, 0.05)), "none"),  # coarse taste is taste
        # Too few events to compare tastes: is the label of the same events known?
        (unsure(about(0.0, 0.05)), "popularity"),
        (unsure(about(0.1, 0.05)), "none"),
        (unsure(about(0.0, 0.3)), "none"),
        (unsure(None), "none"),
        (replace(unsure(about(0.0, 0.05)), rates_clear=False), "none"),
        (replace(unsure(about(0.0, 0.05)), taste_clear=True), "none"),  # another taste
    ],
)
def test_agreement_with_the_label_tells_corruption_from_popularity(
    agreement: Agreement, expected: str
) -> None:
    assert causes_of(COVERAGE, SUPPORT, AGE, agreement)[0].name == expected


@pytest.mark.parametrize(
    ("coverage", "support", "age", "expected"),
    [
        (COVERAGE, SUPPORT, replace(AGE, events_after=0.4), ["stale"]),
        (COVERAGE, SUPPORT, replace(AGE, events_after=0.19), ["none"]),
        (replace(COVERAGE, users=50), SUPPORT, AGE, ["few users"]),
        # As few events of everybody would reach no more users.
        (replace(COVERAGE, users=50, users_reachable=51.0), SUPPORT, AGE, ["none"]),
        (replace(COVERAGE, impressions=0.5), SUPPORT, AGE, ["low coverage"]),
        (COVERAGE, replace(SUPPORT, weight=0.6), AGE, ["thin support"]),
        # The log is thin itself.
        (COVERAGE, replace(SUPPORT, weight=0.3, weight_of_log=0.3), AGE, ["thin support"]),
        # What it leads to comes after what is wrong.
        (
            replace(COVERAGE, impressions=0.1, users=50),
            replace(SUPPORT, weight=0.2),
            replace(AGE, events_after=0.6),
            ["stale", "few users", "low coverage", "thin support"],
        ),
        (
            Coverage(0.0, 0.0, 0, 100, 0.0),
            Support(0, 0, 0.0, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), 0.0, 0.0),
            None,
            ["stale", "few users", "low coverage", "thin support"],
        ),
    ],
)
def test_what_is_missing_is_named(
    coverage: Coverage, support: Support, age: Age | None, expected: list[str]
) -> None:
    causes = causes_of(coverage, support, age, AGREEMENT)
    assert [cause.name for cause in causes] == expected
    assert all(cause.lost > cause.threshold for cause in causes if cause.name != "none")


def test_the_sentence_says_what_to_collect() -> None:
    def told(coverage: Coverage = COVERAGE, agreement: Agreement = AGREEMENT) -> str:
        causes = causes_of(coverage, SUPPORT, AGE, agreement)
        return sentence_of(causes, coverage, SUPPORT, AGE, agreement)

    assert "collect from more users" in told(replace(COVERAGE, users=10))
    assert "gain most from more users" in told(replace(COVERAGE, users=90))
    assert "only a longer log" in told()
    assert "collect more events per user" in told(agreement=replace(AGREEMENT, taste_clear=False))
