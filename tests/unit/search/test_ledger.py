"""The ledger of a search, and its folder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lis_sim.errors import RunError
from lis_sim.search.ledger import Ledger, TrialReport, read_ledger

SETTINGS = {"policy.settings.hidden": [16, 8], "preferences.co_click.kind": "sparse_id"}
REPORT = TrialReport(4, 400, 1.5, {"lis_crossfit": 0.1, "auc:clean": 0.7})

NUMBERS = {"windows": 4, "events": 400, "seconds": 1.5, "objective": dict(REPORT.objective)}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "trials.jsonl")


def test_what_is_written_is_read(ledger: Ledger) -> None:
    ledger.begin(0, {})
    ledger.begin(1, SETTINGS)
    ledger.report(1, REPORT)
    ledger.report(1, replace(REPORT, windows=5, events=500, seconds=2.0))
    assert [one.status for one in ledger.records()] == ["running", "running"]
    ledger.end(replace(ledger.records()[1], status="stopped"))
    baseline, record = read_ledger(ledger.path)
    assert (baseline.settings, baseline.windows, baseline.reports) == ({}, 0, ())
    assert (record.settings, record.status, record.windows, record.events) == (
        *(SETTINGS, "stopped", 5, 500),
    )
    assert record.objective == REPORT.objective
    assert [one.windows for one in record.reports] == [4, 5]
    assert record.seconds == 2.0
    assert not baseline.ended
    assert record.ended


def test_the_lines_are_those_of_the_contract(ledger: Ledger) -> None:
    ledger.begin(1, SETTINGS)
    ledger.report(1, REPORT)
    ledger.end(replace(ledger.records()[0], status="failed", error="no GPU"))
    begun, reported, ended = ledger.lines()
    assert begun == {"trial": 1, "settings": SETTINGS}
    numbers = {"windows": 4, "events": 400, "seconds": 1.5, "objective": REPORT.objective}
    assert reported == {"trial": 1, **numbers}
    assert ended == {"trial": 1, "status": "failed", **numbers, "error": "no GPU"}


def test_a_failed_trial_that_is_tried_again_is_running(ledger: Ledger) -> None:
    ledger.begin(0, {})
    ledger.report(0, REPORT)
    ledger.end(replace(ledger.records()[0], status="failed", error="no GPU"))
    assert ledger.records()[0].error == "no GPU"
    ledger.begin(0, {})
    (record,) = ledger.records()
    assert (record.status, record.error, record.windows) == ("running", None, 4)


def test_half_a_line_is_dropped(ledger: Ledger) -> None:
    ledger.begin(0, {})
    with ledger.path.open("a") as file:
        file.write('{"trial": 1, "sett')
    assert len(ledger.records()) == 1
    ledger.mend()
    ledger.begin(1, SETTINGS)
    assert [one.trial for one in ledger.records()] == [0, 1]


def test_no_ledger_has_no_trials(tmp_path: Path) -> None:
    assert read_ledger(tmp_path / "none") == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("not JSON", "line 2 is not JSON as a search writes it"),
        ("[]", "line 2 holds a list, not a JSON object as a search writes"),
        ('{"number": 1}', "line 2 is not what a search writes"),
        ('{"trial": 0, "settings": 3}', "line 2 is not what a search writes"),
        ('{"trial": 0, "windows": 1}', "line 2 is not what a search writes"),
        (json.dumps({"trial": 0, "status": "failed", **NUMBERS}), "line 2 is not what a search"),
        (json.dumps({"trial": 7, **NUMBERS}), "trial 7 is reported in the ledger but was never"),
    ],
)
def test_foreign_lines_are_refused(ledger: Ledger, line: str, expected: str) -> None:
    ledger.begin(0, {})
    with ledger.path.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(RunError) as caught:
        ledger.records()
    assert expected in str(caught.value)
