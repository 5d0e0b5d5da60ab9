"""Every place at which a run touches the disk, as the place where it is killed.

A random instant seldom falls between two writes. Here a run is killed, by SIGKILL, right before
its first change of a file or folder, then another one before its second, and so on through the
whole run. Half of a line that is being appended is on the disk then.
"""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lis_sim.errors import RunError

WINDOWS = 4
SETTINGS: Mapping[str, Any] = {
    "name": "points",
    "data": {"synthetic": {"events": 1200, "users": 40, "items": 30, "seed": 2}},
    "stream": {"window": {"count": WINDOWS}, "step_events": 100, "cold_support": 5},
    "policy": {"settings": {"dim": 2, "hidden": [4], "batch_events": 64}},
    "preferences": [{"name": "co_click", "settings": {"rank": 2, "extra": 2}}],
    "arms": ["clean", "leaked_crossfit:co_click"],
    "folds": 2,
    "replicates": 1,
    "training": {
        "engine": "local",
        "device": "cpu",
        "checkpoint_windows": 1,
        "checkpoint_share": 1.0,
    },
    "monitoring": {"enabled": False},
}
# What Python says it is about to do; its second-lowest layer, below every library of ours.
_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}
_MODULES = ("lis_sim.training.local", "lis_sim.drift", "lis_sim.cli.preference", "lis_sim.report")
_KILLED, _FAILED = -signal.SIGKILL, 70


@dataclass(slots=True)
class Points:
    """How many places there are, how many were tried, and where the run then ended otherwise."""

    places: int = 0
    tried: int = 0
    differing: list[str] = field(default_factory=list)


def try_points(root: Path, every: int = 1, first: int = 1) -> Points:
    """Kill a run at every ``every``-th place from ``first`` on, and let each come to its end.

    ``root``: an empty folder; all is removed again but what ends in other bytes.
    """
    for name in _MODULES:  # once, before the first fork
        importlib.import_module(name)
    cache = root / "cache"
    whole = root / "undisturbed" / "run"
    if _forked(lambda: _run(whole, cache)) != 0:
        raise RunError(f"the undisturbed run in {whole} failed")
    true = _kept(whole)
    found = Points()
    place = first
    while True:
        out = root / f"{place}" / "run"
        code = _forked(lambda: _killed_at(place, out, cache))  # noqa: B023  # called at once
        if code == 0:
            found.places = int(_counted(out).read_text())
            return found
        if code != _KILLED:
            raise RunError(f"{out} ended with {code} before place {place}, and was not killed")
        found.tried += 1
        code = _forked(lambda: _run(out, cache))  # noqa: B023
        if code != 0 or _kept(out) != true:
            found.differing.append(f"place {place} ({out.parent}, code {code})")
        else:
            shutil.rmtree(out.parent)
        place += every


def _run(out: Path, cache: Path) -> None:
    from lis_sim.cli.preference import keep_profiles
    from lis_sim.config import parse_config
    from lis_sim.report import write_report
    from lis_sim.training.api import claimed, play, prepare
    from lis_sim.training.finished import open_finished

    data = {**SETTINGS["data"], "cache": str(cache)}
    prepared = prepare(parse_config({**SETTINGS, "data": data}), out)
    with claimed(prepared):  # as the command does
        play(prepared)
        keep_profiles(prepared, out)
        write_report(out)
    assert open_finished(out).sums is not None  # of its last checkpoint


def _killed_at(place: int, out: Path, cache: Path) -> None:
    """Run, and be killed before the ``place``-th change below the run folder.

    Where it has fewer, their number is left beside.
    """
    left = place

    def reach(torn: tuple[int, bytes] | None = None) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            if torn is not None:
                true_write(torn[0], torn[1][: len(torn[1]) // 2])
            os.kill(os.getpid(), signal.SIGKILL)

    def listen(event: str, arguments: tuple[Any, ...]) -> None:
        changed = event in _CHANGES or (event == "open" and _writes(arguments))
        if changed and str(arguments[0]).startswith(str(out)):
            reach()

    true_write, true_sync = os.write, os.fsync

    def write(handle: int, content: bytes) -> int:
        if _of(handle).startswith(str(out)):
            reach((handle, bytes(content)))
        return true_write(handle, content)

    def sync(handle: int) -> None:
        if _of(handle).startswith(str(out)):
            reach()
        true_sync(handle)

    os.write, os.fsync = write, sync  # type: ignore[assignment]  # in this process alone
    sys.addaudithook(listen)
    _run(out, cache)
    _counted(out).write_text(str(place - left))


def _counted(out: Path) -> Path:
    return out.parent / "places"


def _writes(arguments: tuple[Any, ...]) -> bool:
    mode, flags = arguments[1], arguments[2]
    named = isinstance(mode, str) and any(letter in mode for letter in "wax+")
    return named or bool(isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def _of(handle: int) -> str:
    return str(Path(f"/proc/self/fd/{handle}").readlink())


def _forked(work: Callable[[], None]) -> int:
    """Do ``work`` in a process of its own, which has all modules already; return its exit code."""
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        code = _FAILED
        try:
            work()
            code = 0
        except Exception as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _kept(out: Path) -> dict[str, bytes]:
    """Return what must not differ: all files but those with wall times, and what names there are.

    The parts of a checkpoint may be cut into base and changes otherwise: they are read, by
    :func:`_run`, and not compared.
    """
    timed = {"timings.jsonl", "report.html"}
    found = {
        path.name: b"" if path.name in timed or path.is_dir() else path.read_bytes()
        for path in out.iterdir()
    }
    beside = {f"beside/{path.name}": b"" for path in out.parent.iterdir()}
    return found | beside
