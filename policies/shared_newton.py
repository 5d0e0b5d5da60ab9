"""Newton's method over the events of all shards: each adds up its own, all take the same step."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
import torch

from lis_sim.types import Float32, Float64
from policies.exchange import Exchange
from policies.newton import CLOSE, STEPS, expand, find_mode, largest, loss_before, newton_step


class Events(NamedTuple):
    """A shard's events of a step."""

    x: Float64  # (k, n)
    offset: Float64  # (n,) in logits
    label: Float32  # (n,)


# What there was before: prior mean and precision (k,), curvature (k, k) and pull (k,).
Before: TypeAlias = tuple[Float64, Float64, Float64, Float64]


def find_mode_of_all(
    exchange: Exchange,
    events: Events,
    weight: Float64,
    before: Before,
    slope: Float64,
    curvature: Float64,
) -> None:
    """Do as :func:`.find_mode` does, for the events of all shards.

    A sum over shards takes the place of a sum over events; what follows from sums is worked out
    on every shard, to the same bytes.
    """
    if exchange.shard.whole:
        find_mode(*events, weight, *before, slope, curvature)
        return
    step = np.empty(len(weight))

    def loss_here() -> float:
        return expand_all(exchange, events, weight, slope, curvature) + loss_before(weight, *before)

    loss = loss_here()
    for _ in range(STEPS):
        newton_step(weight, *before, slope, curvature, step)
        last = loss
        weight -= step
        loss = loss_here()
        while loss > last and largest(step) >= CLOSE:
            step /= 2.0
            weight += step
            loss = loss_here()
        if largest(step) < CLOSE:
            return


def expand_all(
    exchange: Exchange, events: Events, weight: Float64, slope: Float64, curvature: Float64
) -> float:
    """Do as :func:`.expand` does, for the events of all shards: one message."""
    loss = expand(*events, weight, slope, curvature)
    if exchange.shard.whole:
        return loss
    sums = np.concatenate([[loss], slope, curvature.ravel()])
    exchange.add(torch.from_numpy(sums))  # which shares the array's memory
    slope[:] = sums[1 : 1 + len(slope)]
    curvature[:] = sums[1 + len(slope) :].reshape(curvature.shape)
    return float(sums[0])
