"""Profiles for people: every measure is there, and the page stays whole."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from lis_sim.preference.agreement import Ratio
from lis_sim.preference.profile import (
    Age,
    Agreement,
    Cause,
    Concentration,
    Coverage,
    Overlap,
    Popularity,
    PreferenceProfile,
    Support,
)
from lis_sim.report import render_report, write_report
from lis_sim.report.preference import lis_by_slice, preference_section, preference_table
from lis_sim.training.folder import PROFILES
from tests.unit.report.example import summary

CAUSE = Cause("corrupted", 0.75, 0.2, 0.25, 1.0, "halves share 25 % of it")
PROFILE = PreferenceProfile(
    name="co_click",
    kind="co_click",
    behaviour="dwell < 30 & <odd>",
    coverage=Coverage(0.95, 0.987, 1234, 2345, 2000.0),
    support=Support(98_765, 43_210, 0.4375, (1.0, 2.0, 3.0), (10.0, 20.0, 30.0), 0.8, 0.9),
    age=Age(1_700_000_000_000_000, 1_700_864_000_000_000, 5.0, 1.5, 0.123),
    concentration=Concentration(0.1, 0.11, 0.2, 0.21),
    popularity=Popularity(0.66, None),
    agreement=Agreement(
        0.71, 0.82, 0.031, 0.052, True, True, Ratio(0.25, 0.2, 0.3), None, Ratio(0.5, 0.4, 0.6)
    ),
    overlaps=(Overlap("other", 0.5, 0.25),),
    causes=(CAUSE,),
    sentence="Part of its engagements are random.",
).record()


def printed(profile: dict[str, Any]) -> str:
    console = Console(width=160, file=StringIO(), record=True)
    console.print(preference_table(profile, lis_by_slice(summary(), "co_click")))
    return console.export_text()


MEASURES = [
    "98,765 events, 43,210 engagements (43.8 %)",
    "20 in the middle, quartiles 10 and 30",
    "98.7 %",
    "1,234 of 2,345",
    "2023-11-14 22:13 UTC to 2023-11-24 22:13 UTC",
    "12.3 % of the log's events come after it",
    "0.66",
    "undefined",
    "0.710 (the label's: 0.820)",
    "25.0 % [20.0 %, 30.0 %]",
    "0.031 (the label's: 0.052)",
    "0.500 [0.400, 0.600]",
    "overlap with other",
    "halves share 25 % of it",
    "Part of its engagements are random.",
    "+0.00230 [+0.00120, +0.00340]",
]


@pytest.mark.parametrize("measure", MEASURES)
def test_terminal_and_page_tell_every_measure(measure: str) -> None:
    assert measure in printed(PROFILE)
    assert measure.replace("'", "&#x27;") in str(preference_section([PROFILE], summary()))


def test_names_are_escaped_and_a_page_without_profiles_has_no_section() -> None:
    section = preference_section([PROFILE], summary())
    assert section is not None
    assert "dwell &lt; 30 &amp; &lt;odd&gt;" in section
    assert preference_section([], summary()) is None
    assert "Preference data</h2>" not in render_report(summary(), [])


def test_no_evidence_has_no_age_and_no_agreement() -> None:
    bare = PROFILE | {"age": None, "agreement": dict.fromkeys(PROFILE["agreement"])}
    assert "age of the evidence" not in printed(bare)
    assert "split-half" not in printed(bare)


def test_a_folder_with_profiles_shows_them(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text(json.dumps(summary()))
    without = write_report(tmp_path).read_text()
    (tmp_path / PROFILES).write_text(json.dumps({"preferences": [PROFILE]}))
    page = write_report(tmp_path).read_text()
    assert "1,234 of 2,345" in page
    assert "1,234 of 2,345" not in without
