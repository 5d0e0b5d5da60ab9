"""The recommenders of some cells: each for itself, or residual arms over a shared clean one."""

from __future__ import annotations

from collections.abc import Sequence

from lis_sim.arms import Arm
from lis_sim.training.plan import Cell, RunPlan
from lis_sim.types import Schema
from policies import CleanArm, Recommender, make_policy


def make_recommenders(
    plan: RunPlan, cells: Sequence[Cell], schema: Schema, device: str
) -> tuple[list[Recommender], dict[Cell, CleanArm]]:
    """Return a fresh recommender for every cell, and the clean arms that others stand on.

    In the ``joint`` form there are none of the latter. In the ``residual`` form every replicate
    has one, made here also where its cell belongs to another worker: it is trained twice then,
    to the same bytes.
    """
    if plan.config.form == "joint":
        return [_policy(plan, c, schema, device, plan.widths[str(c.arm)]) for c in cells], {}
    clean: dict[Cell, CleanArm] = {}
    found: list[Recommender] = []
    for cell in cells:
        base = Cell(Arm("clean"), cell.replicate)
        if base not in clean:
            clean[base] = CleanArm(_policy(plan, base, schema, device, None))
        width = plan.widths[str(cell.arm)]
        found.append(clean[base] if width is None else clean[base].arm(width))
    return found, clean


def _policy(
    plan: RunPlan, cell: Cell, schema: Schema, device: str, dimensions: int | None
) -> Recommender:
    return make_policy(
        plan.config.policy.name,
        schema,
        seed=plan.seeds[cell.replicate],
        dimensions=dimensions,
        settings=plan.config.policy.settings,
        device=device,
    )
