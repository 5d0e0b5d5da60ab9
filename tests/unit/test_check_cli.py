"""``lis-sim check``: what it prints where, and its exit codes."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from lis_sim.checks import BUILDER_CHECKS, POLICY_CHECKS
from tests.unit.in_process import Command


@pytest.fixture
def command(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Command:
    monkeypatch.chdir(tmp_path)
    return Command(capfd, monkeypatch, "check")


def test_a_table_of_what_passed_and_why_something_was_skipped(command: Command) -> None:
    code, out, _ = command("tests.unit.checks.modules:Good", "--set", "rank=3")
    assert code == 0
    for check in POLICY_CHECKS:
        assert re.search(rf"{check.name} +passed +passed +passed|{check.name} +skipped", out)
    assert "a_new_view_counts_at_once (clean)" in out
    assert "skipped: this arm sees no representation" in out
    assert re.search(r"policy tests.*:Good: 58 passed, 0 failed, 2 skipped, in \d+\.\d s", out)


def test_what_failed_is_told_with_what_to_do(command: Command) -> None:
    code, out, _ = command("tests.unit.checks.modules:Stuck")
    assert code == 1
    assert re.search(r"learning_changes_scores +failed", out)
    assert "all 16 scores are the same after an update; to do: let update step" in out


def test_json_is_one_object(command: Command) -> None:
    code, out, _ = command("tests.unit.checks.builders:good", "--set", "dimensions=3", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["what"], found["failed"]) == ("preference", 0)
    assert found["passed"] == len(BUILDER_CHECKS)
    assert set(found["checks"][0]) == {"check", "arm", "result", "found", "to_do"}


def test_a_file_in_the_current_folder_is_found(command: Command, tmp_path: Path) -> None:
    (tmp_path / "my_cli_ranker.py").write_text("from tests.unit.checks.recommenders import Good\n")
    path = list(sys.path)
    try:
        assert command("my_cli_ranker:Good")[0] == 0
    finally:
        sys.path[:] = path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no_such.module:Ranker"], "error: to be checked is 'no_such.module:Ranker', but no_such"),
        (["deepfm", "--set", "dim"], "error: --set 'dim'; accepted: key.subkey=value"),
        (["deepfm", "--set", "dims=3"], "error: policy.dims is not a setting"),
    ],
)
def test_wrong_arguments(command: Command, arguments: list[str], message: str) -> None:
    code, out, err = command(*arguments)
    assert (code, out) == (1, "")
    assert message in err
