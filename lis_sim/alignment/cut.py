"""The moment up to which a model may have seen events, as people write it."""

from __future__ import annotations

from datetime import UTC, datetime

from lis_sim.data.dataset import Dataset
from lis_sim.errors import ConfigError

_ACCEPTED = (
    "an ISO date such as 2024-01-31 (events before it), or a share of the log's events above 0 "
    "and below 1"
)


def parse_cut(text: str, dataset: Dataset) -> int:
    """Return the last microsecond before ``text``, a date or a share of the log's events.

    A share is that of events, so that ``0.4`` ends where the fourth of ten windows of equal
    event count does.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = write_synthetic(SyntheticSpec(events=500, users=30), Path(folder) / "w")
    ...     parse_cut("2024-01-08", log) == 1_704_672_000_000_000 - 1
    True
    """
    cut_us = _of_share(text, dataset) if _is_number(text) else _of_date(text)
    if not dataset.start_us <= cut_us < dataset.end_us:
        raise ConfigError(
            f"the cut {text!r} leaves no events on one of its sides: the log goes from "
            f"{_iso(dataset.start_us)} to {_iso(dataset.end_us)}; accepted: a time within it"
        )
    return cut_us


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "-" not in text


def _of_share(text: str, dataset: Dataset) -> int:
    share = float(text)
    if not 0 < share < 1:
        raise ConfigError(f"the cut is {text!r}; accepted: {_ACCEPTED}")
    row = round(share * dataset.rows)
    for times in dataset.times(min(row, dataset.rows - 1)):
        return int(times[0]) - 1
    raise ConfigError(f"{dataset.path} has no event; accepted: a log with some")


def _of_date(text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"the cut is {text!r}; accepted: {_ACCEPTED}") from error
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return round(at.timestamp() * 10**6) - 1


def _iso(time_us: int) -> str:
    return datetime.fromtimestamp(time_us / 10**6, UTC).isoformat(timespec="seconds")
