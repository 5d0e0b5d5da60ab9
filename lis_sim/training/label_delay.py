"""What the settings say of labels that come later than their events."""

from __future__ import annotations

from lis_sim.config import StreamConfig
from lis_sim.data.dataset import Dataset
from lis_sim.errors import ConfigError
from lis_sim.plain.duration import duration_us

_LONGEST_US = 3_650 * 86_400 * 10**6  # ten years: later than that nobody learns from a label


def label_delay_us(stream: StreamConfig) -> int:
    """Return ``stream.label_delay`` in microseconds, 0 where it is not given.

    >>> label_delay_us(StreamConfig(label_delay="2s")), label_delay_us(StreamConfig())
    (2000000, 0)
    """
    if stream.label_delay is None:
        return 0
    us = duration_us(stream.label_delay, "stream.label_delay")
    if us > _LONGEST_US:
        raise ConfigError(
            f"stream.label_delay is {stream.label_delay!r}; accepted: at most ten years (3650d)"
        )
    return us


def with_label_delay(dataset: Dataset, stream: StreamConfig) -> Dataset:
    """Return the log with its labels as late as ``stream`` says."""
    return dataset.with_label_delay(label_delay_us(stream))
