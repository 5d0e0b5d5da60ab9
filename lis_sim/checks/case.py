"""The ways in which a policy becomes an arm: what its checks look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from numpy.typing import NDArray

from lis_sim.checks.world import DIMENSIONS, State, view
from lis_sim.types import Batch, Float32
from policies import CleanArm, Recommender
from policies.view import RepresentationView

Make: TypeAlias = Callable[[int, int | None], Recommender]
"""Makes a fresh recommender of a seed and of the dimensions that a joint arm sees."""


class WindowEachStep:
    """An arm of the residual form whose windows are single steps, with its clean arm's state."""

    def __init__(self, clean: CleanArm, arm: Recommender) -> None:
        self._clean = clean
        self._arm = arm

    def see(self, view: RepresentationView | None) -> None:
        self._arm.see(view)

    def score(self, batch: Batch) -> Float32:
        return self._arm.score(batch)

    def update(self, batch: Batch, label: Float32) -> None:
        self._arm.update(batch, label)
        self._clean.end_window()

    def state_dict(self) -> dict[str, NDArray[Any]]:
        own = {} if self._arm is self._clean else self._arm.state_dict()
        return {**self._clean.state_dict(), **{f"arm.{key}": one for key, one in own.items()}}

    def load_state_dict(self, state: State) -> None:
        arm = {k.removeprefix("arm."): v for k, v in state.items() if k.startswith("arm.")}
        self._clean.load_state_dict({k: v for k, v in state.items() if not k.startswith("arm.")})
        if arm:
            self._arm.load_state_dict(arm)


@dataclass(frozen=True, slots=True)
class Case:
    """One way to make an arm of a policy.

    ``form`` is that of the config; ``seen``: whether it sees a representation, or is ``clean``.
    """

    make: Make
    form: str = "residual"
    seen: bool = False

    def fresh(self, shown: RepresentationView | None = None, seed: int = 0) -> Recommender:
        """Return a new arm that sees ``shown``, by default this case's own view."""
        shown = shown or (view() if self.seen else None)
        width = None if shown is None else DIMENSIONS
        if self.form == "joint":
            arm = self.make(seed, width)
        else:
            clean = CleanArm(self.make(seed, None), per_user=4)
            arm = WindowEachStep(clean, clean if width is None else clean.arm(width))
        arm.see(shown)
        return arm

    def clean(self) -> Recommender:
        """Return the arm of the same policy that sees nothing."""
        return Case(self.make).fresh()


ARMS: Mapping[str, tuple[str, bool]] = {
    "clean": ("joint", False),  # the policy by itself
    "joint": ("joint", True),
    "residual": ("residual", True),
}
"""The arms that a policy of a user's own is checked as: form, and whether one sees."""
