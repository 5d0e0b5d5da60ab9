"""A study: the tasks of its parts, played where they were not yet, and what they add up to."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from lis_sim.data.locking import locked
from lis_sim.data.storing import KEPT, storing
from lis_sim.errors import ConfigError, RunError, nearest
from lis_sim.experiments.figure import Figure
from lis_sim.experiments.part import Part, Result
from lis_sim.experiments.results import ResultsFile, fingerprint
from lis_sim.experiments.scheduling import Outcome, Pair, Player, play_on_ray

Watch: TypeAlias = Callable[[int, int], None]  # finished tasks, all tasks


@dataclass(frozen=True, slots=True)
class Study:
    """A finished study; ``kept`` tasks were played by earlier commands."""

    quick: bool
    figures: tuple[tuple[Part, tuple[Figure, ...]], ...]  # part by part
    failures: dict[str, str]  # task key: error
    tasks: int
    kept: int
    core_seconds: float  # of all tasks, whenever they were played
    wall_seconds: float  # of this command

    @property
    def all_figures(self) -> list[Figure]:
        """Every figure, in the order of the parts."""
        return [figure for _, figures in self.figures for figure in figures]


def chosen(parts: Sequence[Part], only: str | None) -> tuple[Part, ...]:
    """Return the part named ``only``, or all; :class:`ConfigError` for an unknown name."""
    if only is None:
        return tuple(parts)
    names = [part.name for part in parts]
    if only not in names:
        raise ConfigError(
            f"no part of the study is called '{only}'{nearest(only, names)}; accepted: "
            f"{', '.join(names)}"
        )
    return tuple(part for part in parts if part.name == only)


def run_study(
    parts: Sequence[Part],
    quick: bool,
    folder: Path,
    watch: Watch = lambda finished, of: None,
    player: Player | None = None,
) -> Study:
    """Play what ``folder`` does not hold yet and return the figures of all results.

    Without ``player`` tasks are played as Ray tasks on every core of this machine. A killed
    study goes on where it was. A task that fails is named in ``failures`` and left out of the
    figures. Raises :class:`RunError` when another process works in ``folder``.
    """
    start = time.perf_counter()
    try:
        with storing(folder, KEPT), locked(folder, wait=False):
            outcomes, kept = _outcomes(parts, quick, folder, watch, player or play_on_ray)
    except BlockingIOError as error:
        raise RunError(
            f"another command works in {folder}; wait for it, or give another --out"
        ) from error
    results: dict[str, Result] = {
        key: one.result for key, one in sorted(outcomes.items()) if one.result is not None
    }
    return Study(
        quick=quick,
        figures=tuple(
            (part, tuple(part.figures(_of_part(part, results), quick))) for part in parts
        ),
        failures={k: one.error for k, one in sorted(outcomes.items()) if one.error is not None},
        tasks=len(outcomes),
        kept=kept,
        core_seconds=math.fsum(one.seconds for one in outcomes.values()),
        wall_seconds=time.perf_counter() - start,
    )


def _outcomes(
    parts: Sequence[Part], quick: bool, folder: Path, watch: Watch, player: Player
) -> tuple[dict[str, Outcome], int]:
    file = ResultsFile(folder)
    pairs = [(part, task) for part in parts for task in part.tasks(quick)]
    prints = {task.key: fingerprint(part, task) for part, task in pairs}
    known = file.finished()
    outcomes = {key: known[of] for key, of in prints.items() if of in known}
    kept = len(outcomes)
    waiting = [pair for pair in _mixed(pairs) if pair[1].key not in outcomes]
    watch(kept, len(pairs))
    for outcome in player(waiting):
        file.append(outcome, prints[outcome.key])
        outcomes[outcome.key] = outcome
        watch(len(outcomes), len(pairs))
    return outcomes, kept


def _mixed(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the tasks in an order of no meaning, so that the time left can be told early."""
    return sorted(pairs, key=lambda pair: hashlib.blake2b(pair[1].key.encode()).digest())


def _of_part(part: Part, results: dict[str, Result]) -> dict[str, Result]:
    return {key: result for key, result in results.items() if key.startswith(f"{part.name}/")}
