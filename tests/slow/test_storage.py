"""A disk that fills up under a command: it ends in words, and goes on when there is room again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.slow.commands import Command, end_session, until
from tests.slow.conftest import WINDOWS

pytestmark = pytest.mark.slow
Make = Callable[..., Command]
SAID = (
    "no space left on the device; what was committed is kept; free some space and give the same "
    "command again"
)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a file system of its own, of 64 MiB; skips where none can be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small disk cannot be mounted here: {error}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Leave no byte of ``disk`` and return the file that has taken all of it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(1 << 16)):
                pass
        except OSError:
            return filler
    raise AssertionError("this disk has no end")


@pytest.mark.parametrize("engine", ["local", pytest.param("ray", marks=pytest.mark.ray)])
def test_a_run_ends_in_words_and_the_same_command_goes_on(
    engine: str, command: Make, undisturbed: bytes, disk: Path
) -> None:
    one = replace(command(engine), folder=disk)
    process = one.start()
    try:
        until(lambda: one.committed() >= 2 or process.poll() is not None, patience=300.0)
        filler = fill(disk)
        _, told = process.communicate(timeout=300)
    finally:
        end_session(process)
    assert process.returncode == 1, told
    assert "Traceback" not in told
    assert SAID in _in_one_line(told)
    written = (one.out / "windows.jsonl").read_bytes()
    assert 2 <= one.committed() < WINDOWS
    assert undisturbed.startswith(written[: written.rfind(b"\n") + 1])

    filler.unlink()
    process = one.start("--json")
    _, told = process.communicate(timeout=300)
    assert process.returncode == 0, told
    assert (one.out / "windows.jsonl").read_bytes() == undisturbed
    left = [path.name for path in one.out.rglob("*") if path.suffix in (".partial", ".unfinished")]
    assert left == []


def _in_one_line(told: str) -> str:
    return " ".join(told.split())


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_results_that_nobody_can_take_are_said(
    disk: Path, monkeypatch: pytest.MonkeyPatch, unbuffered: str
) -> None:
    """``lis-sim --version > full-disk``."""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    fill(disk)
    code: list[Any] = ["-c", "from lis_sim.cli import main; main()", "data", "synthetic", "--help"]
    with (disk / "filler").open("ab") as full:
        ended = subprocess.run(
            [sys.executable, *code], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: stdout: no space left on the device; ")
