"""A real run is scraped while it goes and after its end."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.slow.commands import PATIENCE, Command, end_session, until
from tests.slow.conftest import WINDOWS

pytestmark = pytest.mark.slow


def scraped(url: str) -> dict[str, float]:
    """Return the sum of every metric's samples."""
    with urlopen(url, timeout=PATIENCE) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    return {
        sample.name: sum(s.value for s in family.samples if s.name == sample.name)
        for family in families
        for sample in family.samples
    }


def test_metrics_during_a_run_and_after_its_end(command: Callable[..., Command]) -> None:
    one = command("local", monitoring={"port": 0, "linger_seconds": 60})
    process = one.start()
    try:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        url = next(
            re.findall(r"http://127\.0\.0\.1:\d+/metrics", line)
            for line in lines
            if "metrics:" in line
        )[0]
        one.wait_for(3, process)
        during = scraped(url)
        until((one.out / "summary.json").is_file)
        until(lambda: scraped(url)["lis_sim_windows_total"] == WINDOWS)
        after = scraped(url)
        assert process.poll() is None  # it lingers
    finally:
        end_session(process)
    assert 3 <= during["lis_sim_windows_total"] < WINDOWS
    assert after["lis_sim_events_total"] == 16_000 > during["lis_sim_events_total"]
    assert {"lis_sim_auc", "lis_sim_score", "lis_sim_stage_seconds_total"} <= after.keys()
