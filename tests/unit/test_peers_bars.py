"""Peers: how a program is played and judged, with one made up here and none installed."""

from __future__ import annotations

import io
import json
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks import peers_bars
from benchmarks.__main__ import main
from benchmarks.bars import BARS, Bar
from benchmarks.peer_process import Played, check_installed, parsed, peer
from benchmarks.peers.measured import timed
from benchmarks.processes import ROOT
from lis_sim.errors import RunError

BAR = Bar("vw", "torch", 4_096, 2.2, 0.005)


def test_the_last_line_is_read() -> None:
    line = {"events": 9, "seconds": 2.0, "cpu_seconds": 1.5, "peak_mb": 80.5}
    assert parsed("some words\n" + json.dumps(line) + "\n") == Played(9, 2.0, 1.5, 80.5)
    ours = parsed(json.dumps({**line, "auc": 0.7, "windows": [[4, 1], [5, 0]]}))
    assert (ours.auc, ours.windows) == (0.7, ((4, True), (5, False)))


def test_the_figure_is_the_median_of_rates_and_says_both_sides() -> None:
    own = [Played(100, seconds, 1.0, 50.0) for seconds in (1.0, 2.0, 4.0)]
    their = [Played(10, seconds, 0.5, 70.0) for seconds in (1.0, 1.0, 1.0)]
    speed, ahead = peers_bars.judged(BAR, own, their, (0.626, 0.620))
    assert (speed.name, speed.value, speed.low, speed.high) == ("vw_torch_b4096", 5.0, 2.5, 10.0)
    assert speed.met is True
    for told in ("50 against 10 events/s", "AUC 0.6260 against 0.6200", "50 against 70 MB"):
        assert told in speed.detail
    assert ahead.value == pytest.approx(0.006)
    assert (ahead.name, ahead.met) == ("vw_torch_b4096_auc", True)
    assert peers_bars.judged(BAR, own, their, (0.624, 0.620))[1].met is False


def test_windows_are_weighed_by_their_events_without_the_warm_up() -> None:
    score = np.array([9, 1, 2, 1, 2, 1, 2, 3], np.float32)
    label = np.array([0, 1, 1, 0, 0, 1, 0, 0], np.float32)  # 0 in the warm-up, then 1, then 0
    found = peers_bars.windowed_auc(score, label, [(2, True), (2, False), (4, False)])
    assert found == pytest.approx((2 * 1.0 + 4 * 0.0) / 6)


def test_a_made_up_peer_is_played_in_turn_with_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    order: list[str] = []

    def other(module: str, log: Path, scores: Path, batch: int) -> Played:
        order.append(module)
        events = 3_000
        np.save(scores, np.random.default_rng(0).random(events, np.float32))
        return Played(events, 2.0, 2.0, 100.0)

    def own(log: Path, batch: int, kernel: str) -> Played:
        order.append(kernel)
        return Played(3_000, 0.5, 0.5, 50.0, 0.6, ((1_000, True), (2_000, False)))

    monkeypatch.setattr(peers_bars, "check_installed", lambda: None)
    monkeypatch.setattr(peers_bars, "peer", other)
    monkeypatch.setattr(peers_bars, "ours", own)
    monkeypatch.setattr(peers_bars, "EVENTS", 3_000)
    monkeypatch.setattr(peers_bars, "SHORT_EVENTS", 100)
    out = io.StringIO()
    assert main(["--only", "fuxictr_compiled_b1024", "--json"], out) == 0
    assert order == ["fuxictr_deepfm", "compiled"] * 3
    speed, ahead = json.loads(out.getvalue())["figures"]
    assert (speed["name"], speed["value"], speed["met"]) == ("fuxictr_compiled_b1024", 4.0, False)
    assert 0.05 < ahead["value"] < 0.15  # coins have an AUC of one half


def test_without_their_environment_one_line_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = tmp_path / "bin" / "python"
    monkeypatch.setattr(peers_bars, "check_installed", partial(check_installed, absent))
    assert main(["--only", "peers_bars"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "benchmark peers_bars"
    (line,) = told[1:]
    assert str(absent) in line
    assert "run `make bench-peers`" in line
    with pytest.raises(RunError, match="not installed"):
        peer("river_fm", tmp_path, tmp_path / "scores.npy", 1, absent)


def test_a_peer_that_fails_is_named_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"benchmarks.peers.nobody ended with 1: .*nobody"):
        peer("nobody", tmp_path, tmp_path / "scores.npy", 1, Path(sys.executable))


def test_seconds_and_memory_are_those_of_the_call() -> None:
    found, facts = timed(lambda: float(np.ones(10_000_000).sum()))
    assert found == 10_000_000.0
    assert facts["peak_mb"] > 80  # the array's own
    assert facts["cpu_seconds"] > 0


def test_every_bar_has_a_program_and_a_name_of_its_own() -> None:
    assert len({bar.name for bar in BARS}) == len(BARS)
    assert {bar.peer for bar in BARS} == set(peers_bars._MODULES)
    for module in peers_bars._MODULES.values():
        assert (ROOT / "benchmarks" / "peers" / f"{module}.py").is_file()
