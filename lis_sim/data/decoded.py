"""A dataset whose rows are decoded once for all who read it on this machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lis_sim.data.copies import refused
from lis_sim.data.dataset import Dataset


def decoded(dataset: Dataset, cache: Path) -> Dataset:
    """Return ``dataset``, read from decoded copies below ``cache``; the same rows, the same bytes.

    A part is decoded and checked by whoever reads it first, under a lock; everybody else on this
    machine maps the same memory (:mod:`lis_sim.data.copies`). Sent to another machine, it makes
    its copies there. They take the disk space of plain columns: 20 bytes a row, 4 more for every
    feature. Where there is no such space, Parquet is read: one warning of the logger
    ``lis_sim.data`` in every process says so.

    >>> import tempfile
    >>> import numpy as np
    >>> from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
    >>> spec = SyntheticSpec(events=1000, users=50, items=40)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     world = write_synthetic(spec, Path(folder) / "world")
    ...     same = decoded(world, Path(folder) / "cache")
    ...     both = [next(one.blocks(100, 200)) for one in (world, same)]
    ...     bool((both[0].categorical == both[1].categorical).all())
    True
    """
    return replace(dataset, copies=copies_folder(cache))


def keeps_copies(dataset: Dataset, cache: Path) -> bool:
    """Whether decoded copies of ``dataset`` can be had below ``cache``; tried with its first part.

    If not, the warning that says why has been given.
    """
    next(decoded(dataset, cache).times(), None)
    return not refused(copies_folder(cache))


def copies_folder(cache: Path) -> Path:
    """Return where below ``cache`` decoded copies lie."""
    return cache.resolve() / "decoded"
