"""A controller that outlives its killed command commits nothing more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lis_sim.errors import RunError
from lis_sim.training.attempt import committing, current_attempt, end_attempts, new_attempt
from lis_sim.training.cluster.commit_callback import CommitCallback
from lis_sim.training.folder import RunFolder


def reported(window: int) -> list[dict[str, str]]:
    line = json.dumps({"window": window})
    return [{"record": line, "timings": line, "checkpoint": ""}]


def test_what_a_killed_command_left_commits_nothing_once_another_goes_on(tmp_path: Path) -> None:
    """Failed before: the window was written behind the back of the second command."""
    folder = RunFolder(tmp_path)
    folder.go_back()
    left = CommitCallback(tmp_path)
    left.after_report(None, reported(0), None)
    folder.go_back()
    second = CommitCallback(tmp_path)
    with pytest.raises(RunError, match=r"another command goes on with .*; accepted: one at a time"):
        left.after_report(None, reported(1), None)
    assert not (tmp_path / "windows.jsonl").read_text()  # cut back: there is no checkpoint
    second.after_report(None, reported(0), None)
    folder.write_summary({})
    with pytest.raises(RunError, match="or has ended it"):
        second.after_report(None, reported(1), None)
    assert (tmp_path / "windows.jsonl").read_text() == '{"window": 0}\n'
    assert {path.name for path in tmp_path.iterdir()} == {
        "windows.jsonl",
        "timings.jsonl",
        "summary.json",
    }


def test_only_the_newest_attempt_commits(tmp_path: Path) -> None:
    assert current_attempt(tmp_path) == ""
    with pytest.raises(RunError, match="another command"), committing(tmp_path, ""):
        pass
    new_attempt(tmp_path)
    first = current_attempt(tmp_path)
    with committing(tmp_path, first):
        pass
    new_attempt(tmp_path)
    assert current_attempt(tmp_path) != first
    with pytest.raises(RunError, match="another command"), committing(tmp_path, first):
        pass
    end_attempts(tmp_path)
    end_attempts(tmp_path)
    assert current_attempt(tmp_path) == ""
