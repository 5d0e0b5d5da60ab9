"""Watching a run while it goes: its committed records, followed and served to Prometheus.

Nothing here computes a score. What Prometheus sees is what `windows.jsonl` already holds.
`lis_sim.monitoring.tune_callback` and `train_callback` serve any Ray Tune or Ray Train run; they
import Ray, so nothing else here imports them.
"""

from __future__ import annotations

from lis_sim.monitoring.account import RunAccount
from lis_sim.monitoring.address import Address, read_address, remove_address
from lis_sim.monitoring.endpoint import Endpoint
from lis_sim.monitoring.exporter import Exporter
from lis_sim.monitoring.line_follower import LineFollower
from lis_sim.monitoring.pushing import Pusher
from lis_sim.monitoring.run_follower import RunFollower
from lis_sim.monitoring.server import Tls

__all__ = [
    "Address",
    "Endpoint",
    "Exporter",
    "LineFollower",
    "Pusher",
    "RunAccount",
    "RunFollower",
    "Tls",
    "read_address",
    "remove_address",
]
