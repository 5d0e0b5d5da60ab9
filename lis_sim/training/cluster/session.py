"""Ray on this machine, or the cluster that is already there."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from lis_sim.data.locking import locked
from lis_sim.data.storing import storing
from lis_sim.errors import RunError

TRY_SECONDS = 10.0
# Ray reads these when it is imported or started; a user's own values win.
ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",  # no telemetry
    "RAY_TRAIN_V2_ENABLED": "1",
    "RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": "0.05",  # every report waits for one poll; 2 s by default
    # So long a try to place workers keeps the controller from hearing of Ctrl-C; it tries again.
    "RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S": f"{TRY_SECONDS:g}",
    "RAY_TRAIN_ENABLE_PRINT_PATCH": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS": "0",
}
# Of a Ray that is started here; on somebody's cluster its owner has decided.
LOCAL_ENVIRONMENT = {
    # Ray's monitor kills when the machine is nearly full, by an error that Tune ends a search
    # with. Without it the kernel kills Ray's workers first, and only their work is lost.
    "RAY_memory_monitor_refresh_ms": "0",
    # Else Ray listens on all interfaces, and unpickles whatever it is sent. On Linux, too, this
    # is what makes it the loopback one; an address that is given it replaces by the machine's.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_worker_niceness": "0",  # 15 by default: beside any other work trials would stand still
}
WORKER_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # deterministic matrix products on a GPU
}
_PREFIX = "lis-ray-"
_LEAST = 100e6  # bytes


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
        with _own_sigterm():
            ray.init(
                log_to_driver=False,
                logging_level=logging.ERROR,
                runtime_env=_runtime_environment(address),
                **where,
            )
    except Exception as error:
        asked = "Ray did not start here" if address is None else f"no Ray answers at {address}"
        raise RunError(
            f"{asked} ({type(error).__name__}: {str(error)[:300]}{_full(folder)}); accepted as "
            "training.ray_address: nothing (start Ray here), auto, or HOST:PORT; or use "
            "training.engine=local"
        ) from error


@contextmanager
def _own_sigterm() -> Iterator[None]:
    """Keep what was to be done at SIGTERM: Ray puts an exit of its own there when it starts."""
    before = signal.getsignal(signal.SIGTERM)
    # Without a handler of Python's, Ray's is the better end: it takes its processes along.
    elsewhere = threading.current_thread() is not threading.main_thread()
    if elsewhere or before in (None, signal.SIG_DFL):
        yield
        return
    try:
        yield
    except SystemExit:
        if callable(before):  # the signal came while Ray started
            before(signal.SIGTERM, None)
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def _full(folder: Path) -> str:
    """Return which of the places where Ray keeps files has next to no room, if one has."""
    places = [place for place in (folder, Path("/dev/shm")) if place.is_dir()]
    left = {place: shutil.disk_usage(place).free for place in places}
    return "".join(
        f"; {place} has {free / 1e6:.0f} MB left" for place, free in left.items() if free < _LEAST
    )


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    """Yield a folder for Ray's session; those of killed processes are removed first."""
    remove_left()
    root = Path(tempfile.gettempdir())
    folder = root / f"{_PREFIX}{secrets.token_hex(4)}"
    try:
        with ExitStack() as held:
            with storing(root, "nothing was begun"):
                # Before there is a folder: one without a lock would be nobody's to remove.
                held.enter_context(locked(folder, wait=True))
                folder.mkdir(mode=0o700)
            yield folder
    finally:
        _remove_unheld(folder)


def remove_left() -> None:
    """Remove the folders of sessions whose process was killed."""
    root = Path(tempfile.gettempdir())
    names = {lock.name[1 : -len(".lock")] for lock in root.glob(f".{_PREFIX}*.lock")}
    # One without a lock was removed before, and made again by a dying process that wrote into it.
    names |= {folder.name for folder in root.glob(f"{_PREFIX}*")}
    for name in names:
        _remove_unheld(root / name)


def _remove_unheld(folder: Path) -> None:
    try:
        with locked(folder, wait=False):
            shutil.rmtree(folder, ignore_errors=True)
            # A dying process of that session may write again: then another look will see to it.
            if not folder.exists():
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
