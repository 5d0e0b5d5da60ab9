"""What `lis-sim run` serves and pushes, and what it leaves behind."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import pytest
import yaml
from rich.console import Console

from lis_sim.cli import main
from lis_sim.cli import watch as watch_module
from lis_sim.config import parse_config
from lis_sim.monitoring import Address, Exporter, LineFollower, read_address
from lis_sim.training.api import claimed
from lis_sim.training.live import prepare_live
from tests.unit.monitoring.gateway import gateway
from tests.unit.monitoring.scraped import Samples, labels, samples
from tests.unit.test_cli import CONFIG
from tests.unit.test_monitor_cli import OPTIONS, SETTINGS, rows, typed

WINDOWS = 4


class Watched:
    """``lis-sim run`` in this process; remembers what every endpoint served at its end."""

    def __init__(self, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.pages: list[str] = []
        self.urls: list[str] = []
        self.addresses: list[Address] = []
        self._capture, self._patch = capture, patch

        def look(exporter: Exporter, linger_seconds: float) -> None:
            self._look(exporter)

        patch.setattr(Exporter, "linger", look)

    def __call__(self, name: str, **monitoring: object) -> tuple[int, str]:
        """Run into the folder ``name``; return exit code and stderr."""
        config = CONFIG | {"monitoring": {"port": 0} | monitoring}
        Path("tiny.yaml").write_text(yaml.safe_dump(config))
        self._patch.setattr(sys, "argv", ["lis-sim", "run", "tiny.yaml", "--out", name])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), self._capture.readouterr().err

    def _look(self, exporter: Exporter) -> None:
        self.urls.append(exporter.url)
        (file,) = Path.cwd().glob("*/metrics.json")
        self.addresses.append(Address(**json.loads(file.read_text())))
        with urlopen(exporter.url, timeout=5) as answer:
            self.pages.append(answer.read().decode())


@pytest.fixture
def watched(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Watched:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIS_SIM_CACHE", str(tmp_path / "cache"))
    return Watched(capfd, monkeypatch)


def test_two_runs_of_one_process_one_after_the_other(watched: Watched, tmp_path: Path) -> None:
    """The second shows nothing of the first; neither leaves an address behind."""
    for name in ("first", "second"):
        code, err = watched(name)
        assert code == 0, err
        assert f"metrics: {watched.urls[-1]}" in err
        assert watched.addresses[-1].url == watched.urls[-1]
        assert not list(tmp_path.glob("*/metrics.json"))
    assert 'run="first"' in watched.pages[0]
    assert 'run="second"' not in watched.pages[0]
    assert 'run="first"' not in watched.pages[1]


def test_the_end_of_a_run_is_to_be_seen(watched: Watched) -> None:
    code, err = watched("demo")
    assert code == 0, err
    found = samples(watched.pages[0])
    assert found["lis_sim_run_finished", labels()] == 1
    assert found["lis_sim_windows_total", labels()] == WINDOWS
    assert found["lis_sim_window_seconds_count", labels()] == WINDOWS
    assert found["lis_sim_score_age_seconds", labels()] == 0
    committed = (Path("demo") / "windows.jsonl").stat().st_mtime
    assert found["lis_sim_last_commit_timestamp_seconds", labels()] == pytest.approx(committed)


def imported(folder: Path) -> dict[str, object]:
    """Import a log to follow, and return the settings of who follows it."""
    typed("data", "import", "mylog", "--file", rows(folder / "a.csv", 0, 200), *OPTIONS)
    monitoring = {"port": 0, "linger_seconds": 600.0}
    return SETTINGS | {"name": "demo", "monitoring": monitoring}


def test_the_end_of_a_monitor_is_to_be_seen_without_a_summary(
    watched: Watched, tmp_path: Path
) -> None:
    Path("live.yaml").write_text(yaml.safe_dump(imported(tmp_path)))
    typed("monitor", "live.yaml", "--out", "demo", "--once")
    assert not (tmp_path / "demo" / "summary.json").exists()
    found = samples(watched.pages[0])
    assert found["lis_sim_run_finished", labels()] == 1
    (info,) = [dict(part) for name, part in found if name == "lis_sim_run_info"]
    assert info["live"] == "true"


def test_who_leaves_waits_for_a_scrape_that_sees_the_end_and_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIS_SIM_CACHE", str(tmp_path / "cache"))
    prepared = prepare_live(parse_config(imported(tmp_path)), tmp_path / "demo")

    def scraped() -> Samples:
        address = read_address(tmp_path / "demo")
        assert address is not None
        with urlopen(address.url, timeout=5) as answer:
            return samples(answer.read().decode())

    with (
        claimed(prepared, False),
        watch_module.watched(prepared, Console(stderr=True)) as watch,
        ThreadPoolExecutor(1) as other,
    ):
        assert scraped()["lis_sim_run_finished", labels()] == 0
        left = other.submit(watch.leave)
        with pytest.raises(TimeoutError):
            left.result(timeout=0.1)
        assert scraped()["lis_sim_run_finished", labels()] == 1
        left.result(timeout=5)


def test_nobody_who_watches_holds_all_records_in_memory(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[Path] = []

    def read(follower: LineFollower) -> list[object]:
        held.append(follower.path)
        return []

    monkeypatch.setattr(LineFollower, "read", read)
    code, err = watched("demo")
    assert code == 0, err
    assert held == []


def test_the_end_of_a_run_is_pushed(watched: Watched) -> None:
    with gateway() as (url, seen):
        code, err = watched("demo", pushgateway=url, pushgateway_delete=True)
    assert code == 0, err
    assert {path for _, path, _ in seen} == {"/metrics/job/lis_sim/run/demo"}
    assert [method for method, _, _ in seen][-2:] == ["PUT", "DELETE"]
    found = samples(seen[-2][2].decode())
    assert found["lis_sim_run_finished", labels()] == 1
    assert found["lis_sim_windows_total", labels()] == WINDOWS
    assert samples(watched.pages[0])["lis_sim_push_failures_total", labels()] == 0


def test_a_gateway_that_does_not_answer_does_not_end_the_run(watched: Watched) -> None:
    code, err = watched("demo", pushgateway="http://127.0.0.1:9")
    assert code == 0, err
    assert err.count("did not take the metrics") == 1
    assert samples(watched.pages[0])["lis_sim_push_failures_total", labels()] >= 1


def test_what_a_killed_run_left_is_gone_even_without_metrics(watched: Watched) -> None:
    assert watched("demo")[0] == 0
    left = Path("demo") / "metrics.json"
    left.write_text("{}")
    assert watched("demo", enabled=False)[0] == 0
    assert not left.exists()


def test_a_certificate_that_is_missing_is_told_before_anything_trains(watched: Watched) -> None:
    code, err = watched("demo", tls_certificate="a.pem", tls_key="b.pem")
    assert code == 1
    assert "error: TLS certificate a.pem with key b.pem cannot be used" in err
    assert not (Path("demo") / "windows.jsonl").exists()
