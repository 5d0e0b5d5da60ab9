"""docs/metrics.md: its settings are settings, and its command runs as it stands there."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path

import pytest

from lis_sim.config import RunConfig
from lis_sim.plain import parse_yaml
from tests.unit.in_process import Command

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
# The same command over a smaller world.
SMALLER = (
    "--set training.engine=local --set monitoring.enabled=false --set replicates=2 "
    "--set data.synthetic.events=4000 --set stream.window.count=4 --json"
)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def test_its_settings_name_all_there_are() -> None:
    (text,) = blocks("yaml")
    given = parse_yaml(text, "docs/metrics.md")
    config = RunConfig.model_validate({"name": "x", "data": {"synthetic": {}}, **given})
    assert given["metrics"].keys() == type(config.metrics).model_fields.keys()
    assert len(config.metrics.plan.metrics) == 6


def test_its_command_runs_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIS_SIM_CACHE", str(tmp_path / "cache"))
    (command,) = (block for block in blocks("bash") if "quickstart" in block)
    program, *arguments = shlex.split(f"{command.strip()} {SMALLER}")
    assert program == ".venv/bin/lis-sim"
    code, out, err = Command(capfd, monkeypatch)(*arguments)
    assert code == 0, err
    found = json.loads(out)["metrics"]
    labels = [(metric["metric"], metric["label"]) for metric in found]
    assert labels == [("auc", "conversion"), ("auc", "dwell >= 7"), ("user_auc", "label")]


@pytest.mark.slow
def test_the_command_on_a_public_log_runs_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    if not (Path(os.environ.get("LIS_SIM_DATA", "")) / "kuairand_pure").is_dir():
        pytest.skip("LIS_SIM_DATA has no kuairand_pure")
    monkeypatch.setenv("LIS_SIM_CACHE", str(tmp_path / "cache"))
    (command,) = (block for block in blocks("bash") if "kuairand" in block)
    fewer = "--set stream.first_windows=4 --set replicates=2 --set monitoring.enabled=false --json"
    line = command.replace("\\\n", " ").strip()
    _, *arguments = shlex.split(f"{line} {fewer} --out {tmp_path / 'run'}")
    arguments = [str(ROOT / one) if one.startswith("configs/") else one for one in arguments]
    code, out, err = Command(capfd, monkeypatch)(*arguments)
    assert code == 0, err
    found = {metric["label"]: metric for metric in json.loads(out)["metrics"]}
    assert list(found) == ["long_view", "is_like", "play_time_ms >= 7000", "label"]
    assert found["is_like"]["arms"][0]["value"] > 0.5


def test_its_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", PAGE):
        assert (ROOT / "docs" / link).is_file(), link
