"""Chaos sees what it must: refusals, runs that break early, where kills fall. Made-up commands."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import chaos_kills, chaos_points
from benchmarks.chaos_case import Case
from benchmarks.chaos_commands import DRIVER, Commands
from benchmarks.chaos_figures import figures_of
from benchmarks.chaos_instants import END, PLAY, SHARES, START, Life, draw
from benchmarks.chaos_kills import Ended, Kill, Reference, disturbed
from benchmarks.processes import kill
from lis_sim.errors import RunError
from lis_sim.hashing import generator

WINDOWS = 4
LIFE = Life(0.05, 0.06, 0.05, WINDOWS)
TRUE = Reference(LIFE, {"summary.json": b"", "windows.jsonl": WINDOWS * b"{}\n"}, {})
# Goes on after the windows that are there, as a run does.
PLAYS = f"""
mkdir -p run; touch run/windows.jsonl
while [ $(wc -l < run/windows.jsonl) -lt {WINDOWS} ]
do sleep 0.02; echo '{{}}' >> run/windows.jsonl
done
sleep 0.15; touch run/summary.json
"""
REFUSES = "echo 'error: run was changed by hand: use --restart' >&2; exit 1"


class Made(Case):
    """A case whose commands are given, as lines of the shell, the last one again and again."""

    __slots__ = ()
    scripts: Sequence[str] = ()

    def start(self) -> subprocess.Popen[str]:
        begun = self.folder / "begun"
        number = len(begun.read_text()) if begun.exists() else 0
        begun.write_text("x" * (number + 1))
        script = self.scripts[min(number, len(self.scripts) - 1)]
        with (self.folder / "said.txt").open("a") as said:
            return subprocess.Popen(
                ["sh", "-c", script],
                cwd=self.folder,
                stderr=said,
                text=True,
                start_new_session=True,
            )


def made(folder: Path, *scripts: str) -> Case:
    class Scripted(Made):
        __slots__ = ()

    Scripted.scripts = scripts
    temporary = folder / "temporary"
    temporary.mkdir()
    return Scripted(folder, {}, WINDOWS, temporary)


@pytest.fixture(autouse=True)
def no_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chaos_kills, "state", lambda case: {})


def test_a_command_that_goes_on_after_a_kill_is_identical(tmp_path: Path) -> None:
    found = disturbed(made(tmp_path, PLAYS), TRUE, (DRIVER,), generator(0, "made"))
    assert (found.broken, found.differing, found.refusals) == ("", [], [])
    assert (len(found.kills), found.commands) == (1, 2)


def test_a_command_that_refuses_once_after_a_kill_differs(tmp_path: Path) -> None:
    case = made(tmp_path, PLAYS, REFUSES, PLAYS)
    found = disturbed(case, TRUE, (DRIVER,), generator(0, "made"))
    assert len(found.kills) == 1
    assert len(found.differing) == 1
    assert "ended with 1 after driver was killed" in found.differing[0]
    assert "changed by hand" in found.differing[0]
    figures = {one.name: one for one in figures_of([("local", found)], {"local": TRUE})}
    assert figures["identical"].met is False
    assert "changed by hand" in figures["identical"].detail


def test_a_command_that_refuses_before_any_kill_differs(tmp_path: Path) -> None:
    found = disturbed(made(tmp_path, REFUSES, PLAYS), TRUE, (DRIVER,), generator(0, "made"))
    assert "a command ended with 1; it said: error" in found.differing[0]


def test_a_kill_that_is_not_ours_differs(tmp_path: Path) -> None:
    commands = Commands(made(tmp_path, "kill -9 $$"))
    commands.begin()
    commands.judge()
    assert "ended with -9" in commands.differing[0]


@pytest.mark.parametrize(("victim", "may"), [("controller", True), ("worker", False)])
def test_what_ray_cannot_do_without_may_end_a_command_and_is_counted(
    victim: str, may: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strike(process: subprocess.Popen[str], _: str) -> bool:
        process.send_signal(signal.SIGTERM)  # the command ends of itself
        process.wait()
        return True

    monkeypatch.setattr(chaos_kills, "_struck", strike)
    case = made(tmp_path, PLAYS, REFUSES, PLAYS)
    found = disturbed(case, TRUE, (victim,), generator(0, "made"))
    told = [f"the command that lost {victim}", f"a command after {victim}"]
    assert found.refusals == (told if may else [])
    assert len(found.differing) == (0 if may else 2)
    figures = {one.name: one for one in figures_of([("ray-1", found)], {})}
    assert (figures["refusals"].value, figures["refusals"].met) == (2 if may else 0, None)


def test_a_driver_that_had_just_ended_was_not_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(process: subprocess.Popen[str], _: str) -> bool:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # ended, and not yet asked
        return kill(process.pid)

    monkeypatch.setattr(chaos_kills, "_struck", late)
    found = disturbed(made(tmp_path, PLAYS), TRUE, (DRIVER,), generator(0, "made"))
    assert (found.kills, found.differing, found.broken) == ([], [], "")


def test_runs_that_broke_before_their_first_kill_count() -> None:
    killed = Ended(kills=[Kill(DRIVER, "window 3", "", 1), Kill(DRIVER, START, "", 0)])
    broken, differing = Ended(broken="hangs after 600 s"), Ended(differing=["summary.json"])
    runs = [("local", one) for one in (killed, broken, differing)]
    figures = {one.name: one for one in figures_of(runs, {"local": TRUE})}
    assert figures["identical"].value == pytest.approx(1 / 3)
    assert figures["identical"].met is False
    assert "hangs after 600 s; summary.json" in figures["identical"].detail
    assert figures["kills"].detail == "2 driver (local); at 1 windows, 1 start-up"


def test_kills_fall_on_the_parts_by_their_shares_and_not_by_how_long_they_last() -> None:
    life = Life(start=60.0, play=1.0, end=5.0, windows=16)
    drawn, random = Counter[str](), np.random.default_rng(0)
    for _ in range(1_000):
        done = 0
        for left in (4, 3, 2, 1):
            instant = draw(random, life, done, left, of=4)
            drawn[instant.part] += 1
            assert instant.part != END or left == 1
            if instant.part == PLAY:
                assert done < instant.windows < life.windows
                done = instant.windows
    for part, share in SHARES.items():
        assert drawn[part] / 4_000 == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize("done", [0, 7, 15, 16])
def test_a_command_that_goes_on_does_not_start_up_again(done: int) -> None:
    life, random = Life(1.0, 1.0, 1.0, 16), np.random.default_rng(done)
    parts = {draw(random, life, done, 1, of=1, fresh=False).part for _ in range(50)}
    assert parts == ({PLAY, END} if done < 15 else {END})


def test_the_windows_of_earlier_commands_are_no_part_of_this_one(tmp_path: Path) -> None:
    case = made(tmp_path, PLAYS)
    path = case.out / "windows.jsonl"
    assert case.part(case.before(alone=True)) == START  # nothing there
    case.out.mkdir()

    def write(windows: int, second: int) -> None:
        path.write_text(windows * "{}\n")
        os.utime(path, (second, second))

    write(3, 1)
    before = case.before(alone=True)
    assert before.window == 0  # no checkpoint
    assert case.part(before) == START
    write(0, 2)  # gone back
    assert case.part(before) == START
    write(3, 3)
    assert case.part(before) == "window 3"
    write(WINDOWS, 4)
    assert case.part(before) == END


def seven_places(out: Path, cache: Path) -> None:
    """A made-up run, whose files are the same whatever is there already."""
    del cache
    out.parent.mkdir(parents=True, exist_ok=True)
    out.mkdir(exist_ok=True)
    for name in "abcdef":
        handle = os.open(out / name, os.O_RDONLY | os.O_CREAT)  # a place each
        os.close(handle)
    (out / "f").rename(out / "f")


@pytest.mark.parametrize("every", [3, 100])
def test_places_are_counted_and_not_guessed_from_those_tried(
    every: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chaos_points, "_run", seven_places)
    monkeypatch.setattr(chaos_points, "_MODULES", ())
    found = chaos_points.try_points(tmp_path, every)
    assert found.differing == []
    # The folder, six files, and the one that is renamed.
    assert (found.places, found.tried) == (8, len(range(1, 9, every)))


def test_a_run_that_never_ends_well_is_broken(tmp_path: Path) -> None:
    found = disturbed(made(tmp_path, REFUSES), TRUE, (), generator(0, "made"))
    assert "does not come to its end" in found.broken
    assert found.differing


def never(*_: Any) -> None:
    raise RunError("hangs")


def test_what_was_seen_before_a_hang_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chaos_kills, "_compare", never)
    found = disturbed(made(tmp_path, REFUSES, PLAYS), TRUE, (), generator(0, "made"))
    assert (found.broken, found.commands, len(found.differing)) == ("hangs", 2, 1)
