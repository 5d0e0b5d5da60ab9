"""``lis-sim data append`` and ``lis-sim monitor`` as a person types them."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from rich.console import Console
from typer.testing import CliRunner

from lis_sim.cli import app
from lis_sim.cli.monitor import _teller, stopping
from lis_sim.config import load_config
from lis_sim.data.presets import preset_folder
from lis_sim.scores import RepresentationPlan
from lis_sim.training.live import LiveRun
from lis_sim.training.live_settings import check_live

HEAD = "user,item,time,clicked\n"
ROWS = [f"u{t % 7},i{t % 5},{1_700_000_000 + 60 * t},{int(t % 3 == 0)}\n" for t in range(400)]
OPTIONS = ["--user", "user", "--item", "item", "--time", "time", "--label", "clicked"]
SETTINGS: dict[str, Any] = {
    "data": {"source": "mylog"},
    "stream": {"window": {"duration": "1h"}, "warmup_windows": 1, "step_events": 50},
    "horizon": "30m",
    "preferences": [{"name": "co_click", "settings": {"rank": 2, "extra": 2}}],
    "arms": ["clean", "leaked_crossfit:co_click", "placebo:co_click"],
    "policy": {"name": "popularity"},
    "replicates": 1,
    "folds": 2,
    "monitoring": {"enabled": False},
    "monitor": {"poll_seconds": 0.05},
}


def typed(*words: str) -> str:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def rows(path: Path, start: int, end: int) -> str:
    path.write_text(HEAD + "".join(ROWS[start:end]))
    return str(path)


def test_a_log_is_imported_appended_to_and_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    typed("data", "import", "mylog", "--file", rows(tmp_path / "a.csv", 0, 200), *OPTIONS)
    table = typed("data", "append", "mylog", rows(tmp_path / "b.csv", 200, 250))
    assert "events appended" in table
    assert "part-00001.parquet" in table
    done = json.loads(
        typed(
            *("data", "append", "mylog", rows(tmp_path / "c.csv", 250, 400)),
            *("--lateness", "10m", "--json"),
        )
    )
    assert (done["rows_in"], done["rows"], done["held"], done["new_users"]) == (150, 140, 10, 0)
    (tmp_path / "live.yaml").write_text(yaml.safe_dump(SETTINGS))
    capfd.readouterr()
    typed("monitor", "live.yaml", "--out", "run", "--once", "--json")
    status = json.loads(capfd.readouterr().out)
    assert (status["rows"], status["parts"]) == (390, 3)
    # The log ends 389 minutes after it began; a window needs its hour and thirty minutes.
    assert status["windows"] == 5
    assert len((tmp_path / "run" / "windows.jsonl").read_text().splitlines()) == 5
    assert json.loads((tmp_path / "run" / "live.json").read_text())["rows"] == 390


@dataclass
class Waiting:
    """Stands for a live run that has nothing to play."""

    waiting: tuple[str, ...] = ("b.parquet",)
    waiting_for: tuple[RepresentationPlan, ...] = (RepresentationPlan("content", 9, 0),)


def test_what_is_waited_for_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    tell = _teller(cast("LiveRun", Waiting()), Console(width=500))
    tell(0)
    tell(0)
    file, table = capsys.readouterr().out.splitlines()
    assert file.startswith("b.parquet has no Parquet footer yet")
    assert "representation content was trained until 1970-01-01T00:00:00+00:00, and no" in table


def twice_asked() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stopping(Console(stderr=True)) as stop:
        assert not stop.is_set()
        signal.raise_signal(signal.SIGINT)
        assert stop.wait(1.0)
        assert signal.getsignal(signal.SIGINT) is before
        signal.raise_signal(signal.SIGINT)


def test_the_first_signal_asks_and_the_second_ends(capfd: pytest.CaptureFixture[str]) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            twice_asked()
    finally:
        signal.signal(signal.SIGINT, before)
    assert "the same command goes on from here" in capfd.readouterr().err


def test_the_shipped_config_can_be_followed() -> None:
    check_live(load_config(preset_folder().parent / "monitor.yaml"))
