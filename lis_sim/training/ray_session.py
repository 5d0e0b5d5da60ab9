"""Ray on this machine, or the cluster that is already there."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lis_sim.data.locking import locked
from lis_sim.errors import RunError

# Ray reads these when it is imported or started; a user's own values win.
ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",  # no telemetry
    "RAY_TRAIN_V2_ENABLED": "1",
    "RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": "0.05",  # every report waits for one poll; 2 s by default
    "RAY_TRAIN_ENABLE_PRINT_PATCH": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS": "0",
}
# Of a Ray that is started here; on somebody's cluster its owner has decided.
LOCAL_ENVIRONMENT = {
    # Ray's monitor kills when the machine is nearly full, by an error that Tune ends a search
    # with. Without it the kernel kills Ray's workers first, and only their work is lost.
    "RAY_memory_monitor_refresh_ms": "0",
    "RAY_worker_niceness": "0",  # 15 by default: beside any other work trials would stand still
}
WORKER_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # deterministic matrix products on a GPU
}
_PREFIX = "lis-ray-"


@contextmanager
def ray_session(address: str | None) -> Iterator[Any]:
    """Yield the ``ray`` module, connected; what was started here is shut down at the end.

    Without ``address`` Ray starts on this machine with a temporary folder of its own. A
    session that is already open is used as it is and left open. :class:`RunError` when Ray
    does not start or no cluster answers.
    """
    for name, value in (ENVIRONMENT | ({} if address else LOCAL_ENVIRONMENT)).items():
        os.environ.setdefault(name, value)
    import ray

    if ray.is_initialized():
        yield ray
        return
    with _temporary_folder() as folder:
        try:
            _connect(ray, address, folder)
            yield ray
        finally:
            ray.shutdown()


def _connect(ray: Any, address: str | None, folder: Path) -> None:
    where: dict[str, Any] = {"address": address}
    if address is None:
        where = {
            "num_cpus": processors(),
            "include_dashboard": False,
            "_temp_dir": str(folder),
        }
    try:
        ray.init(
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env=_runtime_environment(address),
            **where,
        )
    except Exception as error:
        asked = "Ray did not start here" if address is None else f"no Ray answers at {address}"
        raise RunError(
            f"{asked} ({type(error).__name__}: {str(error)[:300]}); accepted as "
            "training.ray_address: nothing (start Ray here), auto, or HOST:PORT; or use "
            "training.engine=local"
        ) from error


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    """Yield a folder for Ray's session; those of killed processes are removed first."""
    root = Path(tempfile.gettempdir())
    for lock in root.glob(f".{_PREFIX}*.lock"):
        _remove_unheld(root / lock.name[1 : -len(".lock")])
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    with locked(folder, wait=True):
        yield folder
    _remove_unheld(folder)


def _remove_unheld(folder: Path) -> None:
    try:
        with locked(folder, wait=False):
            shutil.rmtree(folder, ignore_errors=True)
            (folder.parent / f".{folder.name}.lock").unlink(missing_ok=True)
    except OSError:
        return  # held by a run that goes on, or another user's


def _runtime_environment(address: str | None) -> dict[str, Any]:
    """What workers start with; a cluster elsewhere also gets the three packages."""
    environment: dict[str, Any] = {"env_vars": {**ENVIRONMENT, **WORKER_ENVIRONMENT}}
    if address is not None:
        environment["py_modules"] = [_package_folder(p) for p in ("lis_sim", "envs", "policies")]
    return environment


def _package_folder(package: str) -> str:
    found = sys.modules.get(package) or __import__(package)
    return str(Path(str(found.__file__)).parent)
