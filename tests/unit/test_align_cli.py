"""``lis-sim align``: a table in the dataset, and how to run with it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from lis_sim.cli import main
from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic

WORLD = SyntheticSpec(events=4_000, users=120, items=80, taste=3.0)
CONFIG: dict[str, Any] = {
    "name": "tiny",
    "data": {"source": "world"},
    "stream": {"window": {"count": 4}, "step_events": 500},
    "policy": {"name": "popularity"},
    "preferences": [{"name": "mine"}],
    "arms": ["clean", "aligned:new"],
    "representations": ["new"],
    "replicates": 1,
    "training": {"engine": "local", "device": "cpu"},
    "monitoring": {"enabled": False},
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_synthetic(WORLD, tmp_path / "world")
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(CONFIG))
    return tmp_path


def command(
    capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch, *arguments: str
) -> tuple[int, str, str]:
    patch.setattr(sys, "argv", ["lis-sim", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capture.readouterr()
    assert "Traceback" not in err
    return int(ended.value.code or 0), out, err


ALIGN = ("align", "tiny.yaml", "--content", "content", "--preference", "mine", "--until", "0.5")


def test_it_adds_a_table_that_a_run_takes(
    place: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = command(capfd, monkeypatch, *ALIGN, "--name", "new", "--json")
    said = json.loads(out)
    assert code == 0
    (table,) = said["tables"]
    log = Dataset.open(place / "world")
    assert log.representation("new").trained_until_us == table["trained_until_us"]
    assert table["directions"] >= 1
    assert said["run"] == "run with it: lis-sim run tiny.yaml --set 'representations=[new]'"
    code, _, err = command(capfd, monkeypatch, "run", "tiny.yaml", "--json")
    assert code == 0, err
    bytes_before = (place / "world/representations/new.parquet").read_bytes()
    code, _, err = command(capfd, monkeypatch, *ALIGN, "--name", "new", "--method", "contrastive")
    assert code == 1
    assert "has a representation 'new' already; give another --name, or --replace" in err
    assert (place / "world/representations/new.parquet").read_bytes() == bytes_before


def test_versions_and_their_table(
    place: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ("--with", "sureness=1000", "--until", "0.75", "--replace")
    code, out, err = command(capfd, monkeypatch, *ALIGN, "--name", "v", *settings)
    assert code == 0, err
    assert {"v_0", "v_1"} <= set(Dataset.open(place / "world").representations())
    assert "kind: table, settings: {tables: [v_0, v_1]}" in " ".join(out.split())
    assert "vectors are all zero" in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--name", "new", "--preference", "mien"), "did you mean 'mine'"),
        (("--name", "content"), "is the content itself"),
        (("--name", "a/b"), "accepted: letters, digits"),
        (("--name", "new", "--content", "contend"), "did you mean 'content'"),
        (("--name", "new", "--method", "rigde"), "did you mean 'ridge'"),
        (("--name", "new", "--with", "rank=many"), "accepted: NAME=NUMBER"),
        (("--name", "new", "--until", "0.2"), "one or more, increasing"),
    ],
)
def test_wrong_inputs(
    arguments: tuple[str, ...],
    said: str,
    place: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, out, err = command(capfd, monkeypatch, *ALIGN, *arguments)
    assert (code, out) == (1, "")
    assert said in " ".join(err.split())
    assert not list((place / "world/representations").glob("new*"))
