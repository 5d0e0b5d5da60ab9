"""A builder that keeps the contract of preference data, and one for each promise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lis_sim.preference.own import OwnEvents, Vectors

CALLS: list[int] = []


def good(
    past: OwnEvents, future: OwnEvents, items: int, settings: Mapping[str, Any], seed: int
) -> Vectors:
    width = settings["dimensions"]
    of_user = np.random.default_rng(seed).standard_normal((1000, width))
    vectors, support = np.zeros((items, width)), np.zeros(items)
    for events in (past, future):
        np.add.at(vectors, events.item, (events.label - 0.3)[:, None] * of_user[events.user])
        np.add.at(support, events.item, 1)
    return vectors, support > 0


def nothing(
    past: OwnEvents, future: OwnEvents, items: int, settings: Mapping[str, Any], seed: int
) -> Vectors:
    return np.zeros((items, settings["dimensions"])), np.zeros(items, np.bool_)


def writes(
    past: OwnEvents, future: OwnEvents, items: int, settings: Mapping[str, Any], seed: int
) -> Vectors:
    past.label[:] = 1.0
    return good(past, future, items, settings, seed)


def needs_a_past(
    past: OwnEvents, future: OwnEvents, items: int, settings: Mapping[str, Any], seed: int
) -> Vectors:
    vectors, supported = good(past, future, items, settings, seed)
    return vectors / len(past), supported


def short_times(
    past: OwnEvents, future: OwnEvents, items: int, settings: Mapping[str, Any], seed: int
) -> Vectors:
    for events in (past, future):
        if len(events) and events.time_us.max() > 2 * 10**12:
            raise OverflowError("a time is too large")
    return good(past, future, items, settings, seed)


def unseeded(
    past: OwnEvents, future: OwnEvents, items: int, settings: Mapping[str, Any], seed: int
) -> Vectors:
    vectors, supported = good(past, future, items, settings, seed)
    return vectors + np.random.default_rng().standard_normal(vectors.shape), supported


def global_numbers(
    past: OwnEvents, future: OwnEvents, items: int, settings: Mapping[str, Any], seed: int
) -> Vectors:
    vectors, supported = good(past, future, items, settings, seed)
    return vectors + np.random.random(vectors.shape), supported  # noqa: NPY002


def remembers(
    past: OwnEvents, future: OwnEvents, items: int, settings: Mapping[str, Any], seed: int
) -> Vectors:
    """Keeps the largest future that it was ever shown."""
    CALLS.append(len(future))
    vectors, supported = good(past, future, items, settings, seed)
    return vectors * (1 + (max(CALLS) if len(future) == 0 else 0)), supported


def past_only(
    past: OwnEvents, future: OwnEvents, items: int, settings: Mapping[str, Any], seed: int
) -> Vectors:
    return good(past, past, items, settings, seed)
