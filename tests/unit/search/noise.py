"""Preference data that know nothing: a user's own builder whose vectors are luck alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from lis_sim.preference.own import OwnEvents, Vectors


def build(
    past: OwnEvents, future: OwnEvents, items: int, settings: Mapping[str, Any], seed: int
) -> Vectors:
    """Return random vectors, others for every ``draw`` and for every window, arm and fold.

    One table for the whole stream would by chance be a little better or worse than another in
    all of its windows: a truth about that table. Drawn anew, no draw is better than another.
    """
    told = f"{settings['draw']} {seed} {len(past)} {len(future)} {past.time_us.sum()}"
    digest = hashlib.blake2b(told.encode() + future.user.tobytes(), digest_size=8).digest()
    rng = np.random.default_rng(int.from_bytes(digest, "little"))
    return rng.standard_normal((items, int(settings["dimensions"]))), np.ones(items, np.bool_)
