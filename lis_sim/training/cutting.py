"""How settings cut a stream of events: by which rule, and what of it is the warm-up."""

from __future__ import annotations

from typing import Protocol

from lis_sim.config import WindowConfig
from lis_sim.data.windows import WindowRule
from lis_sim.errors import ConfigError
from lis_sim.plain.duration import duration_us


class WarmUp(Protocol):
    """The settings of the warm-up: a share of the windows, or so many instead."""

    @property
    def warmup(self) -> float: ...
    @property
    def warmup_windows(self) -> int | None: ...


def rule_of(window: WindowConfig) -> WindowRule:
    """Return how ``window`` cuts a log; :class:`ConfigError` for a duration that is none."""
    us = None if window.duration is None else duration_us(window.duration, "stream.window.duration")
    return WindowRule(count=window.count, events=window.events, duration_us=us)


def warmup_of(stream: WarmUp, windows: int) -> int:
    """Return how many of so many ``windows`` are not scored.

    Raises:
        ConfigError: none would be left.
    """
    # A share above 0 means one window at least: nobody wants an unlearned ranker scored.
    share = max(round(stream.warmup * windows), int(stream.warmup > 0))
    warmup = share if stream.warmup_windows is None else stream.warmup_windows
    if warmup >= windows:
        given = (
            f"warmup {stream.warmup:g}"
            if stream.warmup_windows is None
            else f"warmup_windows {warmup}"
        )
        raise ConfigError(
            f"stream.{given} of {windows} windows leaves none to score; take a smaller one or "
            "more windows"
        )
    return warmup
