"""``lis-sim preference describe``: what it prints, what it refuses, and a run's profiles."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.unit.in_process import Command

CONFIG = {
    "name": "tiny",
    "data": {"synthetic": {"events": 800, "users": 30, "items": 20, "signals": ["noise"]}},
    "stream": {"window": {"count": 4}, "step_events": 200},
    "policy": {"name": "popularity"},
    "preferences": [
        {"name": "clicks", "settings": {"rank": 2, "extra": 2}},
        {"name": "coins", "settings": {"behaviour": "noise"}},
        {"name": "vectors", "kind": "table", "settings": {"tables": ["content"]}},
    ],
    "folds": 2,
    "replicates": 1,
    "training": {"engine": "local", "device": "cpu"},
    "monitoring": {"enabled": False},
}


@pytest.fixture
def command(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Command:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIS_SIM_CACHE", str(tmp_path / "cache"))
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(CONFIG))
    return Command(capfd, monkeypatch)


def test_all_are_described_and_what_cannot_be_is_said(command: Command) -> None:
    code, out, err = command("preference", "describe", "tiny.yaml")
    assert code == 0
    assert "clicks (co_click, label)" in out
    assert "coins (co_click, noise)" in out
    assert "left out: vectors, of kind table" in err


def test_json_is_one_object(command: Command) -> None:
    code, out, _ = command("preference", "describe", "tiny.yaml", "coins", "--json")
    assert code == 0
    (found,) = json.loads(out)["preferences"]
    assert (found["name"], found["lis_crossfit"]) == ("coins", [])
    assert found["support"]["events"] == 800
    assert found["causes"]
    assert found["sentence"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["coin"], "'coin' is none of its preferences; did you mean 'coins'?"),
        (["vectors"], "preference 'vectors' is of kind 'table'"),
        (["--set", "preferences=[]"], "the config declares: none"),
        (["--run", "nowhere"], "nowhere does not exist"),
    ],
)
def test_wrong_inputs(command: Command, arguments: list[str], message: str) -> None:
    code, out, err = command("preference", "describe", "tiny.yaml", *arguments)
    assert code == 1
    assert out == ""
    assert message in " ".join(err.split())


def test_a_run_keeps_its_profiles_and_lends_its_scores(command: Command, tmp_path: Path) -> None:
    assert command("run", "tiny.yaml")[0] == 0
    (summary,) = (tmp_path / "runs").glob("*/summary.json")
    folder = summary.parent
    kept = json.loads((folder / "preferences.json").read_text())["preferences"]
    assert [one["name"] for one in kept] == ["clicks", "coins"]
    assert "Preference data</h2>" in (folder / "report.html").read_text()
    described = json.loads(command("preference", "describe", "tiny.yaml", "--json")[1])
    scores = [one.pop("lis_crossfit") for one in described["preferences"]]
    assert described["preferences"] == kept
    assert {"all", "cold"} <= {score["slice"] for score in scores[0]}
    other = ["--set", "data.synthetic.seed=5", "--run", str(folder)]
    code, _, err = command("preference", "describe", "tiny.yaml", *other)
    assert code == 1
    assert "is a run of another log" in " ".join(err.split())
