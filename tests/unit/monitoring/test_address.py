"""``metrics.json``: who serves a run, and what is left of a process that was killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lis_sim.monitoring import Address, read_address, remove_address


def test_the_address_of_a_dead_process_does_not_count(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    Address("http://127.0.0.1:9400/metrics", process.pid).write(tmp_path)
    assert read_address(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"url": "x", "pid": "me"}', '{"url": "x"'])
def test_what_is_no_address_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "metrics.json").write_text(text)
    assert read_address(tmp_path) is None


def test_who_lingers_leaves_the_next_owner_its_address(tmp_path: Path) -> None:
    first, second = (Address(f"http://127.0.0.1:{port}/metrics", os.getpid()) for port in (1, 2))
    second.write(tmp_path)
    remove_address(tmp_path, first)
    assert read_address(tmp_path) == second


def test_a_new_owner_replaces_the_old_one_and_the_last_leaves_nothing(tmp_path: Path) -> None:
    for port in (9400, 9401):
        Address(f"http://127.0.0.1:{port}/metrics", os.getpid()).write(tmp_path)
    found = read_address(tmp_path)
    assert found is not None
    assert found.url == "http://127.0.0.1:9401/metrics"
    remove_address(tmp_path)
    remove_address(tmp_path)
    assert list(tmp_path.iterdir()) == []
