"""Durations as people write them: ``30s``, ``90m``, ``12h``, ``2d``, ``1w``."""

from __future__ import annotations

import re
from decimal import Decimal

from lis_sim.errors import ConfigError

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([smhdw])")


def duration_us(text: str, setting: str, also: str = "") -> int:
    """Return microseconds for a duration such as ``30s``, ``90m``, ``12h``, ``2d``, ``1w``.

    >>> duration_us("1.5h", "stream.window.duration")
    5400000000
    """
    match = _DURATION.fullmatch(text.strip())
    us = round(Decimal(match[1]) * _SECONDS[match[2]] * 10**6) if match else 0
    if us < 1:
        raise ConfigError(
            f"{setting} is {text!r}; accepted: {also}a positive number and a unit "
            f"({', '.join(_SECONDS)}), as in '12h'"
        )
    return us
