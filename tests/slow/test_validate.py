"""``lis-sim validate`` as a process of its own, on Ray."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import lis_sim.experiments.catalogue as catalogue
from tests.unit.experiments.toys import Doubling
catalogue.PARTS = (Doubling(seeds=40),)
from lis_sim.cli import main
main()
"""

pytestmark = [pytest.mark.slow, pytest.mark.ray]


@pytest.fixture
def temporary() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="t"))  # short, because Ray keeps sockets there
    yield folder
    shutil.rmtree(folder)


def validate(folder: Path, temporary: Path) -> subprocess.CompletedProcess[str]:
    settings = {"PYTHONPATH": str(ROOT), "TMPDIR": str(temporary), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-c", CODE, "validate", "--json", "--out", str(folder / "study")],
        cwd=folder,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )


def test_tasks_are_played_by_ray_and_kept(tmp_path: Path, temporary: Path) -> None:
    done = validate(tmp_path, temporary)
    assert done.returncode == 0, done.stderr
    (figure,) = json.loads(done.stdout)["figures"]
    assert (figure["value"], figure["detail"]) == (39.0, "40 cases")

    lines = (tmp_path / "study" / "results.jsonl").read_text().splitlines()
    assert len({json.loads(line)["key"] for line in lines}) == len(lines) == 40
    assert os.getpid() not in {json.loads(line)["result"]["process"] for line in lines}
    assert [entry.name for entry in temporary.iterdir()] == []  # Ray's folder is gone

    again = validate(tmp_path, temporary)  # has nothing left to play
    assert json.loads(again.stdout)["figures"] == [figure]
    assert (tmp_path / "study" / "results.jsonl").read_text().splitlines() == lines
