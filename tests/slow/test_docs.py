"""What the pages of the documentation show is what happens: their blocks are run as they stand."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.slow.docs_pages import PAGES, ROOT, Block, blocks, name_of, runs
from tests.slow.test_readme import write_log

NUMBER = re.compile(r"(?<![\w.])[+-]?\d+\.\d+")
CLOSE = 0.004  # another processor rounds otherwise
SHIM = f'#!/bin/sh\nexec "{sys.executable}" -m lis_sim "$@"\n'
HERE = [page for page in PAGES if runs(page)]
# A session of Python as a notebook has one: cells come as lines of JSON, what they print goes back.
CELLS = """
import contextlib, io, json, sys
names = {"__name__": "__main__"}
for line in sys.stdin:
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        exec(compile(json.loads(line), "cell", "exec"), names)
    print(json.dumps(told.getvalue()), flush=True)
"""

pytestmark = pytest.mark.slow


class Place:
    """The folder that the blocks of a page are run in, and their session of Python."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._python: subprocess.Popen[str] | None = None
        shims = folder / ".venv" / "bin"
        shims.mkdir(parents=True)
        (shims / "lis-sim").write_text(SHIM)
        (shims / "lis-sim").chmod(0o755)
        self._environment = {
            **os.environ,
            "PATH": f"{shims}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "LIS_SIM_CACHE": str(folder / "cache"),
        }

    def printed(self, block: Block) -> str:
        """Return what a block prints; fail with what it says when it does not work."""
        return self._cell(block) if block.language == "python" else self._shell(block)

    def close(self) -> None:
        if self._python is not None:
            self._python.communicate()

    def _shell(self, block: Block) -> str:
        done = subprocess.run(
            ["bash", "-e", "-c", block.text],
            check=False,
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{block.where}: {done.stderr}"
        return done.stdout

    def _cell(self, block: Block) -> str:
        if self._python is None:
            self._python = subprocess.Popen(
                [sys.executable, "-c", CELLS],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        assert self._python.stdin is not None
        assert self._python.stdout is not None
        self._python.stdin.write(json.dumps(block.text) + "\n")
        self._python.stdin.flush()
        answer = self._python.stdout.readline()
        if not answer:
            _, said = self._python.communicate()
            raise AssertionError(f"{block.where}: {said}")
        return str(json.loads(answer))


def test_there_are_pages_that_are_run() -> None:
    assert {name_of(page) for page in HERE} >= {"docs/example.md", "docs/own_log.md"}


@pytest.mark.parametrize("page", HERE, ids=name_of)
def test_a_page_runs_as_it_stands(page: Path, tmp_path: Path) -> None:
    """In one folder, which holds a log ``events.csv`` and the configs that the page shows."""
    write_log(tmp_path / "events.csv")
    for config in (block for block in blocks(page) if block.language == "yaml"):
        if named := re.match(r"# (\w+\.yaml)\n", config.text):
            (tmp_path / named[1]).write_text(config.text)
    place = Place(tmp_path)
    try:
        for block, expected in runs(page):
            out = place.printed(block)
            if expected is not None:
                assert_alike(expected, out, block.where)
    finally:
        place.close()


def assert_alike(expected: str, found: str, where: str) -> None:
    """Compare words exactly but for spaces, and decimal numbers up to a rounding."""
    told = f"{where} prints\n{found}"
    assert NUMBER.sub("#", expected).split() == NUMBER.sub("#", found).split(), told
    numbers = [float(one) for one in NUMBER.findall(found)]
    assert [float(one) for one in NUMBER.findall(expected)] == pytest.approx(numbers, abs=CLOSE), (
        told
    )


@pytest.mark.parametrize(
    ("expected", "found", "alike"),
    [
        ("a 0.101", "a  0.103\n", True),
        ("a 0.101", "a 0.107", False),
        ("a 0.1", "b 0.1", False),
        ("v 3 0.1", "v 4 0.1", False),
        ("0.1 0.2", "0.1", False),
    ],
)
def test_the_comparison_sees_what_it_should(expected: str, found: str, alike: bool) -> None:
    if alike:
        assert_alike(expected, found, "here")
        return
    with pytest.raises(AssertionError):
        assert_alike(expected, found, "here")
