"""Verdicts on a winner follow from the paired interval, and their words say what to believe."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.report.search_words import outcome_words
from lis_sim.search.optimism import gain_optimism, optimism, search_gain
from lis_sim.search.words import Verdict, headline, judged, verdict_of

CUT = {"windows": 10, "total": 20}
SMALL = st.floats(-0.01, 0.01)


def paired(value: Any, low: Any, high: Any, once: bool = False) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "this_training_run_only": once}


@pytest.mark.parametrize(
    ("mode", "difference", "effect", "verdict", "words"),
    [
        ("max", paired(0.003, 0.001, 0.005), 0.001, "better", "better than the config as written"),
        ("max", paired(0.0003, 0.0001, 0.0005), 0.001, "better", "less than the minimum effect"),
        ("max", paired(-0.003, -0.005, -0.001), 0.001, "worse", "lis -0.00300 [-0.00500, -0.0010"),
        ("min", paired(-0.003, -0.005, -0.001), None, "better", "lis -0.00300"),
        ("min", paired(0.003, 0.001, 0.005), 0.001, "worse", "worse than"),
        (
            "max",
            paired(0.0003, -0.0002, 0.0008),
            0.001,
            "as good",
            "as good as the config as written: lis +0.00030 [-0.00020, +0.00080]",
        ),
        ("max", paired(-0.004, -0.009, 0.0008), 0.001, "no better", "no better than the config"),
        ("max", paired(-0.02, -0.05, 0.0005), 0.001, "no better", "-0.02000 [-0.05000, +0.00050]"),
        ("min", paired(0.004, -0.0008, 0.009), 0.001, "no better", "no better than the config"),
        ("max", paired(0.0, 0.0, 0.0), 0.001, "as good", "the same to the bit"),
        ("max", paired(0.003, -0.001, 0.007), 0.001, "inconclusive", "a longer log or more repl"),
        ("max", paired(0.0003, -0.0002, 0.0008), None, "inconclusive", "not clearly better"),
        ("max", paired(0.003, 0.001, 0.005, True), 0.001, "inconclusive", "more replicates"),
        ("max", paired(0.003, None, None), 0.001, "inconclusive", "without an interval"),
        ("max", paired(None, None, None), 0.001, "inconclusive", "undefined in one of the two"),
    ],
)
def test_the_verdict_on_one_objective(
    mode: str, difference: dict[str, Any], effect: float | None, verdict: str, words: str
) -> None:
    found, because = judged("lis", mode, difference, effect)
    assert found == verdict
    assert words in because


@given(SMALL, SMALL, SMALL, st.sampled_from([None, 0.001]))
def test_less_is_better_turned_round_is_more_is_better(
    a: float, b: float, c: float, effect: float | None
) -> None:
    low, value, high = sorted((a, b, c))
    up, _ = judged("x", "max", paired(value, low, high), effect)
    down, _ = judged("x", "min", paired(-value, -high, -low), effect)
    assert up == down
    assert (up == "better") == (low > 0)
    assert (up == "worse") == (high < 0)
    if up == "as good" and (low, high) != (0.0, 0.0):  # nobody loses as much either way
        assert effect is not None
        assert -effect < low <= high < effect


@pytest.mark.parametrize(
    ("verdicts", "joint"),
    [
        (["better", "worse", "as good"], "mixed"),
        (["better", "inconclusive"], "partly better"),
        (["no better", "better", "as good"], "partly better"),
        (["better", "as good"], "better"),
        (["no better", "as good"], "no better"),
        (["no better", "inconclusive"], "inconclusive"),
        (["as good", "worse"], "worse"),
        (["as good", "inconclusive"], "inconclusive"),
        (["as good", "as good"], "as good"),
    ],
)
def test_several_objectives_have_one_verdict(verdicts: list[str], joint: str) -> None:
    gains = {str(at): {"verdict": v, "because": v} for at, v in enumerate(verdicts)}
    assert verdict_of("best-1", gains) == (joint, f"best-1 is {'; '.join(verdicts)}")


def test_an_objective_that_cannot_be_judged_is_not_hidden_by_another() -> None:
    clear = judged("auc:clean", "max", paired(0.003, 0.001, 0.005), 0.001)
    open_ = judged("log_loss:clean", "min", paired(0.3, None, None), None)
    gains = {
        name: {"verdict": verdict, "because": because}
        for name, (verdict, because) in (("auc:clean", clear), ("log_loss:clean", open_))
    }
    verdict, because = verdict_of("best-1", gains)
    assert verdict == "partly better"
    other = {"verdict": "no better", "because": ""}
    told = headline([{"verdict": verdict, "because": because}, other], CUT)
    assert "1 better in one objective, not clear in another, 1 no better than" in told


def test_a_front_is_summed_up_in_counts() -> None:
    best = [{"verdict": v, "because": ""} for v in ("worse", "better", "baseline", "better")]
    assert headline(best, CUT) == (
        "In windows 11 to 20, which the search did not see, of 4 configs on the front 2 better "
        "than the config as written, 1 worse than the config as written, 1 the config as written "
        "itself; each has intervals of its own, and the more of them, the likelier it is that one "
        "leaves 0 out by luck"
    )


@pytest.mark.parametrize("verdict", get_args(Verdict))
def test_no_config_of_a_front_is_left_out_of_the_count(verdict: str) -> None:
    told = headline([{"verdict": verdict, "because": ""}] * 3, CUT)
    assert "on the front 3 " in told
    assert outcome_words(verdict) != outcome_words("of a later version")


@given(SMALL, SMALL, SMALL, SMALL)
def test_optimism_of_the_gain_is_the_winners_less_the_baselines(
    best: float, baseline: float, best_later: float, baseline_later: float
) -> None:
    def interval(value: float) -> dict[str, float]:
        return {"value": value}

    then = search_gain(interval(best), interval(baseline))
    now = search_gain(interval(best_later), interval(baseline_later))
    for mode in ("max", "min"):
        of_best = optimism(mode, interval(best), interval(best_later))
        of_baseline = optimism(mode, interval(baseline), interval(baseline_later))
        found = gain_optimism(mode, then, now)
        assert of_best is not None
        assert of_baseline is not None
        assert found == pytest.approx(of_best - of_baseline, abs=1e-12)
    assert optimism("max", {"value": None}, interval(best)) is None
    assert search_gain(interval(best), {"value": None}) is None
