"""What the README shows is what happens."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lis_sim.data.synthetic import SyntheticSpec, draw_events, make_world

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"[+-]?\d+\.\d+")
CLOSE = 0.004  # another processor rounds otherwise; a wrong table is further away

pytestmark = pytest.mark.slow


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def run(command: str, folder: Path) -> str:
    command = command.replace(".venv/bin/lis-sim", f"{sys.executable} -m lis_sim")
    done = subprocess.run(
        command,
        shell=True,
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LIS_SIM_CACHE": str(folder / "cache")},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def write_log(path: Path) -> None:
    spec = SyntheticSpec(events=6_000, users=80, items=60, days=5)
    drawn = next(draw_events(spec, make_world(spec)))
    with path.open("w", encoding="utf-8") as file:
        file.write("user_id,item_id,timestamp,clicked,surface\n")
        columns = (drawn.user, drawn.item, drawn.time_us, drawn.label)
        for user, item, time_us, label in zip(*columns, strict=True):
            surface = ("feed", "search")[(user + item) % 2]
            file.write(f"u{user},i{item},{time_us // 1_000_000},{int(label)},{surface}\n")


def test_a_log_of_ones_own_goes_the_way_the_readme_shows(tmp_path: Path) -> None:
    write_log(tmp_path / "events.csv")
    (shell,) = (block for block in blocks("bash") if "data import" in block)
    shown = run("set -e\n" + shell, tmp_path)
    assert "label rate" in shown
    (config,) = blocks("yaml")
    (tmp_path / "mylog.yaml").write_text(config, encoding="utf-8")
    local = "--set training.engine=local --set monitoring.port=0 --set replicates=2"
    out = run(f".venv/bin/lis-sim run mylog.yaml {local}", tmp_path)
    assert "lis_crossfit" in out
    assert "report:" in out


@pytest.mark.ray
def test_a_search_over_ones_own_log_goes_the_way_the_readme_shows(tmp_path: Path) -> None:
    write_log(tmp_path / "events.csv")
    (shell,) = (block for block in blocks("bash") if "data import" in block)
    run("set -e\n" + shell, tmp_path)
    (config,) = blocks("yaml")
    (search,) = re.findall(r"```\n(search:\n.*?)```", README, flags=re.DOTALL)
    (tmp_path / "mylog.yaml").write_text(config + search, encoding="utf-8")
    small = "--set search.trials=2 --set training.engine=local --set monitoring.port=0"
    out = run(f".venv/bin/lis-sim tune mylog.yaml {small} --set replicates=2", tmp_path)
    assert "3 trials" in out.replace("\N{NO-BREAK SPACE}", " ")
    assert "best config: searches/mylog-" in out


def test_the_output_shown_is_the_output_of_the_quickstart(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    local = "--set training.engine=local --set monitoring.port=0"
    out = run(f".venv/bin/lis-sim run configs/quickstart.yaml {local}", tmp_path)
    (shown,) = blocks("text")
    expected = [line for line in shown.splitlines() if NUMBER.search(line)]
    found = [line for line in out.splitlines() if NUMBER.search(line)]
    assert len(expected) > 10
    assert [line.split()[0] for line in expected] == [line.split()[0] for line in found]
    for there, here in zip(expected, found, strict=True):
        numbers = [float(text) for text in NUMBER.findall(there)]
        assert numbers == pytest.approx([float(t) for t in NUMBER.findall(here)], abs=CLOSE), here
