"""A search's state: the same whatever ends first and wherever it was killed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.trial import TrialState

from lis_sim.search.ledger import TrialRecord, TrialReport
from lis_sim.search.searchers_optuna import OptunaCandidates
from tests.unit.search.simulated import CUT, KeptLedger, KilledError, Simulation, outcome, tune_of

DETERMINISTIC: list[dict[str, Any]] = [
    {"algorithm": "random", "stopping": "none"},
    {"algorithm": "random", "stopping": {"kind": "halving", "first": 2, "reduction": 2}},
    {
        "algorithm": "grid",
        "trials": None,
        "space": {"preferences.co_click.settings.rank": {"integer": [2, 12]}},
        "stopping": "halving",
    },
]
OPTUNA: list[dict[str, Any]] = [
    {"algorithm": "optuna", "stopping": "asha"},
    {"algorithm": "optuna", "stopping": "median"},
    {"algorithm": "optuna", "stopping": "none", "objective": ["lis_crossfit", "auc:clean"]},
    {"algorithm": "optuna", "stopping": "none"},
]


def played(search: dict[str, Any], **how: Any) -> list[tuple[Any, ...]]:
    return outcome(Simulation(tune_of(**search), KeptLedger(), **how).run())


@pytest.mark.parametrize("search", DETERMINISTIC)
@settings(max_examples=4)
@given(order=st.integers(0, 2**31), concurrent=st.integers(2, 5))
def test_what_ends_first_does_not_matter(
    search: dict[str, Any], order: int, concurrent: int
) -> None:
    alone = played(search)
    assert played(search, order=order, concurrent=concurrent) == alone


@settings(max_examples=3)
@given(order=st.integers(0, 2**31))
def test_optuna_without_stopping_is_the_same_with_the_same_number_at_once(order: int) -> None:
    search = {"algorithm": "optuna", "stopping": "none", "trials": 13}
    assert played(search, order=order, concurrent=3) == played(search, concurrent=3)


@pytest.mark.parametrize("search", [*DETERMINISTIC, *OPTUNA])
@settings(max_examples=3)
@given(st.lists(st.integers(1, 70), min_size=1, max_size=3))
def test_killed_anywhere_and_gone_on_is_never_killed(
    search: dict[str, Any], kills: list[int]
) -> None:
    tune = tune_of(**search)
    ledger = KeptLedger()
    for lines in sorted(kills):
        with suppress(KilledError):
            Simulation(tune, ledger, killed=lines).run()
    assert outcome(Simulation(tune, ledger).run()) == played(search)


@pytest.mark.parametrize("search", [*DETERMINISTIC, *OPTUNA])
def test_every_search_ends_with_a_whole_baseline_and_whole_trials(search: dict[str, Any]) -> None:
    simulation = Simulation(tune_of(**search), KeptLedger(), concurrent=3)
    records = simulation.run()
    assert simulation.most_at_once == 3
    assert [record.trial for record in records] == list(range(len(records)))
    assert records[0].settings == {}
    assert (records[0].status, records[0].windows) == ("finished", CUT.windows)
    assert {record.status for record in records} <= {"finished", "stopped"}
    assert all((r.status == "finished") == (r.windows == CUT.windows) for r in records)
    assert len({record.digits for record in records}) == len(records)


@pytest.mark.parametrize("search", [DETERMINISTIC[0], DETERMINISTIC[1], *OPTUNA])
def test_failed_trials_end_nothing_and_are_tried_again(search: dict[str, Any]) -> None:
    tune, ledger = tune_of(**search), KeptLedger()
    records = Simulation(tune, ledger, concurrent=2, fails={2: 4, 5: 3}).run()
    failed = [record for record in records if record.status == "failed"]
    assert [(one.trial, one.error) for one in failed] == [(2, "no luck"), (5, "no luck")]
    assert len(records) == 8
    again = Simulation(tune, ledger, concurrent=2).run()
    assert len(again) == 8
    assert {one.status for one in again} <= {"finished", "stopped"}


def test_a_failed_trial_costs_no_other_its_place() -> None:
    tune, ledger = tune_of(**DETERMINISTIC[1]), KeptLedger()
    first = Simulation(tune, ledger, fails={2: 3}).run()
    second = Simulation(tune, ledger).run()
    assert outcome(first)[:2] + outcome(first)[3:] == outcome(second)[:2] + outcome(second)[3:]


def test_a_small_space_is_searched_once() -> None:
    space = {"preferences.co_click.settings.rank": {"choice": [2, 4, 8]}}
    for algorithm in ("random", "optuna"):
        tune = tune_of(space=space, algorithm=algorithm, stopping="none", trials=20)
        records = Simulation(tune, KeptLedger()).run()
        ranks = [one.settings.get("preferences.co_click.settings.rank") for one in records]
        assert sorted(map(str, ranks)) == ["2", "4", "8", "None"]


class Exhausted:
    """A searcher that has said that it has no more; it must not be asked again."""

    most = 20


def test_a_small_space_is_not_searched_again_at_every_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trials that play are looked at some hundred times a second."""
    space = {"preferences.co_click.settings.rank": {"choice": [2, 4]}}
    tune = tune_of(space=space, algorithm="optuna", stopping="asha", trials=20)
    progress = Simulation(tune, KeptLedger(), concurrent=5).progress
    progress.replay()
    begun = [progress.next() for _ in range(4)]
    assert [one if isinstance(one, str) else one[0] for one in begun] == [0, 1, 2, "wait"]
    monkeypatch.setattr(progress, "_searcher", Exhausted())
    assert progress.next() == "wait"


