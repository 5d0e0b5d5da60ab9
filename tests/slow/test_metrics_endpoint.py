"""A real run is scraped while it goes and after its end, and pushed to a real pushgateway."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from lis_sim.monitoring import read_address
from tests.slow.commands import PATIENCE, Command, end_session, kill_driver, until
from tests.slow.conftest import WINDOWS

pytestmark = pytest.mark.slow


def page(url: str) -> str:
    with urlopen(url, timeout=PATIENCE) as answer:
        return str(answer.read().decode())


def summed(text: str) -> dict[str, float]:
    """Return the sum of every metric's samples."""
    families = list(text_string_to_metric_families(text))
    return {
        sample.name: sum(s.value for s in family.samples if s.name == sample.name)
        for family in families
        for sample in family.samples
    }


def served(folder: Path) -> str:
    """Return the address of the endpoint of a run that has just been started."""
    until(lambda: read_address(folder) is not None)
    address = read_address(folder)
    assert address is not None
    return address.url


def test_metrics_during_a_run_and_after_its_end(command: Callable[..., Command]) -> None:
    one = command("local", monitoring={"port": 0, "linger_seconds": 60})
    process = one.start()
    try:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        url = next(line.split()[1] for line in lines if line.startswith("metrics: "))
        assert served(one.out) == url
        one.wait_for(3, process)
        during = summed(page(url))
        until((one.out / "summary.json").is_file)
        until(lambda: summed(page(url))["lis_sim_run_finished"] == 1)
        text = page(url)
        after = summed(text)
        assert process.poll() is None  # it lingers
    finally:
        end_session(process)
    assert 3 <= during["lis_sim_windows_total"] < WINDOWS == after["lis_sim_windows_total"]
    assert after["lis_sim_events_total"] == 16_000 > during["lis_sim_events_total"]
    assert during["lis_sim_score_age_seconds"] > 0 == after["lis_sim_score_age_seconds"]
    assert during["lis_sim_run_finished"] == 0
    assert {"lis_sim_auc", "lis_sim_score", "lis_sim_stage_seconds_total"} <= after.keys()
    assert {"lis_sim_window_value", "lis_sim_drift_events_total"} <= after.keys()
    assert linted(text) == ""


def linted(text: str) -> str:
    """Return what promtool has to say about a page of metrics."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: apt install prometheus)")
    check = [promtool, "check", "metrics"]
    lint = subprocess.run(check, input=text, capture_output=True, text=True, check=False)
    return lint.stdout + lint.stderr


def test_a_killed_run_leaves_an_address_that_does_not_count(
    command: Callable[..., Command],
) -> None:
    one = command("local", monitoring={"port": 0})
    process = one.start()
    one.wait_for(3, process)
    before = served(one.out)
    kill_driver(process)
    assert (one.out / "metrics.json").exists()
    assert read_address(one.out) is None
    process = one.start()
    try:
        assert served(one.out) != before
        _, told = process.communicate()
    finally:
        end_session(process)
    assert process.returncode == 0, told
    assert not (one.out / "metrics.json").exists()


@contextmanager
def pushgateway() -> Iterator[str]:
    program = shutil.which("prometheus-pushgateway")
    if program is None:
        pytest.skip("no pushgateway here (Debian: apt install prometheus-pushgateway)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with subprocess.Popen(
        [program, f"--web.listen-address={address}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            until(lambda: answers(f"http://{address}/-/ready"))
            yield f"http://{address}"
        finally:
            process.terminate()


def answers(url: str) -> bool:
    try:
        return bool(page(url) or True)
    except URLError:
        return False


@pytest.mark.parametrize("delete", [False, True])
def test_a_pushgateway_has_the_end_of_a_run_unless_it_is_deleted(
    command: Callable[..., Command], delete: bool
) -> None:
    with pushgateway() as url:
        settings = {"port": 0, "pushgateway": url, "pushgateway_delete": delete}
        process = command("local", monitoring=settings).start()
        try:
            _, told = process.communicate(timeout=PATIENCE)
        finally:
            end_session(process)
        assert process.returncode == 0, told
        with urlopen(f"{url}/api/v1/metrics", timeout=PATIENCE) as answer:
            groups = json.loads(answer.read())["data"]
        found = summed(page(f"{url}/metrics"))
    if delete:
        assert groups == []
    else:
        (group,) = groups
        assert group["labels"] == {"job": "lis_sim", "run": "run"}
        assert (found["lis_sim_windows_total"], found["lis_sim_run_finished"]) == (WINDOWS, 1)
