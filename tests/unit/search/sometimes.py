"""Preference data of a user's own whose builder fails as long as a file is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lis_sim.preference.own import OwnEvents, Vectors


class UnfitError(Exception):
    """As users write them: Tune cannot copy it."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: {why}")


def build(
    past: OwnEvents, future: OwnEvents, items: int, settings: Mapping[str, Any], seed: int
) -> Vectors:
    """Return random vectors, others for every ``draw``."""
    if settings["draw"] == 1 and Path(settings["fails_with"]).exists():
        raise UnfitError("draw 1", "no vectors today")
    rng = np.random.default_rng(settings["draw"])
    return rng.standard_normal((items, settings["dimensions"])), np.ones(items, np.bool_)
