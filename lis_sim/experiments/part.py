"""A part of the study: independent tasks, and the figures their results add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from lis_sim.experiments.figure import Figure

Result = Mapping[str, Any]  # plain values that JSON keeps


@dataclass(frozen=True, slots=True)
class Task:
    """One world to play. Seeds 0 to 99 are for developing, 100 and up are reported."""

    part: str
    case: str  # which world, design or data set of the part
    seed: int
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Names the task in the results file of a study."""
        return f"{self.part}/{self.case}/{self.seed}"


class Part(Protocol):
    """What ``lis-sim validate`` runs; tasks run in any order and any process.

    The docstring of a part's class is its section of the study's page.
    """

    @property
    def name(self) -> str:
        """What ``--only`` calls it; begins the keys of its tasks."""

    def tasks(self, quick: bool) -> Sequence[Task]:
        """Return every task of the part, cheap to make."""

    def play(self, task: Task) -> Result:
        """Play one task; the same task always gives the same result."""

    def figures(self, results: Mapping[str, Result], quick: bool) -> Sequence[Figure]:
        """Return the figures from the results by task key; missing ones are left out."""
