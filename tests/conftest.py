"""What every test shares: order, Hypothesis settings, thread counts and the public logs."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Before NumPy and torch load: their thread pools fight over a small machine's cores.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

ROOT = Path(__file__).resolve().parent.parent

# Shared machines stall; a deadline would then fail tests that are right.
settings.register_profile(
    "lis_sim",
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
    # CI tries the same examples each time, so that a red one is the change's; people try new ones.
    derandomize=os.environ.get("LIS_SIM_SAME_EXAMPLES") == "1",
)
settings.load_profile("lis_sim")

# A shell that starts pytest in the background lets it, and all that it starts, ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run fast tests first, so that a broken idea is seen in seconds; Ray's come last."""

    def cost(item: pytest.Item) -> int:
        if item.get_closest_marker("ray"):
            return 2
        return 1 if item.get_closest_marker("slow") else 0

    items.sort(key=cost)
    # For several workers (pytest-xdist): files of fast tests anywhere; of slow ones, and of those
    # that start Ray, one after the other, since some wait for what another process does in its
    # time.
    for item in items:
        group = (item.path.name, "slow", "ray")[cost(item)]
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """Return a function from a public log's folder name to its path; skips when it is absent."""
    root = Path(os.environ.get("LIS_SIM_DATA") or ROOT.parent / "shared" / "data")

    def find(name: str) -> Path:
        if not (root / name).is_dir():
            pytest.skip(f"the log {name} is not in {root}; set LIS_SIM_DATA to where it is")
        return root / name

    return find
