"""The records of a whole run: which scores, over which windows, under which names."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lis_sim.errors import ConfigError
from lis_sim.scores import Accumulator, FamilyPlan, LisFamily, RepresentationPlan

Stream = Callable[..., list[Any]]
OF_PREFERENCE = tuple(f"{kind}:s" for kind in ("leaked", "leaked_crossfit", "causal", "placebo"))
PLAN = FamilyPlan(
    arms=("clean", *OF_PREFERENCE, "aligned:r", "placebo:r"),
    replicates=2,
    warmup=1,
    slices=("cold",),
    preferences=("s",),
    representations=(RepresentationPlan("r", first_window=3, trained_until_us=10**15),),
    horizon="7d",
    folds=4,
    form="joint",
)
SCORE_FIELDS = {
    *("score", "preference", "representation", "slice", "value", "low", "high"),
    *("standard_error", "standard_error_users", "standard_error_training", "users"),
    *("windows", "windows_undefined", "horizon", "folds", "form", "trained_until"),
    *("anytime_low", "anytime_high", "recent"),
}


def run(plan: FamilyPlan, windows: list[Any]) -> LisFamily:
    family = LisFamily(plan)
    for index, window in enumerate(windows):
        family.add(index, window.cells())
    return family


def by_name(records: list[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {(r["score"], r["preference"], r["representation"], r["slice"]): r for r in records}


def test_scores_are_the_contrasts_of_the_design(stream: Stream) -> None:
    windows = stream(PLAN.arms, replicates=2, windows=6, events=2000, users=300)
    found = by_name(run(PLAN, windows).scores())
    contrasts = {
        ("lis", "s", None): ("leaked:s", "clean", 1),
        ("lis_crossfit", "s", None): ("leaked_crossfit:s", "clean", 1),
        ("lis_crossfit_over_placebo", "s", None): ("leaked_crossfit:s", "placebo:s", 1),
        ("self_leak", "s", None): ("leaked:s", "leaked_crossfit:s", 1),
        ("history", "s", None): ("causal:s", "clean", 1),
        ("placebo", "s", None): ("placebo:s", "clean", 1),
        ("ais", None, "r"): ("aligned:r", "clean", 3),
        ("ais_over_placebo", None, "r"): ("aligned:r", "placebo:r", 3),
        ("placebo", None, "r"): ("placebo:r", "clean", 3),
    }
    assert set(found) == {
        (*name, s) for name in (*contrasts, ("realised", "s", "r")) for s in ("all", "cold")
    }
    for name, (above, below, first) in contrasts.items():
        direct = Accumulator(PLAN.arms, 2, ["cold"])
        for index, window in enumerate(windows[first:], start=first):
            direct.add(index, window.cells())
        for slice_name in ("all", "cold"):
            record = found[(*name, slice_name)]
            expected = direct.estimate({above: 1.0, below: -1.0}, slice_name)
            assert {k: record[k] for k in ("value", "low", "high", "users", "windows")} == {
                "value": expected.value,
                "low": expected.low,
                "high": expected.high,
                "users": expected.users,
                "windows": 6 - first,
            }
    realised = direct.ratio(
        {"aligned:r": 1.0, "clean": -1.0}, {"leaked_crossfit:s": 1.0, "clean": -1.0}
    )
    assert realised.value is not None
    assert found["realised", "s", "r", "all"]["value"] == realised.value


def test_records_carry_the_fields_of_the_contract(stream: Stream) -> None:
    family = run(PLAN, stream(PLAN.arms, replicates=2, windows=6))
    scores, arms, verdicts = family.scores(), family.arms(), family.verdicts()
    assert json.loads(json.dumps([scores, arms, verdicts], allow_nan=False))
    for record in scores:
        assert set(record) >= SCORE_FIELDS
        assert (record["horizon"], record["folds"], record["form"]) == ("7d", 4, "joint")
        cut = "2001-09-09T01:46:40+00:00" if record["representation"] else None
        assert record["trained_until"] == cut
        if record["score"] == "realised":
            assert (record["anytime_low"], record["recent"]) == (None, None)
        else:
            assert record["anytime_low"] < record["low"] < record["high"] < record["anytime_high"]
        if record["recent"] is not None:
            assert record["slice"] == "all"
            assert record["recent"]["low"] < record["recent"]["value"] < record["recent"]["high"]
            assert record["recent"]["half_life_windows"] == PLAN.recent_half_life
    assert [(r["arm"], r["slice"]) for r in arms] == [
        (arm, s) for arm in PLAN.arms for s in ("all", "cold")
    ]
    for record in arms:
        assert set(record["auc"]) == {"value", "low", "high", "positives", "negatives"}
        assert record["auc"]["low"] < record["auc"]["value"] < record["auc"]["high"]
        assert {"gauc", "log_loss", "calibration"} <= set(record)
        assert record["windows"] == (3 if record["arm"].endswith(":r") else 5)
    (verdict,) = verdicts
    assert (verdict["preference"], verdict["representation"]) == ("s", "r")
    assert set(verdict["evidence"]) == {
        *("lis_crossfit - placebo", "ais - placebo", "lis_crossfit - ais")
    }


def test_an_unknown_cut_is_said_and_excludes_nothing(stream: Stream) -> None:
    plan = replace(PLAN, representations=(RepresentationPlan("r"),))
    found = by_name(run(plan, stream(plan.arms, replicates=2)).scores())
    for score in ("ais", "placebo"):
        assert found[score, None, "r", "all"]["trained_until"] == "unknown"
        assert found[score, None, "r", "all"]["windows"] == 3


def test_scores_whose_arms_were_not_run_are_absent(stream: Stream) -> None:
    plan = replace(PLAN, arms=("clean", "leaked_crossfit:s", "aligned:r"))
    family = run(plan, stream(plan.arms, replicates=2, windows=6))
    assert {r["score"] for r in family.scores()} == {"lis_crossfit", "ais", "realised"}
    (verdict,) = family.verdicts()
    assert verdict["verdict"] == "inconclusive"
    assert "no arm placebo:r, placebo:s" in verdict["because"]
    assert verdict["evidence"] == {}
    alone = run(FamilyPlan(("clean",), 1, 0, form="joint"), stream(["clean"]))
    assert (alone.scores(), alone.verdicts(), len(alone.arms())) == ([], [], 1)


def test_a_representation_of_zeros_has_a_lis_of_exactly_zero(stream: Stream) -> None:
    plan = replace(PLAN, representations=(), arms=("clean", *OF_PREFERENCE))
    windows = stream(plan.arms, replicates=2)
    for window in windows:
        for arm, replicate in window.logits:
            window.logits[arm, replicate] = window.logits["clean", replicate]
    family = run(plan, windows)
    for record in family.scores():
        assert (record["value"], record["low"], record["high"]) == (0.0, 0.0, 0.0)
        assert record["standard_error"] == 0.0
    # Not "preference-data": a ranker that takes nothing in says nothing about the data.
    verdict = family.verdicts()[0]
    assert verdict["verdict"] == "inconclusive"
    assert "no representation ever moved a score" in verdict["because"]


def test_a_planted_leak_is_found_and_one_training_run_is_not_trusted(stream: Stream) -> None:
    arms = ("clean", "placebo:s", "leaked_crossfit:s")
    for replicates, expected in ((3, "align"), (1, "inconclusive")):
        plan = FamilyPlan(arms, replicates, 0, preferences=("s",), form="joint")
        windows = stream(arms, replicates=replicates, events=2000, users=200)
        (verdict,) = run(plan, windows).verdicts()
        assert verdict["verdict"] == expected


def test_a_window_record_shows_the_window_and_the_sums_so_far(stream: Stream) -> None:
    windows = stream(PLAN.arms, replicates=2, windows=4)
    windows[2] = replace(windows[2], label=np.ones(120, np.float32))
    family = LisFamily(PLAN)
    seen = []
    for index, window in enumerate(windows):
        family.add(index, window.cells())
        records = {(r["arm"], r["slice"]): r for r in family.window_arms(window.cells())}
        assert json.dumps(list(records.values()), allow_nan=False)
        seen.append(records["clean", "all"])
    nothing = dict.fromkeys(("value", "low", "high", "gauc", "log_loss"), None)
    assert seen[0]["cumulative"] == nothing | {
        "positives": 0,
        "negatives": 0,
    }
    cell = windows[1].cells()["clean", 1].slices["all"]
    assert seen[1]["auc"][1] == cell.auc
    assert seen[1]["auc_mean"] == pytest.approx(np.mean(seen[1]["auc"]))
    assert seen[1]["cumulative"]["value"] == pytest.approx(seen[1]["auc_mean"])
    assert (seen[2]["auc"], seen[2]["auc_mean"]) == ([None, None], None)
    assert (seen[2]["positives"], seen[2]["negatives"]) == (120, 0)
    so_far = [{k: v for k, v in one["cumulative"].items() if k != "log_loss"} for one in seen]
    assert so_far[2] == so_far[1], "a window of one class has no AUC"
    whole = next(one for one in family.arms() if (one["arm"], one["slice"]) == ("clean", "all"))
    for number in ("gauc", "log_loss"):
        assert seen[-1]["cumulative"][number] == whole[number] is not None
    assert family.windows_undefined == 1


def test_stop_restore_continue_gives_the_same_records(stream: Stream) -> None:
    windows = stream(PLAN.arms, replicates=2, windows=6)
    whole, resumed = run(PLAN, windows), LisFamily(PLAN)
    resumed.load_state_dict(run(PLAN, windows[:4]).state_dict())
    for index, window in enumerate(windows[4:], start=4):
        resumed.add(index, window.cells())
    for part in ("scores", "arms", "verdicts"):
        assert json.dumps(getattr(resumed, part)()) == json.dumps(getattr(whole, part)())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"arms": ("leaked:s",)}, r"every score needs the arm 'clean'"),
        ({"arms": ("clean", "leeked:s")}, r"unknown arm 'leeked:s'.*did you mean 'leaked:s'"),
        ({"arms": ("clean", "aligned:s")}, r"unknown arm 'aligned:s'"),
        ({"preferences": ("r",)}, r"names \['r', 'r'\]; accepted are different names"),
        ({"minimum_effect": 0.0}, r"minimum_effect is 0.0; accepted are positive"),
    ],
)
def test_wrong_plans(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        replace(PLAN, **change)
