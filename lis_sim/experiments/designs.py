"""The worlds in which coverage is measured, each hard for an interval in its own way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SIZE: Mapping[str, Any] = {"events": 12_000, "users": 600, "items": 150}
_LARGER: Mapping[str, Any] = {"events": 24_000, "users": 1_200, "items": 300}

DESIGNS: Mapping[str, Mapping[str, Any]] = {
    # A handful of users make most of the log: the clustered variance rests on few terms.
    "few_heavy_users": {**_LARGER, "users": 120, "activity_tail": 1.5},
    # A few events each: hardly any user has both labels in a window.
    "many_light_users": {**_SIZE, "users": 3_000, "items": 600, "activity_tail": 10.0},
    # Nine items of ten appear during the log and are shown more while new.
    "cold_start": {**_SIZE, "items": 800, "born_before": 0.1, "recency": 3.0},
    # About one event in twenty is an engagement.
    "few_positives": {**_LARGER, "bias": -4.0},
    # Long sessions whose labels share a strong mood.
    "autocorrelated_sessions": {**_SIZE, "session_events": 8.0, "mood": 1.0},
}
# Two of them at a size that no interval of one run is known to master.
FRONTIER: Mapping[str, Mapping[str, Any]] = {
    "few_heavy_users_small": {**_SIZE, "users": 60, "activity_tail": 1.5},
    "few_positives_small": {**_SIZE, "bias": -4.0},
}
RUN: Mapping[str, Any] = {
    "stream": {"window": {"count": 8}, "step_events": 512, "warmup": 0.25},
}
