"""docs/score.md: its commands run as they stand there, and its table names every column."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lis_sim.arms import KINDS
from lis_sim.cli import main
from lis_sim.scoring.columns import OPTIONAL, REQUIRED
from lis_sim.scoring.scan import MOST_SLICES
from tests.unit.scoring.tables import START

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "score.md").read_text(encoding="utf-8")
DAY = 86_400
EVENTS = 2_000


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the output of a pipeline, in no order, from which commands start."""
    monkeypatch.chdir(tmp_path)
    draw = np.random.default_rng(0)
    taste = draw.normal(size=EVENTS)
    events: dict[str, Any] = {
        "impression_id": np.arange(EVENTS),
        "user_id": draw.integers(0, 200, EVENTS),
        "item_id": draw.integers(0, 20, EVENTS),
        "shown_at": pa.array(
            (START + np.arange(EVENTS) * DAY * 20 // EVENTS) * 1_000_000, pa.timestamp("us")
        ),
        "click": (draw.random(EVENTS) < 1 / (1 + np.exp(-taste))).astype(np.int32),
    }
    for name, known in (("clean", 0.3), ("likes", 3.0), ("placebo", 0.3)):
        (tmp_path / name).mkdir()
        for seed in (11, 12, 13):
            logit = (known * taste + draw.normal(size=EVENTS)).astype(np.float32)
            shuffled = draw.permutation(EVENTS)
            own: dict[str, Any] = {"seed": np.full(EVENTS, seed), "logit": logit}
            table = pa.table(events | own)
            pq.write_table(table.take(shuffled), tmp_path / name / f"{seed}.parquet")
    return tmp_path


def test_its_commands_run_as_they_stand(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (query,) = blocks("sql")
    duckdb.sql(query)
    command, _, benchmark = blocks("bash")
    assert "benchmarks --only score_file" in benchmark
    program, *arguments = shlex.split(command)
    assert program == ".venv/bin/lis-sim"
    monkeypatch.setattr(sys, "argv", ["lis-sim", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capfd.readouterr()
    assert ended.value.code in (0, None), err
    assert "horizon all · folds 5" in out.replace("\N{NO-BREAK SPACE}", " ")
    assert "This preference data is worth aligning a model on" in out
    assert f"{EVENTS:,} events, 20 windows, 3 arms, 3 replicates" in err
    assert (place / "ctr.parquet").is_file()


@pytest.mark.slow
def test_scores_that_a_run_kept_give_its_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIS_SIM_CACHE", str(tmp_path / "cache"))
    (block,) = (block for block in blocks("bash") if "output.scores" in block)
    run, score = block.splitlines()
    own = lis_sim(f"{run} --set monitoring.enabled=false", monkeypatch, capfd)
    other = lis_sim(score, monkeypatch, capfd)
    tables = [text.partition("Arms")[2].partition("run folder:")[0] for text in (own, other)]
    assert tables[0] == tables[1]
    assert tables[0].count("lis_crossfit") >= 2


def lis_sim(command: str, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> str:
    """Return what a command as the page has it prints on stdout."""
    program, *arguments = shlex.split(command)
    assert program == ".venv/bin/lis-sim"
    patch.setattr(sys, "argv", ["lis-sim", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capture.readouterr()
    assert ended.value.code in (0, None), err
    return out


def test_its_python_runs_as_it_stands(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    duckdb.sql(blocks("sql")[0])
    (code,) = blocks("python")
    exec(compile(code, "docs/score.md", "exec"), {})
    assert "'verdict': 'align'" in capfd.readouterr().out


def test_its_table_names_every_column() -> None:
    named = set(re.findall(r"^\| `(\w+)(?::NAME)?` \|", PAGE, flags=re.MULTILINE))
    assert named == {*REQUIRED, *OPTIONAL, *KINDS}
    assert f"at most {MOST_SLICES} parts" in PAGE


def test_its_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / link).exists(), link
