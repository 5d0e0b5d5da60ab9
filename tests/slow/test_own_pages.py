"""What docs/own_ranker.md and docs/own_preference.md show runs as they show it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("own_ranker", "own_preference")
LONGEST = 60  # lines of a ranker

pytestmark = pytest.mark.slow


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments,
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LIS_SIM_CACHE": str(folder / "cache")},
    )


@pytest.fixture
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a folder with the files of a page, each named in its first line."""
    for language in ("python", "yaml"):
        for block in blocks(request.param, language):
            if named := re.match(r"# (\w+\.(py|yaml))\n", block):
                (tmp_path / named[1]).write_text(block, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("written", PAGES, indirect=True, ids=PAGES)
def test_its_commands_work(written: Path, request: pytest.FixtureRequest) -> None:
    page = request.node.callspec.params["written"]
    (shell,) = blocks(page, "bash")
    for line in shell.splitlines():
        words = line.split()
        assert words.pop(0) == "lis-sim"
        local = ["training.engine=local", "monitoring.enabled=false", "replicates=2"]
        more = [f"--set={one}" for one in local] if words[0] == "run" else []
        done = run(written, sys.executable, "-m", "lis_sim", *words, *more)
        assert done.returncode == 0, done.stdout + done.stderr
        assert ("lis_crossfit" if words[0] == "run" else " 0 failed, ") in done.stdout
    (summary,) = written.glob("runs/*/summary.json")
    assert len(json.loads(summary.read_text())["code"]) == 1


def test_the_ranker_is_a_short_module() -> None:
    (ranker,) = (one for one in blocks("own_ranker", "python") if "nn.Module" in one)
    assert len(ranker.splitlines()) < LONGEST
    assert "lis_sim" not in ranker


@pytest.mark.parametrize("written", ["own_ranker"], indirect=True)
def test_the_test_of_ones_own_works(written: Path) -> None:
    (test,) = (one for one in blocks("own_ranker", "python") if "def test_" in one)
    (written / "test_mine.py").write_text(test, encoding="utf-8")
    done = run(
        written, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py"
    )
    assert done.returncode == 0, done.stdout + done.stderr
