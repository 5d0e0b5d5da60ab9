"""A failure of Ray Train in our words."""

from __future__ import annotations

from pathlib import Path

from lis_sim.data.storing import KEPT, storage_error
from lis_sim.errors import LisSimError, RunError
from lis_sim.training.cluster.notices import Asked


def explained(error: BaseException, folder: Path, asked: Asked) -> LisSimError:
    """Return the error of ours inside a failure of Ray Train, else a short account of it."""
    failures = getattr(error, "worker_failures", None) or {}
    for failure in [*failures.values(), error]:
        seen: BaseException | None = failure
        while seen is not None:
            if isinstance(seen, LisSimError):
                return seen
            if (stored := storage_error(seen, folder, KEPT)) is not None:
                return stored
            if type(seen).__name__ == "WorkerGroupStartupTimeoutError":
                return RunError(
                    f"there was no room for {asked.words()} while training.node_wait_seconds; "
                    f"{KEPT}; start the machines that are missing, or take fewer training.workers, "
                    "and give the same command again: it goes on from the last checkpoint"
                )
            seen = getattr(seen, "controller_failure", None) or seen.__cause__
    return RunError(
        f"the Ray Train run failed ({type(error).__name__}: {str(error)[:500]}); what was "
        "committed is kept: the same command goes on from there"
    )
