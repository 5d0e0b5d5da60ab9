"""The recommenders of some cells: each for itself, or residual arms over a shared clean one."""

from __future__ import annotations

from collections.abc import Sequence

from lis_sim.arms import Arm
from lis_sim.data.dataset import Dataset
from lis_sim.preference.content import content_of
from lis_sim.training.plan import Cell, RunPlan
from lis_sim.types import Schema
from policies import CleanArm, Recommender, make_policy
from policies.exchange import ALONE, Exchange
from policies.memory import PER_USER
from policies.view import RepresentationView


def make_recommenders(
    plan: RunPlan,
    cells: Sequence[Cell],
    dataset: Dataset,
    device: str,
    exchange: Exchange = ALONE,
) -> tuple[list[Recommender], dict[Cell, CleanArm]]:
    """Return a fresh recommender for every cell, and the clean arms that others stand on.

    In the ``joint`` form there are none of the latter. In the ``residual`` form every replicate
    has one, made here also where its cell belongs to another worker: it is trained twice then,
    to the same bytes. ``exchange``: the other shards of the cells' users.
    """
    if plan.config.form == "joint":
        own = [(cell, sum(plan.widths[str(cell.arm)]) or None) for cell in cells]
        schema = dataset.schema
        return [_policy(plan, cell, schema, device, exchange, width) for cell, width in own], {}
    clean: dict[Cell, CleanArm] = {}
    found: list[Recommender] = []
    for cell in cells:
        base = Cell(Arm("clean"), cell.replicate)
        if base not in clean:
            clean[base] = _clean_arm(plan, base, dataset, device, exchange)
        blocks = plan.widths[str(cell.arm)]
        found.append(clean[base].arm(*blocks) if blocks else clean[base])
    return found, clean


def _clean_arm(
    plan: RunPlan, cell: Cell, dataset: Dataset, device: str, exchange: Exchange
) -> CleanArm:
    recommender = _policy(plan, cell, dataset.schema, device, exchange, None)
    if plan.config.content is None:
        stands = any(plan.widths.values())  # on this one, in whichever worker
        return CleanArm(recommender, PER_USER if stands else 0, exchange)
    clean = CleanArm(recommender, exchange=exchange)
    content = content_of(dataset, plan.config.content, plan.config.tower_dim)
    return clean.with_content(RepresentationView.of(content, plan.seeds[cell.replicate]))


def _policy(
    plan: RunPlan,
    cell: Cell,
    schema: Schema,
    device: str,
    exchange: Exchange,
    dimensions: int | None,
) -> Recommender:
    return make_policy(
        plan.config.policy.name,
        schema,
        seed=plan.seeds[cell.replicate],
        dimensions=dimensions,
        settings=plan.config.policy.settings,
        device=device,
        exchange=exchange,
    )
