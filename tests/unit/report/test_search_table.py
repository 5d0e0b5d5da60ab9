"""The end of a search in the terminal: readable at 80 columns, the verdict in words."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from lis_sim.report.search_html import render_search
from lis_sim.report.search_records import SearchRecords
from lis_sim.report.search_table import print_search
from lis_sim.report.search_tables import trial_settings
from tests.unit.report.example_search import DIM, DIMENSIONS, rows, summary

TWO = ("lis_crossfit_over_placebo:co_click", "auc:clean")


def printed(objectives: tuple[str, ...] = ("lis_crossfit",), width: int = 80, **ch: Any) -> str:
    found, curves = rows(objectives)
    return shown(SearchRecords(summary(objectives, **ch), found, DIMENSIONS, curves), width)


def shown(records: SearchRecords, width: int) -> str:
    text = io.StringIO()
    console = Console(file=text, width=width, color_system=None)
    print_search(records, console, Path("searches/tune-0001"))
    return text.getvalue().replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("objectives", [("lis_crossfit",), TWO])
def test_it_fits_eighty_columns_and_numbers_stay_whole(objectives: tuple[str, ...]) -> None:
    text = printed(objectives)
    assert max(map(len, text.splitlines())) <= 80
    found, _ = rows(objectives)
    best = next(row for row in found if row["winner"])
    for name in objectives:
        value = best[name]
        assert (f"{value:+.5f}" if name.startswith("lis") else f"{value:.5f}") in text


def test_later_numbers_gain_and_optimism_stand_in_one_table() -> None:
    text = printed()
    table = text[text.index("lis_crossfit after the cut") :]
    lines = [line.split() for line in table.splitlines()]
    assert ["trial", "21", "+0.02802", "[+0.02502,", "+0.03102]", "+0.03112", "+0.00310"] in lines
    assert ["gain,", "paired", "+0.00710", "[+0.00420,", "+0.01000]", "+0.00940", "+0.00230"] in (
        lines
    )


@pytest.mark.parametrize("take", ["value", "low"])
def test_a_table_of_trials_says_once_that_its_scores_are_lower_bounds(take: str) -> None:
    told = "; lis_crossfit: lower bound of the 95% interval"
    found, _ = rows()
    of = {"objectives": [{"objective": "lis_crossfit", "mode": "max", "take": take}]}
    times = 1 if take == "low" else 0
    records = SearchRecords(summary() | of, found, DIMENSIONS)
    assert " ".join(shown(records, 80).split()).count(told) == times
    assert render_search(summary() | of, found, DIMENSIONS).count(told) == times


def test_the_verdict_the_failures_and_the_folder_are_said() -> None:
    text = printed(width=120)
    assert "The search found better settings" in text
    assert "better than the config as written: lis_crossfit +0.00710" in text
    assert "trial 9 failed: RunError: no window has both labels <b>" in text
    assert text.splitlines()[-1] == "search folder: searches/tune-0001"


def test_only_the_best_trials_are_listed_winners_first() -> None:
    text = printed(width=160)
    table = text[text.index("Best trials") : text.index("after the cut  ")]
    numbers = [line.split()[0] for line in table.splitlines() if line[:5].strip().isdigit()]
    assert numbers == ["21", "2", "18", "4", "1"]


def test_a_setting_that_a_trial_does_not_have_is_left_out() -> None:
    found, _ = rows()
    records = SearchRecords(summary(), found, DIMENSIONS)
    told = {one.trial: trial_settings(records, one) for one in records.trials}
    assert told.pop(0) == "the config as written"
    assert {trial for trial, words in told.items() if ", dim " in words} == {
        row["trial"] for row in found if row[DIM] is not None
    }
    # null as a value of a choice is told: it says that the setting is left to its default.
    assert any(words.startswith("behaviour null, rank ") for words in told.values())


def test_of_a_front_three_are_told_and_the_others_counted() -> None:
    text = printed(TWO)
    winners = sum(row["winner"] for row in rows(TWO)[0])
    assert text.count("The search found better settings") == 3
    assert f"{winners - 3} more of the front are in the report" in text


def test_a_note_of_several_winners_is_said_once() -> None:
    changed = summary(TWO)
    for entry in changed["best"]:
        entry["notes"] = ["The clean arms differ."]
    assert printed(TWO, best=changed["best"]).count("The clean arms differ.") == 1


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("as good", "The config as written is as good"),
        ("no better", "What the search found is no better, and may be worse"),
        ("worse", "What the search found does worse later"),
        ("partly better", "Better in one objective, not clear in another"),
        ("inconclusive", "This log cannot tell"),
        ("mixed", "Better in one objective, worse in another"),
        ("of a later version", "An outcome of a later version"),
    ],
)
def test_every_verdict_has_words(verdict: str, words: str) -> None:
    best = [one | {"verdict": verdict} for one in summary()["best"]]
    assert words in printed(best=best)
