"""Two runs over the same events: what each keeps, made without training anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lis_sim.scores import FamilyPlan, LisFamily
from lis_sim.scores.compare import RunSums

Stream = Callable[..., list[Any]]


def changed(windows: Sequence[Any], spread: Mapping[str, float], key: int = 7) -> list[Any]:
    """Return the windows of a second run: ``spread[arm]`` is the noise added to its logits."""
    rng = np.random.Generator(np.random.Philox(key=key))
    return [
        replace(
            window,
            logits={
                (arm, r): (
                    logit + spread.get(arm, 0.0) * rng.normal(size=len(logit)).astype(np.float32)
                ).astype(np.float32)
                for (arm, r), logit in window.logits.items()
            },
        )
        for window in windows
    ]


def renamed(windows: Sequence[Any], names: Mapping[str, str]) -> list[Any]:
    """Return the windows with other names for their arms."""
    return [
        replace(
            window,
            logits={(names.get(arm, arm), r): logit for (arm, r), logit in window.logits.items()},
        )
        for window in windows
    ]


def family(plan: FamilyPlan, windows: Sequence[Any]) -> LisFamily:
    found = LisFamily(plan)
    for index, window in enumerate(windows):
        found.add(index, window.cells())
    return found


def kept(plan: FamilyPlan, windows: Sequence[Any]) -> RunSums:
    return RunSums(plan, family(plan, windows).state_dict())
