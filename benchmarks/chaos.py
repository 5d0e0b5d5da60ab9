"""Runs killed at random instants, as a user would start them again: the same bytes at the end.

``make chaos``, or ``python -m benchmarks --only chaos``. Environment variables: ``CHAOS_SEED`` (0),
``CHAOS_LOCAL`` (40 kills of the ``local`` engine), ``CHAOS_RAY`` (10 of ``ray``), ``CHAOS_SHARDS``
(3 where two workers have the users between them), ``CHAOS_MONITOR`` (4 of ``lis-sim monitor``),
``CHAOS_POINTS`` (40 places of :mod:`benchmarks.chaos_points`).
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.chaos_case import Case
from benchmarks.chaos_commands import DRIVER
from benchmarks.chaos_figures import SHARDS, figures_of
from benchmarks.chaos_kills import Ended, Reference, disturbed, reference
from benchmarks.chaos_points import try_points
from lis_sim.data.synthetic import parse_synthetic, write_synthetic
from lis_sim.errors import ConfigError
from lis_sim.experiments.figure import Figure, proportion
from lis_sim.hashing import generator

WINDOWS = 16
SETTINGS: Mapping[str, Any] = {
    "name": "chaos",
    # Made by the command itself at its first start: a kill may fall into that, too.
    "data": {"synthetic": {"events": 16_000, "users": 150, "items": 100, "seed": 1}},
    "stream": {"window": {"count": WINDOWS}, "step_events": 200, "cold_support": 5},
    "policy": {"settings": {"dim": 4, "hidden": [8], "batch_events": 128}},
    "preferences": [{"name": "co_click", "settings": {"rank": 3, "extra": 3}}],
    "folds": 2,
    "replicates": 2,
    "drift": {"reference_windows": 4},
    "monitoring": {"port": 0},
}
# A log that is followed: cut by events, and the last window waits for the event after it.
_FOLLOWED: Mapping[str, Any] = {
    "stream": {
        "window": {"events": 1_000},
        "step_events": 200,
        "cold_support": 5,
        "warmup_windows": 4,
    },
    "horizon": "0",
}
_KILLS_A_RUN = 4
_PLACES = 480  # about as many as benchmarks.chaos_points has
# What is killed in the runs of two workers and of one, in turn.
_RAY_VICTIMS = (
    (2, (DRIVER, "worker", DRIVER)),
    (1, ("builder", DRIVER)),
    (2, ("controller", "worker")),
    (1, ("worker", "raylet")),
    (2, ("gcs",)),
)
_SHARD_VICTIMS = ("worker", DRIVER, "worker")


@dataclass(frozen=True, slots=True)
class Group:
    """Runs of one command line, with the kills each of them gets."""

    name: str
    settings: Mapping[str, Any]
    runs: Sequence[Sequence[str]]
    command: tuple[str, ...] = ("run",)
    windows: int = WINDOWS


def figures() -> list[Figure]:
    """Kill, go on, compare; at most 30 minutes on two cores."""
    seed = _number("CHAOS_SEED", 0)
    began = time.monotonic()
    # A short name: Ray keeps sockets below it, and their paths have a limit.
    root = Path(tempfile.mkdtemp(prefix="c-"))
    try:
        ended, references = [], {}
        for group in _groups(root):
            references[group.name] = true = reference(_case(root, group, "undisturbed"))
            _say(f"{group.name}: undisturbed {true.life.whole:.1f} s; {len(group.runs)} runs")
            ended += [(group.name, one) for one in _ended(root, group, true, seed)]
        points = _points(root, _number("CHAOS_POINTS", 40))
        return [*figures_of(ended, references), *points, _seconds(time.monotonic() - began)]
    finally:
        shutil.rmtree(root)


def _groups(root: Path) -> list[Group]:
    """Return the groups whose kills add up to what is asked for."""
    plans: dict[str, list[Sequence[str]]] = {
        "local": _driver_kills(_number("CHAOS_LOCAL", 40)),
        "monitor": _driver_kills(_number("CHAOS_MONITOR", 4)),
    }
    ray, number = _number("CHAOS_RAY", 10), 0
    while ray > 0:
        workers, victims = _RAY_VICTIMS[number % len(_RAY_VICTIMS)]
        plans.setdefault(f"ray-{workers}", []).append(victims[:ray])
        ray -= len(victims)
        number += 1
    plans[SHARDS] = [_SHARD_VICTIMS[: _number("CHAOS_SHARDS", 3)]]
    return [_group(root, name, runs) for name, runs in plans.items() if any(runs)]


def _driver_kills(kills: int) -> list[Sequence[str]]:
    begins = range(0, kills, _KILLS_A_RUN)
    return [(DRIVER,) * min(_KILLS_A_RUN, kills - begin) for begin in begins]


def _group(root: Path, name: str, runs: Sequence[Sequence[str]]) -> Group:
    training: dict[str, Any] = {"device": "cpu", "checkpoint_windows": 2, "checkpoint_share": 1.0}
    if name == "monitor":
        world = write_synthetic(parse_synthetic(SETTINGS["data"]["synthetic"]), root / "world")
        data = {"source": str(world.path)}
        settings = {**SETTINGS, **_FOLLOWED, "data": data, "training": training}
        return Group(name, settings, runs, ("monitor", "--once"), WINDOWS - 1)
    if name == SHARDS:
        training |= {"engine": "ray", "workers": 2, "user_shards": 2}
        return Group(name, {**SETTINGS, "training": training}, runs)
    engine, _, workers = name.partition("-")
    training |= {"engine": engine} | ({"workers": int(workers)} if workers else {})
    return Group(name, {**SETTINGS, "training": training}, runs)


def _case(root: Path, group: Group, name: str) -> Case:
    folder, temporary = root / f"{group.name}-{name}", root / f"t{len(list(root.iterdir()))}"
    return Case(folder, group.settings, group.windows, temporary, group.command)


def _ended(root: Path, group: Group, true: Reference, seed: int) -> Iterator[Ended]:
    """Play the runs of ``group`` until every kill has been done."""
    left = list(group.runs)
    for number in range(10 * len(group.runs)):  # an instant may come after the end
        if not left:
            return
        victims = left.pop(0)
        case = _case(root, group, str(number))
        drawn = generator(seed, f"chaos {group.name} {number}")
        found = disturbed(case, true, victims, drawn)
        _say(_line(case, found))
        if missing := list(victims[len(found.kills) :]):
            left.append(missing)
        if not (found.broken or found.differing):
            shutil.rmtree(case.folder)
        yield found


def _line(case: Case, found: Ended) -> str:
    kills = "; ".join(
        f"{one.victim} at {one.part}" + (f" + {one.damage}" if one.damage else "")
        for one in found.kills
    )
    outcome = found.broken or (f"DIFFERS: {found.differing}" if found.differing else "identical")
    return f"{case.folder.name}: {found.commands} commands; killed {kills or 'nothing'}: {outcome}"


def _points(root: Path, wanted: int) -> list[Figure]:
    if not wanted:
        return []
    folder = root / "points"
    folder.mkdir()
    found = try_points(folder, max(1, _PLACES // wanted))
    same = found.tried - len(found.differing)
    of = f"of {found.places} places where the disk is touched; {'; '.join(found.differing)}"
    detail = f"{same} of {found.tried}, each with a kill"
    return [
        Figure("points", found.tried, detail=of),
        replace(proportion("points_identical", same, found.tried, ">= 1"), detail=detail),
    ]


def _seconds(seconds: float) -> Figure:
    return Figure("seconds", seconds, target="<= 1800")


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, str(default))
    if not text.isdecimal():
        raise ConfigError(f"{name} is '{text}'; accepted: a whole number, 0 or more")
    return int(text)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
