"""Streams of a score in which something is planted, drawn or made from real ones."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from benchmarks.drift_part import WINDOWS, volumes
from lis_sim.drift.settings import DriftSettings
from lis_sim.hashing import generator

SIZE = 3.0  # standard errors, the stream's median one
SOON = 10  # windows within which a step must be seen
RAMP = 40  # windows of a slow change; it must be seen at most SOON windows after its end
_EARLIEST = DriftSettings().reference_windows + 4
_LIS, _ERROR = 0.03, 0.02  # of drawn streams


class Stream(NamedTuple):
    """Values of a score (windows,) and their standard errors."""

    value: np.ndarray[Any, np.dtype[np.float64]]
    error: np.ndarray[Any, np.dtype[np.float64]]


class Planted(NamedTuple):
    """A stream with a change that begins in window ``onset``."""

    stream: Stream
    onset: int


def drawn_stream(seed: int) -> Stream:
    """Return a null stream: independent normal errors, volumes 10 : 1."""
    error = volumes(seed, WINDOWS) ** -0.5
    error *= _ERROR / np.median(error)
    return Stream(_LIS + error * generator(seed, "drawn").standard_normal(WINDOWS), error)


def planted_stream(stream: Stream, seed: int, windows: int) -> Planted:
    """Take a step off (``windows`` 1), or a ramp of so many windows."""
    last = len(stream.value) - windows - SOON
    onset = int(generator(seed, "onset", windows).integers(_EARLIEST, last))
    share = np.clip((np.arange(len(stream.value)) - onset + 1) / windows, 0.0, 1.0)
    size = SIZE * np.median(stream.error)
    return Planted(Stream(stream.value - size * share, stream.error), onset)
