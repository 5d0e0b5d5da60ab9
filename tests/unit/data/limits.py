"""Real limits on what a process may write, for as long as a block runs."""

from __future__ import annotations

import ctypes
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_CAPABILITIES_3 = 0x20080522
_PAST_PERMISSIONS = 0b110  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: what lets root write anywhere


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file of this process grow past ``size`` bytes, as on a disk with a quota.

    Python ignores the signal that comes with it: writing fails with EFBIG, for root too.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Half(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))


@contextmanager
def permissions_hold() -> Iterator[None]:
    """Let this thread's permissions count, also where it belongs to root; skips where it cannot."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, halves = _Header(_CAPABILITIES_3, 0), (_Half * 2)()
    if libc.capget(ctypes.byref(header), halves) != 0:
        pytest.skip("capabilities cannot be read here, and root may write anywhere")
    before = halves[0].effective
    halves[0].effective &= ~_PAST_PERMISSIONS
    if libc.capset(ctypes.byref(header), halves) != 0:
        pytest.skip("capabilities cannot be given up here, and root may write anywhere")
    try:
        yield
    finally:
        halves[0].effective = before
        assert libc.capset(ctypes.byref(header), halves) == 0, os.strerror(ctypes.get_errno())


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Take the right to write away from ``folder`` and all folders below it, for the block."""
    folders = [folder, *(one for one in folder.rglob("*") if one.is_dir())]
    modes = [one.stat().st_mode for one in folders]
    for one in folders:
        one.chmod(0o555)
    try:
        with permissions_hold():
            yield
    finally:
        for one, mode in zip(folders, modes, strict=True):
            one.chmod(mode)


def contents(folder: Path) -> dict[str, bytes | None]:
    """Return what lies below ``folder``: bytes by relative path, None of folders; no lock files."""
    return {
        str(one.relative_to(folder)): one.read_bytes() if one.is_file() else None
        for one in sorted(folder.rglob("*"))
        if not one.name.endswith(".lock")
    }
