"""Streams of points of one series."""

from __future__ import annotations

import numpy as np

from lis_sim.drift.reference import Point
from lis_sim.drift.series import Seen, SeriesWatch
from lis_sim.drift.settings import DriftSettings
from lis_sim.hashing import generator
from lis_sim.types import Float64

HOUR_US = 3_600_000_000


def points(values: Float64 | list[float], error: float | Float64 = 0.01) -> list[Point]:
    """Return windows an hour apart."""
    errors = np.broadcast_to(np.asarray(error, float), len(values))
    return [Point(k, k * HOUR_US, float(value), float(errors[k])) for k, value in enumerate(values)]


def noise(seed: int, windows: int, error: float = 0.01) -> Float64:
    """Return normal errors ``(windows,)``."""
    return error * generator(seed, "noise").standard_normal(windows)


def watched(
    stream: list[Point],
    settings: DriftSettings | None = None,
    smallest: float = 0.0,
    smallest_share: float = 0.0,
) -> list[Seen]:
    """Return what a watch sees of every window."""
    watch = SeriesWatch(settings or DriftSettings(), smallest, smallest_share)
    return [watch.observe(point) for point in stream]


def events(seen: list[Seen]) -> list[int]:
    """Return the windows with a shift."""
    return [k for k, one in enumerate(seen) if one.shift is not None]
