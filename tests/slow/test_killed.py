"""Killed at any instant and started again with the same command: the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.slow.commands import Command, end_session, kill_driver, kill_one
from tests.slow.conftest import WINDOWS

pytestmark = pytest.mark.slow
Make = Callable[..., Command]


def test_a_killed_local_run_goes_on(command: Make, undisturbed: bytes) -> None:
    one = command("local")
    for windows in (3, 8):
        process = one.start()
        one.wait_for(windows, process)
        kill_driver(process)
        assert windows <= one.committed() < WINDOWS
    process = one.start("--json")
    out, told = process.communicate()
    assert process.returncode == 0, told
    assert json.loads(out)["windows"] == WINDOWS
    assert (one.out / "windows.jsonl").read_bytes() == undisturbed


@pytest.mark.ray
def test_a_killed_ray_run_goes_on(command: Make, undisturbed: bytes) -> None:
    """First its builder is killed: Ray starts all workers again; then the command itself."""
    one = command("ray")
    process = one.start()
    try:
        one.wait_for(2, process)
        kill_one(process.pid, "ray::BuilderActor")
        one.wait_for(5, process)
        kill_driver(process)
        assert list(one.temporary.glob("lis-ray-*"))  # nobody was left to remove it
        process = one.start("--json", "--set", "training.workers=1")
        out, told = process.communicate()
    finally:
        end_session(process)
    assert process.returncode == 0, told
    assert (json.loads(out)["engine"], json.loads(out)["workers"]) == ("ray", 1)
    assert (one.out / "windows.jsonl").read_bytes() == undisturbed
    assert list(one.temporary.iterdir()) == []
    assert not (one.out / "ray").exists()
