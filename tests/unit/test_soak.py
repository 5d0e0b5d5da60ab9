"""The soak's arithmetic: slopes, what counts as growth, and a log in which nobody new comes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import soak, soak_log
from benchmarks.soak_figures import BYTES_PER_WINDOW, figures_of
from benchmarks.soak_log import Months
from benchmarks.soak_parts import Part, Sample
from benchmarks.soak_slope import slope_of
from benchmarks.soak_watch import Held, Page, held
from lis_sim.data.growing import GrowingLog
from lis_sim.data.synthetic import SyntheticSpec
from lis_sim.errors import ConfigError, RunError
from lis_sim.experiments.figure import Figure

SECONDS = 2_000


@given(st.floats(-50.0, 50.0), st.floats(100.0, 1_000.0), st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_a_slope_is_found_under_noise_and_single_peaks(
    true: float, level: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    hours = np.arange(SECONDS) / 3_600
    memory = level + true * hours + random.normal(0.0, 0.5, SECONDS)
    memory[random.integers(0, SECONDS, 40)] += 300.0
    slope = slope_of(hours, memory)
    assert slope.value is not None
    assert abs(slope.value - true) < 1.5


def test_the_interval_of_a_flat_line_holds_zero_nearly_always() -> None:
    hours = np.arange(600) / 3_600
    held_zero = 0
    for seed in range(20):
        steps = np.random.default_rng(seed).normal(0.0, 0.2, 600)
        slope = slope_of(hours, 400.0 + np.convolve(steps, np.ones(10), "same"))
        held_zero += slope.low is not None and slope.low <= 0.0 <= (slope.high or 0.0)
    assert held_zero >= 16


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_samples_have_no_slope(count: int) -> None:
    assert slope_of(np.arange(count), np.arange(count)).value is None


def watched(
    name: str, megabytes_a_window: float = 0.0, fds_an_hour: float = 0.0, more_series: int = 0
) -> Part:
    """Return a command that played one window of 1,000 events a second."""
    with subprocess.Popen(["true"], text=True) as process:
        part = Part(name, Path("none"), process, Path("none"))
    for second in range(SECONDS):
        own = Held(1, 500.0, 450.0, 400.0 + second * megabytes_a_window, 9, 10)
        own.fds += int(second / 3_600 * fds_an_hour)
        series = 100 + more_series * (second > 1_900)
        page = Page(0.005, series, second % 7, second, 1_000 * second)
        part.samples.append(Sample(float(second), own, Held(), page))
    return part


def by_name(parts: list[Part]) -> dict[str, Figure]:
    return {one.name: one for one in figures_of(parts)}


def test_flat_commands_meet_every_target() -> None:
    found = by_name([watched("run"), watched("monitor")])
    unmet = [name for name, one in found.items() if one.met is False]
    assert unmet == []
    assert found["memory_slope"].value == pytest.approx(0.0, abs=1e-9)
    assert found["soak_events"].value == 2 * 1_000 * (SECONDS - 1)
    assert found["soak_minutes"].value == pytest.approx((SECONDS - 1) / 60)
    assert found["series_growth"].value == 0.0  # drift events come and go


def test_the_command_that_grows_makes_the_headline() -> None:
    leak = 3 * BYTES_PER_WINDOW / 2**20
    found = by_name([watched("run"), watched("monitor", leak)])
    assert found["memory_slope"].met is False
    assert found["memory_slope"].value == pytest.approx(3 * BYTES_PER_WINDOW, rel=1e-6)
    assert found["memory_slope"].detail.endswith("(a window)")
    assert found["memory_slope_run"].met
    grown = found["memory_slope_monitor"]
    assert grown.low == pytest.approx(grown.high)
    assert grown.target == f"<= {BYTES_PER_WINDOW}"
    assert f"uss {3_600 * leak:+.1f} [" in grown.detail
    assert f"{1_000 * leak:.2f} MB per 10^6 events" in grown.detail


@pytest.mark.parametrize("windows_a_second", [0.2, 1.0, 50.0])
def test_the_memory_of_a_window_is_judged_the_same_at_any_speed(windows_a_second: float) -> None:
    part = watched("run", windows_a_second * 0.9 * BYTES_PER_WINDOW / 2**20)
    for place, one in enumerate(part.samples):
        windows = int(one.second * windows_a_second)
        page = Page(0.005, 100, 0, windows, 1_000 * windows)
        part.samples[place] = Sample(one.second, one.own, one.daemons, page)
    figure = by_name([part])["memory_slope"]
    assert figure.value == pytest.approx(0.9 * BYTES_PER_WINDOW, rel=0.02)
    assert figure.met


@pytest.mark.parametrize(
    ("served", "words"),
    [
        (lambda second: False, "monitor answered no scrape after its warm-up"),
        (lambda second: second < 300, "monitor answered no scrape"),  # while it warms up
        (lambda second: second == 1_500, "monitor stayed at 1500 windows"),
        (lambda second: second in (1_500, 1_600), "scraped 2 times, too few"),
    ],
)
def test_a_leak_of_which_nothing_can_be_said_does_not_pass(
    served: Callable[[int], bool], words: str
) -> None:
    part = watched("monitor", 1.0)
    part.samples = [
        one if served(int(one.second)) else Sample(one.second, one.own, one.daemons, None)
        for one in part.samples
    ]
    with pytest.raises(RunError, match=words):
        figures_of([watched("run"), part])


def test_files_and_series_that_grow_are_seen() -> None:
    found = by_name([watched("run", fds_an_hour=60.0, more_series=2)])
    assert found["fd_slope"].met is False
    assert found["fd_slope"].value == pytest.approx(60.0, rel=0.1)
    assert found["series_growth"].value == 2.0


def test_nobody_new_comes_in_later_months(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = SyntheticSpec(events=2_000, users=40, items=30, born_before=1.0)
    monkeypatch.setattr(soak_log, "SPEC", spec)
    monkeypatch.setattr(soak_log, "MONTH_EVENTS", spec.events)
    monkeypatch.setattr(soak_log, "PART_EVENTS", 500)
    months = Months(tmp_path)
    long = months.log(tmp_path / "long", parts=9)
    first = months.first
    assert long.rows == first.rows + 9 * 500
    assert (long.schema.users, long.schema.items) == (first.schema.users, first.schema.items)
    growing = GrowingLog(months.log(tmp_path / "growing").path)
    growing.look()
    months.append(growing.path, 0)
    assert [one.file for one in growing.look()] == ["later-000000.parquet"]
    assert growing.dataset.rows == first.rows + 500


def test_what_a_process_holds_is_seen_from_outside() -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as process:
        own, daemons = held(process.pid)
        process.kill()
    assert (own.processes, daemons.processes) == (1, 0)
    assert own.rss >= own.pss > 0.0
    assert own.rss >= own.uss > 0.0
    assert own.fds >= 1
    assert own.threads == 1


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SOAK_MINUTES", "soon", "SOAK_MINUTES is 'soon'; accepted: a number from 0.5 on"),
        ("SOAK_MINUTES", "nan", "accepted: a number"),
        ("SOAK_PARTS", "run,moniter", "did you mean 'monitor'"),
        ("SOAK_PARTS", "run,run", "each once of run, monitor, ray"),
        ("SOAK_KEEP", "{folder}", "is not empty; accepted: a new folder"),
    ],
)
def test_wrong_settings_are_refused(
    name: str, value: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").touch()
    monkeypatch.setenv(name, value.format(folder=tmp_path))
    with pytest.raises(ConfigError, match=words):
        soak.figures()
