"""The worlds, runs and sizes of the estimator study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lis_sim.experiments.data_sets import FAMILY

SIZE: Mapping[str, Any] = {
    "events": 120_000,
    "users": 2_000,
    "content_nuisance": 1.5,
    "content_noise": 0.3,
}
SMALL: Mapping[str, Any] = {**SIZE, "events": 60_000, "users": 1_000, "items": 500}  # folds, noise
DENSITIES: Mapping[str, Mapping[str, Any]] = {
    "dense": {**SIZE, "items": 500},
    "sparse": {**SIZE, "items": 2_000},
}
WORLDS = {"dense": 3, "sparse": 2}
STREAM: Mapping[str, Any] = {"window": {"count": 12}, "step_events": 1024}
# To tell categories apart, content must show the factors they were made from: what is aligned on
# them learns the catalogue, and no user is needed for that.
LEFT_OUT = ("category_level",)
COMPARED = tuple(name for name in FAMILY if name not in LEFT_OUT)
# Alignment has what is known before its cut. A horizon beyond the window would credit a data set
# with what it will hold one day.
RUN: Mapping[str, Any] = {
    "stream": STREAM,
    "tower_dim": 32,
    "horizon": 0,
    "family": list(COMPARED),
}
PLANTED: Mapping[str, str] = {
    **dict.fromkeys(("corrupt_30", "corrupt_50", "corrupt_80", "noise"), "corrupted"),
    **dict.fromkeys(("stale_30", "stale_60"), "stale"),
    **dict.fromkeys(("users_20", "users_5"), "few users"),
    "popularity": "popularity",
}
CLEAN_SET = "corrupt_0"
# The quick study's family: every planted cause, and enough else to rank.
FEW = (CLEAN_SET, *PLANTED, "events_20", "dwell")
FOLDS = (2, 5, 10)
FOLD_SEEDS = 5
NULLS = {"quick": 1, "full": 3}  # worlds
BUILDERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "co_click": ("co_click", {}),
    "distilled": ("co_click", {"distil": "content"}),
    "sparse_id": ("sparse_id", {}),
}
NOISE = ("noise", "corrupt_100")
FORMS = ("residual", "joint")
LARGE = 0.002
SURE = 2.0  # standard errors
COST = {"events": 200_000, "users": 3_000, "items": 2_000}
FIRST_SEED = 100
FIRST_WORLD = 120  # those from 100 on were looked at when alignment was fitted once
