"""The verdict table, rule by rule and in its order."""

from __future__ import annotations

import re

import numpy as np
import pytest

from lis_sim.scores import Estimate, Evidence, Verdict, decide
from lis_sim.scores.interval import Counts, Part, estimate, with_interval
from lis_sim.scores.needed import users_needed

COUNTS = Counts(users=1000, windows=15, windows_undefined=0, positives=3000, negatives=7000)


def between(
    low: float, high: float, training_share: float = 0.001, replicates: int = 3
) -> Estimate:
    """An estimate whose 95 % interval is [low, high]."""
    users, training = Part(1.0 - training_share, 999.0), Part(training_share, replicates - 1.0)
    unit = with_interval(0.0, users, training, COUNTS, replicates)
    assert unit.high is not None
    scale = ((high - low) / 2 / unit.high) ** 2
    return with_interval(
        (low + high) / 2,
        Part(users.variance * scale, 999.0),
        Part(training.variance * scale, replicates - 1.0),
        COUNTS,
        replicates,
    )


def verdict(
    bound: tuple[float, float],
    gain: tuple[float, float] | None = None,
    gap: tuple[float, float] | None = None,
) -> Verdict:
    evidence = Evidence(
        between(*bound),
        None if gain is None else between(*gain),
        None if gap is None else between(*gap),
    )
    return decide(evidence, minimum_effect=0.001)


@pytest.mark.parametrize(
    ("bound", "gain", "gap", "decision", "because"),
    [
        ((-0.0005, 0.0009), None, None, "preference-data", "has nothing to give"),
        ((0.0002, 0.0009), None, None, "preference-data", "too little to matter"),
        ((-0.0005, 0.0009), (0.002, 0.004), (-0.004, -0.002), "bound-exceeded", "little to give"),
        (
            (-0.0005, 0.0009),
            (0.002, 0.004),
            (-0.004, -0.0005),
            "preference-data",
            "nothing to give",
        ),
        (
            (-0.0005, 0.0009),
            (-0.001, 0.004),
            (-0.004, -0.002),
            "preference-data",
            "nothing to give",
        ),
        ((0.0005, 0.0025), None, None, "align", "worth it"),
        ((0.0002, 0.0016), None, None, "inconclusive", "narrower than the minimum effect"),
        ((0.0001, 0.0009), None, None, "preference-data", r"\+0\.0005 \[\+0\.0001, \+0\.0009\]"),
        ((-0.0005, 0.0045), None, None, "inconclusive", "users"),
        ((0.0005, 0.0025), (-0.0005, 0.0008), (0.0, 0.002), "representation", "did not learn it"),
        ((-0.0005, 0.004), (-0.0005, 0.0008), (0.0, 0.002), "representation", "did not learn it"),
        ((0.002, 0.004), (0.0005, 0.003), (0.0005, 0.002), "ship", "has to give"),
        ((0.002, 0.004), (0.004, 0.007), (-0.004, -0.002), "bound-exceeded", "something else"),
        ((-0.0005, 0.004), (0.0005, 0.003), (-0.002, 0.002), "inconclusive", "users"),
        ((0.006, 0.008), (0.0005, 0.003), (0.0015, 0.003), "representation", "unused"),
        ((0.006, 0.008), (-0.0005, 0.003), (0.0015, 0.003), "representation", "unused"),
        ((0.002, 0.004), (-0.0005, 0.009), (-0.007, -0.002), "inconclusive", "users"),
        ((0.002, 0.004), (-0.0005, 0.009), (-0.007, 0.0), "inconclusive", "users"),
    ],
)
def test_the_first_rule_that_matches_wins(
    bound: tuple[float, float],
    gain: tuple[float, float] | None,
    gap: tuple[float, float] | None,
    decision: str,
    because: str,
) -> None:
    found = verdict(bound, gain, gap)
    assert found.decision == decision
    assert re.search(because, found.because)
    assert (found.users_needed is not None) == (because == "users")
    assert (found.reason is not None) == (decision == "inconclusive")


def test_the_edges_belong_to_the_rules_as_written() -> None:
    # Exactly representable numbers, so that an edge is an edge.
    at = with_interval(0.5, Part(0.0, 9.0), Part(0.0, 2.0), COUNTS, 3)
    assert decide(Evidence(at), minimum_effect=0.5).decision == "align"
    assert decide(Evidence(at), minimum_effect=0.5000001).decision == "preference-data"
    assert decide(Evidence(at, at, at), minimum_effect=0.5).decision == "ship"
    assert decide(Evidence(at, at, at), minimum_effect=0.4999999).decision == "representation"


def test_one_replicate_is_inconclusive_whatever_the_numbers() -> None:
    alone = with_interval(0.5, Part(1e-8, 99.0), None, COUNTS, 1)
    for evidence in (Evidence(alone), Evidence(alone, alone, alone)):
        found = decide(evidence, minimum_effect=0.001)
        assert found.decision == "inconclusive"
        assert "this training run only" in found.because
        assert "set replicates to 3" in found.because
        assert found.users_needed is None


def test_what_is_missing_is_said() -> None:
    missing = decide(Evidence(None, missing=("placebo:s",)), minimum_effect=0.001)
    assert missing.decision == "inconclusive"
    assert "no arm placebo:s" in missing.because
    assert missing.reason == "arms"

    undefined = estimate(None, np.zeros(0), Counts(0, 0, 4, 0, 0), 3)
    found = decide(Evidence(undefined), minimum_effect=0.001)
    assert found.decision == "inconclusive"
    assert "of 4 windows that count, 4 have labels of one class only" in found.because

    lonely = estimate(np.full(3, 0.1), np.zeros(1), Counts(1, 1, 0, 1, 1), 3)
    assert "comes from 1 user:" in decide(Evidence(lonely), minimum_effect=0.001).because


def half_width_at(users: int, estimate: Estimate) -> float:
    assert estimate.standard_error_users is not None
    assert estimate.standard_error_training is not None
    share = estimate.users / users
    found = with_interval(
        0.0,
        Part(estimate.standard_error_users**2 * share, users - 1),
        Part(estimate.standard_error_training**2, estimate.replicates - 1),
        COUNTS,
        estimate.replicates,
    )
    assert found.high is not None
    return found.high


@pytest.mark.parametrize("training_share", [0.0, 0.001, 0.01])
def test_the_users_needed_are_the_fewest_for_the_half_width(training_share: float) -> None:
    wide = between(-0.001, 0.005, training_share)
    needed = users_needed(wide, 0.001)
    assert needed is not None
    assert half_width_at(needed, wide) <= 0.001 < half_width_at(needed - 1, wide)
    found = decide(Evidence(wide), minimum_effect=0.001)
    assert found.users_needed == needed
    assert f"about {needed} users" in found.because


def test_training_noise_is_not_blamed_on_the_users() -> None:
    noisy = between(-0.001, 0.005, training_share=0.9)
    assert users_needed(noisy, 0.001) is None
    found = decide(Evidence(noisy), minimum_effect=0.001)
    assert found.users_needed is None
    assert found.reason == "replicates"
    assert "more replicates are needed" in found.because
