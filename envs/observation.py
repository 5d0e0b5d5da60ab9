"""What a step shows: everything known before its events, never a label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from lis_sim.data.history import History
from lis_sim.types import Batch, EventBlock, Schema

Observation: TypeAlias = dict[str, Any]
Action: TypeAlias = NDArray[np.floating[Any] | np.integer[Any]]  # as Gymnasium types a Box

LARGEST = np.finfo(np.float32).max


def observation_space(schema: Schema, step_events: int, history: int) -> spaces.Dict:
    """Return the space of a step of ``n = step_events`` rows, the first ``count`` of them events.

    Rows from ``count`` on are padding: ``mask`` 0, ``numeric`` 0, all indices -1.
    """
    n = step_events
    sizes = np.array([column.size for column in schema.categorical], np.int32)
    features = (n, len(schema.categorical))
    return spaces.Dict(
        {
            "user": spaces.Box(-1, schema.users - 1, (n,), np.int32),
            "item": spaces.Box(-1, schema.items - 1, (n,), np.int32),
            "categorical": spaces.Box(
                np.full(features, -1, np.int32),
                np.broadcast_to(sizes - 1, features),
                dtype=np.int32,
            ),
            "numeric": spaces.Box(-LARGEST, LARGEST, (n, len(schema.numeric)), np.float32),
            "history": spaces.Box(-1, schema.items - 1, (n, history), np.int32),
            "history_length": spaces.Box(0, history, (n,), np.int32),
            "mask": spaces.MultiBinary(n),
            "count": spaces.Discrete(n + 1),
        }
    )


def action_space(step_events: int, arms: int) -> spaces.Box:
    """Return the space of one finite logit per arm and row, (arms, step_events) float32."""
    return spaces.Box(-LARGEST, LARGEST, (arms, step_events), np.float32)


def observe(events: EventBlock | None, history: History, schema: Schema, n: int) -> Observation:
    """Return the observation of ``events`` (none at the end of the log), padded to ``n`` rows.

    Everything in it is a copy: writing to an observation changes neither the log nor what is
    revealed later.
    """
    if events is None:
        events = _no_events(schema)
    items, lengths = history.recent(events.user)
    mask = np.zeros(n, np.int8)
    mask[: len(events)] = 1
    return {
        "user": _padded(events.user, n, -1),
        "item": _padded(events.item, n, -1),
        "categorical": _padded(events.categorical, n, -1),
        "numeric": _padded(events.numeric, n, 0),
        "history": items if len(items) == n else _padded(items, n, -1),
        "history_length": lengths if len(lengths) == n else _padded(lengths, n, 0),
        "mask": mask,
        "count": len(events),
    }


def batch_of(observation: Mapping[str, Any]) -> Batch:
    """Return the ``count`` events of an observation as views, without the padding."""
    rows = slice(0, int(observation["count"]))
    return _batch(observation).take(rows)


def revealed_batch(revealed: Mapping[str, Any]) -> Batch:
    """Return ``info["revealed"]`` as the batch its rows were part of when they were scored."""
    return _batch(revealed)


def _batch(columns: Mapping[str, Any]) -> Batch:
    return Batch(
        user=columns["user"],
        item=columns["item"],
        categorical=columns["categorical"],
        numeric=columns["numeric"],
        history=columns["history"],
    )


def _padded(column: NDArray[Any], n: int, padding: int) -> NDArray[Any]:
    """Return a copy of ``column`` (m, …), m <= n, with ``n`` rows."""
    if len(column) == n:
        return column.copy()
    padded = np.full((n, *column.shape[1:]), padding, column.dtype)
    padded[: len(column)] = column
    return padded


def _no_events(schema: Schema) -> EventBlock:
    return EventBlock(
        first_row=0,
        user=np.zeros(0, np.int32),
        item=np.zeros(0, np.int32),
        time_us=np.zeros(0, np.int64),
        label=np.zeros(0, np.float32),
        categorical=np.zeros((0, len(schema.categorical)), np.int32),
        numeric=np.zeros((0, len(schema.numeric)), np.float32),
    )
