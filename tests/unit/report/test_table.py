"""What a person sees at the end of a run."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, get_args

import pytest
from rich.console import Console

from lis_sim.report import print_summary
from lis_sim.scores.verdict import Reason
from tests.unit.report.example import arm, score, summary


def printed(shown: dict[str, Any], *, width: int = 80, folder: Path | None = None) -> str:
    text = io.StringIO()
    print_summary(shown, Console(file=text, width=width, color_system=None), folder)
    return text.getvalue().replace("\N{NO-BREAK SPACE}", " ")


def row(text: str, *starts: str) -> str:
    (found,) = (line for line in text.splitlines() if line.split()[: len(starts)] == [*starts])
    return " ".join(found.split())


def test_a_score_shows_value_interval_and_both_parts_of_its_error() -> None:
    text = printed(summary())
    assert row(text, "lis_crossfit", "all") == (
        "lis_crossfit all +0.00230 [+0.00120, +0.00340] 0.00042 0.00037"
    )
    assert row(text, "history", "all").startswith("history all -0.00070")


def test_everything_fits_eighty_columns_and_arm_names_stay_whole() -> None:
    text = printed(summary())
    assert max(map(len, text.splitlines())) <= 80
    assert "leaked_crossfit:co_click " in text


def test_a_representation_has_a_table_of_its_own() -> None:
    text = printed(summary())
    assert text.index("Scores of co_click") < text.index("Scores of title_minilm")
    assert row(text, "ais", "all").startswith("ais all +0.00110")


def test_settings_stand_above_the_scores_and_the_folder_stands_last() -> None:
    text = printed(summary(), folder=Path("runs") / "kuairand-0001", width=120)
    lines = text.splitlines()
    assert "horizon all · folds 5 · form joint · replicates 3" in lines[0]
    assert lines[-1] == "run folder: runs/kuairand-0001"


def test_an_undefined_auc_shows_its_counts() -> None:
    text = printed(summary(arms=[arm("clean", None)]))
    assert row(text, "clean", "none") == "clean none 0 pos, 812 neg - - -"


def test_arms_are_shown_over_all_events_and_their_slices_left_to_the_report() -> None:
    text = printed(summary(arms=[arm("clean", 0.7), arm("clean", 0.6, "cold")]))
    assert row(text, "clean").startswith("clean 0.7000")


def test_undefined_windows_are_counted_in_words() -> None:
    text = printed(summary(), width=120)
    assert "1 of the run's windows had one class only and so no AUC." in text
    note = (
        "co_click, slice cold: 15 windows had events of one class only; the others, 0, are scored."
    )
    assert text.count(note) == 1


def test_exactly_zero_does_not_look_like_a_small_number() -> None:
    tiny = score("history", -1e-9)
    text = printed(summary(scores=[score("lis", 0.0, low=0.0, high=0.0), tiny]))
    assert row(text, "lis", "all").split()[2] == "0"
    assert row(text, "history", "all").split()[2] == "-0.00000"


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("align", "worth aligning a model on"),
        ("preference-data", "too little to give"),
        ("representation", "the representation did not learn it"),
        ("ship", "reaches what the data can give"),
        ("bound-exceeded", "brings more than this preference data"),
        ("inconclusive", "This run cannot tell"),
    ],
)
def test_every_verdict_has_words_its_reason_and_its_name(verdict: str, words: str) -> None:
    entry = {"preference": "p", "representation": None, "verdict": verdict, "because": "Because."}
    text = printed(summary(verdicts=[entry]), width=120)
    assert words in text
    assert "Because." in text
    assert f" {verdict} " in text


def test_an_inconclusive_verdict_advises_by_its_reason() -> None:
    entry = {"preference": "p", "representation": None, "verdict": "inconclusive", "because": "B."}
    told = {
        reason: printed(summary(verdicts=[entry | {"reason": reason}]), width=120)
        for reason in get_args(Reason)
    }
    assert len(set(told.values())) == len(told)
    assert "more replicates; a longer log would not help" in told["replicates"]
    assert "a log of more users" in told["users"]
    assert "More data would not settle it" in told["edge"]


def test_what_verdicts_read_stands_under_its_score() -> None:
    over = score("lis_crossfit_over_placebo", 0.0043)
    text = printed(summary(scores=[score("lis_crossfit", 0.0023), over]))
    below = text[text.index("lis_crossfit") :].splitlines()[1]
    assert below.startswith("  over_placebo  all")
    assert "+0.00430" in below


def test_an_unknown_cut_and_a_single_replicate_are_said() -> None:
    text = printed(summary(replicates=1), width=120)
    assert "title_minilm: trained until an unknown time" in text
    assert "this training run only" in text


def test_names_with_brackets_are_text_and_not_styling() -> None:
    odd = score("lis", 0.01, preference="[red]x[/red]")
    assert "Scores of [red]x[/red]" in printed(summary(scores=[odd]))
