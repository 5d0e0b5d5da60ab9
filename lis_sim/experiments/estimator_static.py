"""The static benchmark of a world of the estimator study: what a random split says of each set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lis_sim.experiments.estimator_world import cuts_of
from lis_sim.experiments.gains import family_spec, static_gains
from lis_sim.experiments.log_parts import part_of
from lis_sim.experiments.part import Result
from lis_sim.experiments.playing import temporary_world


def static_run(seed: int, world: Mapping[str, Any], names: Sequence[str]) -> Result:
    """Return the gain of every data set on a random split of what is before the first cut."""
    with temporary_world(family_spec(seed, world, names)) as log:
        before = np.concatenate(list(log.times())) <= cuts_of(log)[0]
        known = part_of(log, before, log.path.parent / "before")
        return {"gains": static_gains(known, names, seed)}
