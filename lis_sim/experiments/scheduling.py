"""Plays tasks one by one in this process, or in batches as Ray tasks on every core."""

from __future__ import annotations

import json
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from lis_sim.experiments.part import Part, Result, Task
from lis_sim.training.cluster.session import processors, ray_session

Pair: TypeAlias = tuple[Part, Task]
Player: TypeAlias = Callable[[Sequence[Pair]], Iterator["Outcome"]]

BATCH_SECONDS = 3.0  # a Ray task costs some 10 ms: so many seconds of work make that nothing
_AHEAD = 2  # batches given out per core, so that no core waits for the next one


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: its result, or the words of its error."""

    key: str
    seconds: float
    result: Result | None = None
    error: str | None = None


def play_one(part: Part, task: Task) -> Outcome:
    """Play a task; what goes wrong in it is recorded, not raised.

    A result is what JSON makes of it, so that a study that goes on from its file computes
    from the same values as one that was never interrupted.
    """
    start = time.perf_counter()
    try:
        result = json.loads(json.dumps(part.play(task), allow_nan=False))
    except Exception as error:  # one broken world must not end a study of an hour
        told = f"{type(error).__name__}: {error}"
        return Outcome(task.key, time.perf_counter() - start, error=told)
    return Outcome(task.key, time.perf_counter() - start, result)


def play_here(pairs: Sequence[Pair]) -> Iterator[Outcome]:
    """Play in this process, in order."""
    for part, task in pairs:
        yield play_one(part, task)


def play_on_ray(pairs: Sequence[Pair]) -> Iterator[Outcome]:
    """Play as Ray tasks of one core each on this machine; outcomes come as they are ready."""
    if not pairs:
        return
    with ray_session(None) as ray:
        remote = ray.remote(num_cpus=1)(_play_batch)
        batches = Batches(pairs)
        running: dict[Any, Sequence[Pair]] = {}
        while batches or running:
            while batches and len(running) < _AHEAD * processors():
                batch = batches.next()
                running[remote.remote(batch)] = batch
            (ready,), _ = ray.wait(list(running))
            for outcome in _fetched(ray, ready, running.pop(ready)):
                batches.learn(outcome)
                yield outcome


class Batches:
    """Hands tasks out in batches of about ``seconds``, from what tasks of a case took so far.

    >>> from lis_sim.experiments.part import Task
    >>> batches = Batches([(None, Task("part", "case", seed)) for seed in range(9)], seconds=2.0)
    >>> len(batches.next())
    1
    >>> batches.learn(Outcome("part/case/0", seconds=0.5))
    >>> [len(batches.next()), len(batches.next()), bool(batches)]
    [4, 4, False]
    """

    def __init__(self, pairs: Iterable[Pair], seconds: float = BATCH_SECONDS) -> None:
        self._waiting = deque(pairs)
        self._case = {task.key: (task.part, task.case) for _, task in self._waiting}
        self._seconds = seconds
        self._spent: dict[tuple[str, str], list[float]] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def next(self) -> list[Pair]:
        """Return the next tasks; a task of a case that nobody has timed yet goes alone."""
        batch: list[Pair] = []
        left = self._seconds
        while self._waiting:
            expected = self._expected(self._waiting[0][1])
            if batch and expected > left:
                break
            batch.append(self._waiting.popleft())
            left -= expected
        return batch

    def learn(self, outcome: Outcome) -> None:
        """Take in how long a task took."""
        self._spent.setdefault(self._case[outcome.key], []).append(outcome.seconds)

    def _expected(self, task: Task) -> float:
        spent = self._spent.get((task.part, task.case))
        return self._seconds if not spent else math.fsum(spent) / len(spent)


def _play_batch(batch: Sequence[Pair]) -> list[Outcome]:
    import torch

    torch.set_num_threads(1)  # a task has one core
    return [play_one(part, task) for part, task in batch]


def _fetched(ray: Any, ready: Any, batch: Sequence[Pair]) -> list[Outcome]:
    try:
        outcomes: list[Outcome] = ray.get(ready)
    except ray.exceptions.RayError as error:  # the worker died, and died again when replaced
        told = f"{type(error).__name__}: {str(error)[:300]}"
        return [Outcome(task.key, 0.0, error=told) for _, task in batch]
    return outcomes
