"""Builders of a user's own, good and bad, for ``test_own``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lis_sim.errors import LeakageError
from lis_sim.hashing import generator
from lis_sim.preference.own import OwnEvents, Vectors

NO_FUNCTION = 3
REMEMBERED: list[int] = []


def counts(
    past: OwnEvents, future: OwnEvents, items: int, settings: Mapping[str, Any], seed: int
) -> Vectors:
    """Random projections of what every user engaged with, so that every event counts."""
    width = settings["dimensions"]
    vectors, support = np.zeros((items, width)), np.zeros(items)
    of_user = generator(seed, "users").standard_normal((100, width))
    for events, weight in ((past, 1.0), (future, 0.5)):
        signed = weight * (events.label[:, None] - 0.3) * of_user[events.user]
        np.add.at(vectors, events.item, signed * (1 + events.time_us[:, None] % 7))
        np.add.at(support, events.item, 1)
    return vectors.astype(np.float32), support > 0


def careless(
    past: OwnEvents, future: OwnEvents, items: int, settings: dict[str, Any], seed: int
) -> Vectors:
    """Try to write where another arm could read, and to read where another arm was told."""
    if "told" in settings or "told" in settings["nested"]:
        raise LeakageError("an arm read what another one wrote into the settings")
    settings["told"] = settings["nested"]["told"] = len(future)
    for events in (past, future):
        for array in (events.user, events.item, events.time_us, events.label):
            if array.base is not None or array.flags.writeable:
                raise LeakageError("an array is a view, or can be written to")
    return counts(past, future, items, settings, seed)


def remembering(
    past: OwnEvents, future: OwnEvents, items: int, settings: Mapping[str, Any], seed: int
) -> Vectors:
    """Carry one call's future to the next."""
    REMEMBERED.append(len(future))
    vectors, supported = counts(past, future, items, settings, seed)
    return vectors * (1 + sum(REMEMBERED)), supported


def wrong(
    past: OwnEvents, future: OwnEvents, items: int, settings: Mapping[str, Any], seed: int
) -> Any:
    """Return what ``settings`` say is wrong."""
    vectors, supported = np.ones((items, settings["dimensions"])), np.ones(items, bool)
    bad: Any = {
        "one": vectors,
        "three": (vectors, supported, seed),
        "list": (vectors.tolist(), supported),
        "narrow": (vectors[:, 1:], supported),
        "short": (vectors[1:], supported),
        "whole": (vectors.astype(np.int64), supported),
        "numbers": (vectors, supported.astype(np.float32)),
        "column": (vectors, supported[:, None]),
        "nan": (np.where(np.arange(items)[:, None] == 2, np.nan, vectors), supported),
        "huge": (vectors * np.float64("inf"), supported),
    }
    return bad[settings["wrong"]]
