"""One run, killed again and again, until the same command has brought it to its end."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.chaos_case import Case, kept, state
from benchmarks.chaos_commands import DRIVER, Commands
from benchmarks.chaos_damage import DAMAGES
from benchmarks.chaos_instants import PLAY, Instant, Life, draw
from benchmarks.processes import end_session, kill, named, session_processes, until
from lis_sim.errors import LisSimError, RunError

# What each process of a Ray run calls itself.
PROCESSES = {
    "worker": "ray::RayTrainWorker",
    "controller": "ray::TrainController",
    "builder": "ray::BuilderActor",
    "raylet": "raylet",
    "gcs": "gcs_server",
}
_DAMAGED = 0.4  # of the kills, the share with damage on top
_TRIES = 4  # commands without a kill until the run must have ended
_GONE_S = 90.0  # Ray's agents take a minute to end


@dataclass(frozen=True, slots=True)
class Kill:
    """What was killed, when, and what was done to the folder before the next command."""

    victim: str
    part: str
    damage: str
    again: int  # windows that the next command plays again


@dataclass(slots=True)
class Ended:
    """What came of a disturbed run."""

    kills: list[Kill] = field(default_factory=list)
    commands: int = 0
    refusals: list[str] = field(default_factory=list)  # see Commands
    differing: list[str] = field(default_factory=list)
    compared: int = 0  # bytes
    arrays: int = 0  # bytes of the last checkpoint's state
    lingering: float = 0.0  # seconds until the last process of all commands was gone
    broken: str = ""  # the error, where it did not come to its end


@dataclass(frozen=True, slots=True)
class Reference:
    """What an undisturbed run of the same command left, and how long it took."""

    life: Life
    files: Mapping[str, bytes]
    state: Mapping[str, np.ndarray[Any, Any]]


def reference(case: Case) -> Reference:
    """Run ``case`` undisturbed."""
    life = case.lived()
    return Reference(life, kept(case), state(case))


def disturbed(
    case: Case, true: Reference, victims: Sequence[str], generator: np.random.Generator
) -> Ended:
    """Kill the ``victims`` one after the other at random instants, then let the run end.

    After every kill the same command goes on at once, if the command has ended by the kill.
    """
    found, commands = Ended(), Commands(case)
    try:
        _play(commands, true.life, victims, generator, found)
        _compare(case, true, found)
    except LisSimError as error:
        found.broken = str(error)
    finally:
        found.commands = len(commands.began)
        found.refusals += commands.refusals
        found.differing += commands.differing
        found.lingering = _wait_until_gone(commands.began, found)
    return found


def _play(
    commands: Commands,
    life: Life,
    victims: Sequence[str],
    generator: np.random.Generator,
    found: Ended,
) -> None:
    case, process = commands.case, commands.begin()
    for number, victim in enumerate(victims):
        if process.poll() is not None:
            process = commands.begin()
        if not case.wait_for(_instant(commands, life, victims, number, generator), process):
            if process.returncode == 0:
                break  # it came to its end before the instant
            continue
        part = commands.part()
        if not _struck(process, victim):
            continue
        commands.struck(victim)
        if victim == DRIVER and process.wait() == 0:
            break  # it had just ended by itself
        found.kills.append(_damaged(case, victim, part, process, generator))
    for _ in range(_TRIES):
        if case.wait(process) == 0:
            return
        process = commands.begin()
    if case.wait(process) != 0:
        raise RunError(f"{case.folder} does not come to its end: {case.said()}")


def _instant(
    commands: Commands,
    life: Life,
    victims: Sequence[str],
    number: int,
    generator: np.random.Generator,
) -> Instant:
    done = min(commands.case.committed(), life.windows)
    if victims[number] == DRIVER:
        left = len(victims) - number
        return draw(generator, life, done, left, len(victims), commands.fresh)
    # The others live while windows are played.
    after = min(done + 1 + int(generator.integers(0, max(1, life.windows // 2))), life.windows - 1)
    return Instant(PLAY, after, float(generator.uniform(0, life.window)))


def _struck(process: subprocess.Popen[str], victim: str) -> bool:
    if victim == DRIVER:
        return kill(process.pid)
    found = named(process.pid, PROCESSES[victim])
    return bool(found) and kill(found[-1])


def _damaged(
    case: Case,
    victim: str,
    part: str,
    process: subprocess.Popen[str],
    generator: np.random.Generator,
) -> Kill:
    """Damage the folder where nobody can be writing it, and say from where the run goes on."""
    alone = victim == DRIVER and not session_processes(process.pid)
    if not alone:
        return Kill(victim, part, "", 0)
    damage = ""
    if generator.random() < _DAMAGED and not (case.out / "summary.json").exists():
        one = DAMAGES[int(generator.integers(0, len(DAMAGES)))]
        damage = one.__name__ if one(case.out, generator) else ""
    finished = (case.out / "summary.json").exists()
    again = 0 if finished else max(0, case.committed() - case.goes_back_to())
    return Kill(victim, part, damage, again)


def _compare(case: Case, true: Reference, found: Ended) -> None:
    files, arrays = kept(case), state(case)
    found.compared = sum(len(one) for one in files.values())
    found.arrays = sum(one.nbytes for one in arrays.values())
    for name in sorted(files.keys() | true.files.keys()):
        if files.get(name) != true.files.get(name):
            found.differing.append(name)
    for name in sorted(arrays.keys() | true.state.keys()):
        one, other = arrays.get(name), true.state.get(name)
        if one is None or other is None or one.tobytes() != other.tobytes():
            found.differing.append(name)
    found.differing += [f"left in the temporary folder: {p}" for p in case.temporary.iterdir()]


def _wait_until_gone(began: Sequence[subprocess.Popen[str]], found: Ended) -> float:
    """Wait for everything that the commands started; what stays is said, and ended."""
    since = time.monotonic()
    try:
        until(lambda: not any(session_processes(one.pid) for one in began), _GONE_S)
    except AssertionError:
        left = {name for one in began for name in session_processes(one.pid).values()}
        found.differing.append(f"left running: {', '.join(sorted(left))}")
    for one in began:
        end_session(one)
    return time.monotonic() - since