def report_of(windows: int) -> TrialReport:
    return TrialReport(windows, 100 * windows, 2.0, {"lis_crossfit": 0.1})


def test_who_breaks_the_search_is_found_by_playing_alone() -> None:
    tune, ledger = tune_of(algorithm="random", stopping="none", trials=2), KeptLedger()
    progress = Simulation(tune, ledger, concurrent=2).progress
    progress.replay()
    assert not progress.break_off("too large"), "nobody plays"
    first, second = progress.next(), progress.next()
    progress.report(0, report_of(5))
    assert progress.break_off("too large")
    assert [progress.next(), progress.next()] == [first, "wait"], "one at a time from here on"
    progress.report(0, report_of(CUT.windows))
    assert progress.records[0].seconds == 4.0
    progress.end(0)
    assert progress.next() == second
    assert progress.break_off("too large")
    assert (progress.records[1].status, progress.records[1].error) == ("failed", "too large")
    third = progress.next()
    assert third[0] == 2, "the failed one waits for a new command"
    progress.report(2, report_of(CUT.windows))
    progress.end(2)
    assert progress.next() == "end"


def test_who_waits_for_others_plays_again_after_a_break() -> None:
    tune = tune_of(**DETERMINISTIC[1])
    progress = Simulation(tune, KeptLedger(), concurrent=2).progress
    progress.replay()
    progress.next()
    progress.next()
    assert progress.report(1, report_of(CUT.warmup + 2)) == "pause"
    progress.next()
    assert progress.break_off("too large")
    again = []
    for _ in range(3):
        again.append(progress.next()[0])
        progress._playing.clear()
    assert again == [0, 1, 2]
    assert progress.report(1, report_of(CUT.warmup + 2)) == "pause"


def test_a_failed_baseline_is_the_first_to_be_tried_again() -> None:
    tune, ledger = tune_of(algorithm="random", stopping="none", trials=2), KeptLedger()
    with suppress(KilledError):
        Simulation(tune, ledger, concurrent=2, fails={0: 3}, killed=6).run()
    progress = Simulation(tune, ledger, concurrent=2).progress
    progress.replay()
    assert progress.records[0].status == "failed"
    assert progress.next()[0] == 0


@pytest.mark.parametrize("told_before", [True, False])
def test_optuna_in_order_learns_what_a_failed_trial_has_when_tried_again(told_before: bool) -> None:
    candidates = OptunaCandidates(tune_of(**OPTUNA[3]), in_order=True, lag=2)
    first, second = candidates.suggest(1), candidates.suggest(2)
    failed = TrialRecord(2, second, "failed", error="no luck")  # type: ignore[arg-type]
    ended = TrialRecord(1, first, "finished", objective={"lis_crossfit": 0.1})  # type: ignore[arg-type]
    candidates.ended(failed)
    if told_before:
        candidates.ended(ended)
        assert candidates.suggest(3) != "wait"
        assert candidates.suggest(4) != "wait", "as was with the failure known"
    candidates.again(2, second)  # type: ignore[arg-type]
    if not told_before:
        candidates.ended(ended)
        assert candidates.suggest(3) != "wait"
        assert candidates.suggest(4) == "wait", "trial 2 plays"
    candidates.ended(replace(ended, trial=2, settings=second, objective={"lis_crossfit": 0.9}))  # type: ignore[arg-type]
    candidates._tell_up_to(2)
    study: Any = candidates._search._ot_study
    played = [one for one in study.trials if one.params == study.trials[1].params]
    states = [(one.state, one.values) for one in played]
    assert states == [(TrialState.FAIL, None), (TrialState.COMPLETE, [0.9])]


class Told:
    def __init__(self) -> None:
        self.words: list[tuple[str, int]] = []

    def trial_started(self, record: TrialRecord) -> None:
        self.words.append(("started", record.trial))

    def trial_reported(self, record: TrialRecord) -> None:
        self.words.append(("reported", record.windows))

    def trial_ended(self, record: TrialRecord) -> None:
        self.words.append((record.status, record.trial))


def test_who_watches_is_told_everything_also_of_earlier_commands() -> None:
    tune, ledger = tune_of(algorithm="random", stopping="none", trials=2), KeptLedger()
    live, later = Told(), Told()
    Simulation(tune, ledger, watch=live).run()
    assert live.words[:2] == [("started", 0), ("reported", CUT.warmup + 1)]
    assert live.words[-1] == ("finished", 2)
    Simulation(tune, ledger, watch=later).run()
    assert later.words == live.words
