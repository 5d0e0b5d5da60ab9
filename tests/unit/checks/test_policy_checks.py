"""Every promise of the contract has a ranker that breaks it, and the check that finds out."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from lis_sim.checks import POLICY_CHECKS, Report, check
from lis_sim.errors import ConfigError
from tests.unit.checks import modules, recommenders

MODULES: list[tuple[type, str, str, str]] = [
    (modules.NotFinite, "works_before_any_learning", "the logit (nan|-?inf); accepted", "clean"),
    (modules.WrongShape, "works_before_any_learning", r"shape \(1, 1\), torch.float32", "clean"),
    (modules.Unseeded, "same_seed_same_bytes", "scores differ by up to", "clean"),
    (modules.GlobalNumPy, "leaves_global_random_numbers_alone", "generator of NumPy", "clean"),
    (modules.CountsScores, "scoring_leaves_what_is_learned_alone", "differ by up to", "clean"),
    (modules.Stuck, "learning_changes_scores", "all 16 scores are the same", "clean"),
    (modules.BatchMean, "scores_do_not_depend_on_the_batch", "one by one differ by", "clean"),
    (modules.WrongWay, "learns_the_right_way_round", r"AUC is 0\.0", "clean"),
    (modules.Unsaved, "goes_on_from_its_state", "scores after it differ by", "clean"),
    (modules.KnownCategories, "takes_ids_as_they_come", r"IndexError.*modules\.py, line", "clean"),
    (modules.Hoarder, "memory_does_not_grow_with_events", "further events it held", "clean"),
]
RECOMMENDERS: list[tuple[type, str, str, str]] = [
    (recommenders.FailsWhenJoint, "is_a_recommender", "only clean arms so far", "joint"),
    (
        recommenders.WideWhenEmpty,
        "works_before_any_learning",
        "returned float64; accepted",
        "clean",
    ),
    (recommenders.WritesInputs, "leaves_its_inputs_alone", "score changed batch.numeric", "clean"),
    (recommenders.WritesLabels, "leaves_its_inputs_alone", "update changed the labels", "clean"),
    (recommenders.SeedsTorch, "leaves_global_random_numbers_alone", "of torch", "clean"),
    (recommenders.Overflows, "stays_finite_whatever_the_labels", "some are not", "clean"),
    (recommenders.LearnsWhatItScored, "update_needs_no_score", "of the two differ", "clean"),
    (recommenders.HandsOutItsScores, "scores_belong_to_the_caller", "was learned: bias", "clean"),
    (recommenders.StateOfLists, "state_is_plain_arrays", "'bias' is list; accepted", "clean"),
    (recommenders.LiveState, "goes_on_from_its_state", "follows what is learned: bias", "clean"),
    (recommenders.LoadsWhatIsThere, "loading_forgets_what_was_there", "differ: later", "clean"),
    (recommenders.GrowsInOrder, "takes_ids_as_they_come", "once a larger id", "clean"),
    (recommenders.GrowingState, "memory_does_not_grow_with_events", "the state grew", "clean"),
    (recommenders.OtherStart, "arms_are_equal_before_learning", "other scores than", "joint"),
    (recommenders.LearnsFasterWhenShown, "an_empty_representation_changes_nothing", "", "joint"),
    (recommenders.KeepsTheOldView, "a_new_view_counts_at_once", "it saw before: taste", "joint"),
]
BROKEN = [*MODULES, *RECOMMENDERS]
OF_VIEWS = {"an_empty_representation_changes_nothing", "a_new_view_counts_at_once"}


def path(kind: type) -> str:
    return f"{kind.__module__}:{kind.__name__}"


def failed(report: Report) -> Iterator[str]:
    yield from (f"{one.check}: {one.found}" for one in report.outcomes if one.result == "failed")


@pytest.mark.parametrize(
    ("kind", "broken", "found", "arm"), BROKEN, ids=[one[0].__name__ for one in BROKEN]
)
def test_what_is_broken_is_found_by_its_own_check(
    kind: type, broken: str, found: str, arm: str
) -> None:
    # Those in NumPy are quick; whatever is wrong with a module is wrong by itself.
    arms = ("clean",) if issubclass(kind, modules.Good) else ("clean", "joint", "residual")
    report = check(path(kind), arms=arms)
    assert {one.check for one in report.outcomes if one.result == "failed"} == {broken}
    outcome = next(one for one in report.outcomes if one.result == "failed")
    assert outcome.arm == arm
    assert outcome.to_do

    assert re.search(found, outcome.found), outcome.found


def test_every_check_can_fail() -> None:
    assert {broken for _, broken, _, _ in BROKEN} == {one.name for one in POLICY_CHECKS}


@pytest.mark.parametrize(
    ("kind", "skipped"),
    [
        (modules.Good, OF_VIEWS),
        (modules.SmallTables, OF_VIEWS),
        (recommenders.Seeing, OF_VIEWS),
        (recommenders.Good, {one.name for one in POLICY_CHECKS}),  # as it takes no dimensions
    ],
)
def test_what_keeps_the_contract_passes(kind: type, skipped: set[str]) -> None:
    report = check(path(kind))
    assert list(failed(report)) == []
    assert {one.check for one in report.outcomes if one.result == "skipped"} == skipped
    assert report.count("passed") + report.count("skipped") == 3 * len(POLICY_CHECKS)


def test_settings_reach_what_is_checked() -> None:
    report = check(
        path(modules.Good), {"rank": 2, "batch_events": 64, "tower": {"item": 0.1}}, arms=["joint"]
    )
    assert report.failed == 0
    assert {one.arm for one in report.outcomes} == {"joint"}
    assert report.record()["what"] == "policy"


def test_arms_that_there_are_none_of_are_refused() -> None:
    with pytest.raises(ConfigError, match="arms has 'clear'; accepted: clean, joint, residual"):
        check("popularity", arms=["clear"])
