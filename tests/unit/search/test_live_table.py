"""A search in the terminal while it goes: what is counted, what is estimated, what a log sees."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from lis_sim.search.candidate import Cut
from lis_sim.search.ledger import TrialRecord, TrialReport
from lis_sim.search.live_page import LivePage
from lis_sim.search.live_table import LiveTable
from lis_sim.search.metrics import SearchMetrics, search_collector, search_metrics
from lis_sim.search.settings import TuneConfig, parse_tune
from lis_sim.search.watches import Watches

RANK = "preferences.co_click.settings.rank"
CUT = Cut(windows=6, warmup=2, total=12, end_us=0, events=1_000, events_total=2_000)


@pytest.fixture(scope="module")
def tune() -> TuneConfig:
    return parse_tune(
        {"name": "demo", "data": {"synthetic": {}}, "preferences": [{"name": "co_click"}]},
        {"space": {RANK: {"integer": [2, 12]}}, "trials": 9},
    )


def trial(number: int, status: str = "running", windows: int = 6, **changes: Any) -> TrialRecord:
    settings = {RANK: number + 1} if number else {}
    objective = {"lis_crossfit": 0.001 * number} if windows > 2 else {}
    return TrialRecord(
        number,
        settings,
        status,  # type: ignore[arg-type]
        windows=windows,
        events=1_000 * windows // 6,
        seconds=10.0 * windows / 6,
        objective=objective,
        reports=(TrialReport(windows, 0, 0.0, objective),),
        **changes,
    )


def table(tune: TuneConfig, *, terminal: bool = False) -> tuple[LiveTable, io.StringIO]:
    out = io.StringIO()
    console = Console(file=out, width=80, force_terminal=terminal, color_system=None)
    now = iter(range(0, 10_000, 75))
    return LiveTable(tune, CUT, console, clock=lambda: next(now)), out


def drawn(live: LiveTable) -> str:
    text = io.StringIO()
    Console(file=text, width=80, color_system=None).print(live.table())
    return text.getvalue()


def test_trials_are_counted_by_status_and_events_as_a_share_of_a_full_search(
    tune: TuneConfig,
) -> None:
    live, _ = table(tune)
    assert drawn(live).strip() == "starting Ray for 10 trials"
    for one in (trial(0, "finished"), trial(1, "stopped", 3), trial(2, "failed", 0)):
        live.trial_started(replace(one, status="running", windows=0, events=0))
        live.trial_ended(one)
    live.trial_started(trial(3, windows=0))
    live.trial_reported(trial(3, windows=3))
    assert live.counts() == "4 of 10 trials: 1 running, 1 finished, 1 stopped, 1 failed"
    # 1,000 + 500 + 0 + 500 of 10,000 events; three trials took 15 s, 6.5 more are to come.
    assert live.progress() == "20% of the events of a full search · 1:15 so far · about 0:32 left"


def test_the_best_are_shown_those_at_the_cut_first_at_eighty_columns(tune: TuneConfig) -> None:
    live, _ = table(tune)
    live.trial_ended(trial(0, "finished"))
    for number in range(1, 8):
        live.trial_ended(trial(number, "stopped" if number % 2 else "finished"))
    text = drawn(live)
    assert max(map(len, text.splitlines())) <= 80
    rows = [line.split()[:2] for line in text.splitlines() if line.strip()[:1].isdigit()]
    best = [one for one in rows if one[0].isdigit() and one[1] in ("finished", "stopped")]
    assert best[0] == ["6", "finished"]
    assert [number for number, _ in best] == ["6", "4", "2", "0", "7"]


def test_a_terminal_sees_the_table_and_closing_twice_is_fine(tune: TuneConfig) -> None:
    live, out = table(tune, terminal=True)
    with live:
        live.trial_ended(trial(1, "finished"))
        live.close()
    assert "Best so far" in out.getvalue()


def test_no_more_trials_are_counted_than_the_space_has(tune: TuneConfig) -> None:
    for algorithm in ("random", "optuna"):
        search = {"space": {RANK: {"choice": [2, 4]}}, "trials": 9, "algorithm": algorithm}
        live, _ = table(parse_tune(tune.raw, search))
        assert drawn(live).strip() == "starting Ray for 3 trials"


def test_a_log_sees_one_line_a_trial(tune: TuneConfig) -> None:
    live, out = table(tune)
    with live:
        live.trial_started(trial(1, windows=0))
        live.trial_reported(trial(1, windows=4))
        live.trial_ended(trial(1, "finished"))
        live.trial_ended(trial(2, "failed", 0, error="RunError: [b] no label"))
    assert out.getvalue().splitlines() == [
        "[1/10] trial 1 finished after 6 windows: lis_crossfit +0.00100; rank 2",
        "[2/10] trial 2 failed after 0 windows: RunError: [b] no label; rank 3",
    ]


def test_the_best_value_in_metrics_is_of_a_trial_that_finished(tune: TuneConfig) -> None:
    collector = search_collector("demo", tune.objectives[0])
    watch = Watches(SearchMetrics(collector), None)
    watch.trial_started(trial(7))
    watch.trial_reported(trial(7, windows=3))
    watch.trial_ended(trial(7, "stopped", 3))
    assert collector.best is None
    watch.trial_ended(trial(4, "finished"))
    watch.trial_started(trial(5))
    assert collector.best == pytest.approx(0.004)
    found = {
        (sample.name, sample.labels.get("status") or sample.labels.get("metric")): sample.value
        for family in collector.collect()
        for sample in family.samples
        if sample.labels.get("trial") in (None, "4")
    }
    assert found["lis_sim_tune_trials", "running"] == 1
    assert found["lis_sim_tune_trials", "finished"] == 1
    assert found["lis_sim_tune_trials", "stopped"] == 1
    assert found["lis_sim_tune_trials", "failed"] == 0
    assert found["lis_sim_tune_trial_value", "events"] == 1_000
    assert ("lis_sim_tune_trials", "pending") not in found


@pytest.mark.parametrize("enabled", [True, False])
def test_metrics_are_served_only_where_asked_for(
    tune: TuneConfig, enabled: bool, tmp_path: Any
) -> None:
    said: list[str] = []
    config = tune.base.monitoring.model_copy(update={"enabled": enabled, "port": 0})
    with search_metrics("demo", tune.objectives[0], config, tmp_path, said.append) as watch:
        watch.trial_started(trial(0))
        assert (tmp_path / "metrics.json").exists() == enabled
    assert [one.startswith("metrics: http://127.0.0.1:") for one in said] == [True] * enabled
    assert not (tmp_path / "metrics.json").exists()


def test_the_page_is_written_as_trials_end_and_not_too_often(
    tune: TuneConfig, tmp_path: Path
) -> None:
    said: list[str] = []
    now = [0.0]
    page = LivePage(tune, tmp_path, said.append, clock=lambda: now[0])
    page.trial_started(trial(0, windows=0))
    page.trial_reported(trial(0, windows=3))
    assert not (tmp_path / "report.html").exists()
    page.trial_ended(trial(0, "finished"))
    first = (tmp_path / "report.html").read_text()
    assert "Unfinished." in first
    assert 'http-equiv="refresh"' in first
    page.trial_ended(trial(1, "finished"))
    assert (tmp_path / "report.html").read_text() == first
    now[0] = 6.0
    page.trial_ended(trial(2, "stopped", 3))
    later = (tmp_path / "report.html").read_text()
    assert "3 trials: 2 finished, 1 stopped" in later.replace("\N{NO-BREAK SPACE}", " ")
    assert "finished, winner" not in later
    assert said == []


def test_a_page_that_cannot_be_written_does_not_end_a_search(
    tune: TuneConfig, tmp_path: Path
) -> None:
    said: list[str] = []
    now = [0.0]
    page = LivePage(tune, tmp_path / "absent", said.append, clock=lambda: now[0])
    for number in range(2):
        now[0] += 10.0
        page.trial_ended(trial(number, "finished"))
    (told,) = said
    assert told.startswith("the report is not written while this search goes on")
