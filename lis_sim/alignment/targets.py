"""What a model is aligned on: the item vectors of preference data as ``causal`` arms see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lis_sim.arms import Arm
from lis_sim.data.dataset import Dataset
from lis_sim.preference import Builder, BuilderPlan, Horizon, PreferenceSpec
from lis_sim.preference.co_click_settings import co_click_settings
from lis_sim.preference.past import past_events, past_evidence
from lis_sim.preference.source import fitted
from lis_sim.types import Bool, Float64, Int64, Window

_WIDEST = 64  # dimensions; wider tables are projected to so many


@dataclass(frozen=True, slots=True)
class Targets:
    """Item vectors of preference data up to a moment, and how many events they are made of."""

    vectors: Float64  # (I, t)
    supported: Bool  # (I,)
    events: Int64  # (I,)


def targets_at(
    dataset: Dataset, spec: PreferenceSpec, cuts_us: Sequence[int], seed: int = 0, rank: int = 1
) -> Iterator[Targets]:
    """Yield the vectors of ``spec`` from events up to each of ``cuts_us``, which increase.

    ``co_click`` data gives at least ``rank`` directions.

    The builder's own ``causal`` vectors of a window that starts right after the cut, so every
    kind of preference data works, and each version starts from the one before.
    """
    windows = tuple(Window(at, 0, 0, cut_us + 1, cut_us + 1) for at, cut_us in enumerate(cuts_us))
    spec = _of_rank(spec, rank)
    arm = Arm("causal", spec.name)
    # Horizon 0 and windows without length: what the builder could leak is what it has seen.
    plan = BuilderPlan((arm,), (spec,), windows, (seed,), Horizon(0), tower_dim=_WIDEST, seed=seed)
    builder = Builder(plan, dataset)
    builder.start(0)
    shown = builder.build(0)
    for at, cut_us in enumerate(cuts_us):
        shown = shown | (builder.build(at) if at else {})
        seen = fitted(shown[str(arm), 0], dataset.schema.items)
        events = _events(dataset, spec, cut_us, seed)
        yield Targets(seen.vectors[0].astype(np.float64), seen.supported[0], events)


def _of_rank(spec: PreferenceSpec, rank: int) -> PreferenceSpec:
    if spec.kind != "co_click" or co_click_settings(spec).rank >= rank:
        return spec
    return replace(spec, settings={**spec.settings, "rank": rank})


def _events(dataset: Dataset, spec: PreferenceSpec, cut_us: int, seed: int) -> Int64:
    """Return ``(I,)`` events of each item: the data set's own where it is made of any."""
    if spec.kind != "co_click":
        return past_events(dataset, cut_us)
    past = past_evidence(dataset, spec, cut_us, seed)
    return np.bincount(past.evidence.item, minlength=dataset.schema.items)
