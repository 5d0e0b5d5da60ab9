"""Watching a run while it goes: its committed records, followed and served to Prometheus.

Nothing here computes a score. What Prometheus sees is what `windows.jsonl` already holds.
"""

from __future__ import annotations

from lis_sim.monitoring.exporter import Exporter
from lis_sim.monitoring.follow import LineFollower, RunFollower

__all__ = ["Exporter", "LineFollower", "RunFollower"]
