"""What two runs have in common, under which names, and which of them brings more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from lis_sim.errors import ConfigError
from lis_sim.scores import FamilyPlan, RepresentationPlan
from lis_sim.scores.compare_family import PairedFamilies
from lis_sim.scores.compare_names import NamePairs, pair_names
from lis_sim.scores.compare_outcome import outcome
from tests.unit.scores.pairs_of_runs import changed, family, kept, renamed

Stream = Callable[..., list[Any]]
KINDS = ("leaked", "leaked_crossfit", "causal", "placebo")
PLAN = FamilyPlan(
    arms=("clean", *(f"{kind}:s" for kind in KINDS), "aligned:r", "placebo:r"),
    replicates=2,
    warmup=1,
    slices=("cold",),
    preferences=("s",),
    representations=(RepresentationPlan("r", first_window=3, trained_until_us=10**15),),
    form="joint",
)
OTHER = replace(
    PLAN,
    arms=("clean", *(f"{kind}:t" for kind in KINDS), "aligned:q", "placebo:q"),
    preferences=("t",),
    representations=(RepresentationPlan("q", first_window=3),),
)
NAMES = {
    **{f"{kind}:s": f"{kind}:t" for kind in KINDS},
    "aligned:r": "aligned:q",
    "placebo:r": "placebo:q",
}


def windows_of(stream: Stream) -> list[Any]:
    return stream(PLAN.arms, replicates=2, windows=6, events=400, users=80)


def by_place(records: Sequence[Mapping[str, Any]], run: str) -> dict[tuple[Any, ...], Any]:
    return {
        (r["score"], r[run]["preference"], r[run]["representation"], r["slice"]): r for r in records
    }


def test_both_sides_are_the_runs_own_scores(stream: Stream) -> None:
    first = windows_of(stream)
    second = renamed(changed(first, dict.fromkeys(PLAN.arms, 0.3)), NAMES)
    names = pair_names(PLAN, OTHER, {"s": "t", "r": "q"})
    paired = PairedFamilies(kept(PLAN, first), kept(OTHER, second), names, ["cold"])
    scores = paired.scores()
    for run, plan, windows in (("first", PLAN, first), ("second", OTHER, second)):
        own = family(plan, windows)
        found = by_place(scores, run)
        for record in own.scores():
            key = tuple(record[k] for k in ("score", "preference", "representation", "slice"))
            side = found.pop(key)[run]
            for name in ("value", "low", "high", "horizon", "folds", "form", "trained_until"):
                assert side[name] == record[name], (key, name)
        assert not found
        arms = {(r[run]["arm"], r["slice"]): r[run] for r in paired.arms()}
        for record in own.arms():
            side = arms.pop((record["arm"], record["slice"]))
            assert side["value"] == record["auc"]["value"]
        assert not arms
    for record in scores:
        one, other = record["first"]["value"], record["second"]["value"]
        if None not in (one, other):
            assert record["difference"]["value"] == pytest.approx(other - one, abs=1e-12)


def test_tables_over_other_windows_are_left_out_and_named(stream: Stream) -> None:
    first = windows_of(stream)
    later = replace(PLAN, representations=(RepresentationPlan("r", first_window=4),))
    names = pair_names(PLAN, later, {})
    paired = PairedFamilies(kept(PLAN, first), kept(later, first), names)
    assert paired.other_windows == [("r", "r")]
    scores = paired.scores()
    assert {record["first"]["representation"] for record in scores} == {None}
    assert {record["slice"] for record in scores} == {"all"}
    (said,) = paired.outcomes(scores)
    assert (said["first"], said["score"]) == ("s", "lis_crossfit_over_placebo")


def test_only_arms_of_both_runs_are_compared(stream: Stream) -> None:
    fewer = replace(PLAN, arms=("clean", "leaked:s", "leaked_crossfit:s"), representations=())
    first = windows_of(stream)
    fewer_windows = [
        replace(w, logits={k: v for k, v in w.logits.items() if k[0] in fewer.arms}) for w in first
    ]
    names = pair_names(PLAN, fewer, {})
    paired = PairedFamilies(kept(PLAN, first), kept(fewer, fewer_windows), names)
    scores = paired.scores()
    assert [record["score"] for record in scores] == ["lis", "lis_crossfit", "self_leak"]
    assert [record["first"]["arm"] for record in paired.arms()] == list(fewer.arms)
    (said,) = paired.outcomes(scores)
    assert (said["score"], said["outcome"]) == ("lis_crossfit", "equal")


def test_scores_of_another_kind_are_shown_but_not_judged(stream: Stream) -> None:
    first = windows_of(stream)
    other = replace(PLAN, form="residual", horizon="7d")
    paired = PairedFamilies(kept(PLAN, first), kept(other, first), pair_names(PLAN, other, {}))
    said = paired.outcomes(paired.scores())
    assert {one["outcome"] for one in said} == {"not-judged"}
    assert "another horizon and form" in said[0]["because"]


def difference(value: float | None, half: float | None, one_run: bool = False) -> dict[str, Any]:
    known = value is not None and half is not None
    return {
        "value": value,
        "low": value - half if known else None,  # type: ignore[operator]
        "high": value + half if known else None,  # type: ignore[operator]
        "this_training_run_only": one_run,
    }


@pytest.mark.parametrize(
    ("found", "expected", "words"),
    [
        (difference(0.0, 0.0), "equal", "same to the bit"),
        (difference(0.0, 0.0, one_run=True), "equal", "same to the bit"),
        (difference(0.004, 0.001), "second", "+0.00400 [+0.00300, +0.00500]"),
        (difference(-0.004, 0.001), "first", "the first brings more"),
        (difference(0.0004, 0.0001), "second", "less than the minimum effect 0.001"),
        (difference(0.0002, 0.0005), "alike", "inside the minimum effect 0.001"),
        (difference(0.0002, 0.002), "inconclusive", "either could"),
        (difference(0.004, 0.001, one_run=True), "inconclusive", "more replicates"),
        (difference(None, None), "undefined", "undefined in one of the runs"),
        (difference(0.004, None), "inconclusive", "is +0.00400;"),
    ],
)
def test_outcomes(found: dict[str, Any], expected: str, words: str) -> None:
    said = outcome(found, "lis_crossfit", ("s", "s"), 0.001)
    assert said["outcome"] == expected
    assert words in said["because"]
    assert said["because"].startswith("s: ")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"x": "t"}, "the first run has no preference data or representation 'x'; accepted: s, r"),
        ({"s": "tt"}, "the second run has no .* 'tt'; accepted: t, q; did you mean 't'"),
        ({"s": "q"}, "'s' is preference data, 'q' is a representation; accepted: two of the same"),
        ({"s": "t", "r": "t"}, "got s=t, r=t; accepted: each name of the second run once"),
    ],
)
def test_wrong_names_are_refused(names: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        pair_names(PLAN, OTHER, names)


def test_a_renamed_name_is_compared_with_nothing_else() -> None:
    one = replace(PLAN, arms=("clean",), preferences=("a", "b", "c"), representations=())
    assert pair_names(one, one, {}).preferences == (("a", "a"), ("b", "b"), ("c", "c"))
    assert pair_names(one, one, {"a": "b"}).preferences == (("a", "b"), ("c", "c"))
    assert pair_names(one, one, {"a": "b"}, True) == NamePairs((("a", "b"),), ())
