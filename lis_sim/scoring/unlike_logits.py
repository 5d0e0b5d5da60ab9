"""What scores that are no logits have no value of: log loss, calibration, the pooled AUC."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lis_sim.scores.records import Record

_NEEDS_LOGITS = ("log_loss", "calibration", "auc_pooled")


def without_probabilities(arms: Iterable[Record]) -> list[Record]:
    """Return the records of ``arms`` with null for what was computed as if scores were logits.

    The pooled AUC is among them: its bins are those of logits.

    >>> without_probabilities([{"arm": "clean", "gauc": 0.6, "log_loss": 0.5}])
    [{'arm': 'clean', 'gauc': 0.6, 'log_loss': None}]
    """
    return [_without(arm) for arm in arms]


def _without(record: Record) -> Record:
    found: dict[str, Any] = {
        key: None if key in _NEEDS_LOGITS else value for key, value in record.items()
    }
    if "cumulative" in found:
        found["cumulative"] = _without(found["cumulative"])
    return found
