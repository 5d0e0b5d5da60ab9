"""What representations of co-clicks cost: of which kind of arm, in folds, beside an exact SVD.

A log of the built-in world (50,000 users, 20,000 items) in ten windows, everything before and
after them visible (``horizon: all``), one replicate, one thread. ``REPRESENTATIONS_EVENTS`` is
the length of the log.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import svds

from benchmarks.interleaved import paired
from lis_sim.arms import Arm
from lis_sim.config import parse_config
from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.data.windows import WindowRule, plan_windows
from lis_sim.experiments.figure import Figure
from lis_sim.hashing import generator
from lis_sim.preference import Builder, BuilderPlan, PreferenceSpec
from lis_sim.preference.co_click_settings import CoClickSettings
from lis_sim.preference.subspace import leading_images
from lis_sim.training.api import execute, prepare
from lis_sim.types import Float64

EVENTS = int(os.environ.get("REPRESENTATIONS_EVENTS", "1000000"))
KINDS = ("causal", "leaked", "leaked_crossfit", "placebo")
FOLDS = 5
_WINDOWS = 10
_EXACT_USERS, _EXACT_ITEMS, _EXACT_EVENTS = 4_000, 1_500, 100_000
_PAIRS = 2
_NAME = "co_click"


def figures() -> list[Figure]:
    """Return ``build_share_KIND``, ``build_share``, ``folds_cost`` and ``low_rank_exact``."""
    with tempfile.TemporaryDirectory(prefix="lis-representations-") as folder:
        spec = SyntheticSpec(events=EVENTS, users=50_000, items=20_000)
        log = write_synthetic(spec, Path(folder) / "log")
        return [*_shares(log), _folds(log), _low_rank()]


def _shares(log: Dataset) -> list[Figure]:
    """Return the seconds of building over those of a clean run, by kind of arm and of all."""
    asked = {f"build_share_{kind}": (kind,) for kind in KINDS} | {"build_share": KINDS}
    shares: dict[str, list[float]] = {name: [] for name in asked}
    told = f"builds of {_WINDOWS} windows over a clean run of {EVENTS:,} events"
    _clean_seconds(log)  # compiles, and decodes the log
    for _ in range(_PAIRS):
        for name, kinds in asked.items():
            clean, build = _clean_seconds(log), sum(_build_seconds(log, kinds))
            shares[name].append(build / clean)
    return [
        Figure(name, statistics.median(found), min(found), max(found), "", told)
        for name, found in shares.items()
    ]


def _folds(log: Dataset) -> Figure:
    """Return how many times a build for all users one for every fold costs, once it is going."""
    ratios = []
    for _ in range(_PAIRS):
        one, all_folds = (
            statistics.median(_build_seconds(log, ("leaked_crossfit",), folds)[1:])
            for folds in (1, FOLDS)
        )
        ratios.append(all_folds / one)
    detail = f"a window's leaked_crossfit in {FOLDS} folds over the same in one"
    found = statistics.median(ratios)
    return Figure("folds_cost", found, min(ratios), max(ratios), "", detail)


def _build_seconds(log: Dataset, kinds: tuple[str, ...], folds: int = FOLDS) -> list[float]:
    """Return the seconds of every window's build, from a start with nothing read."""
    arms = tuple(Arm(kind, _NAME) for kind in kinds)
    windows = plan_windows(log, WindowRule(count=_WINDOWS))
    plan = BuilderPlan(arms, (PreferenceSpec(_NAME),), windows, (0,), folds=folds)
    builder = Builder(plan, log)
    builder.start(0)
    seconds = []
    for window in range(len(windows)):
        began = time.perf_counter()
        builder.build(window)
        seconds.append(time.perf_counter() - began)
    return seconds


def _clean_seconds(log: Dataset) -> float:
    config = parse_config(
        {
            "name": "representations",
            "data": {"source": str(log.path)},
            "stream": {"window": {"count": _WINDOWS}, "warmup_windows": 1},
            "arms": ["clean"],
            "replicates": 1,
            "training": {"engine": "local", "device": "cpu"},
            "drift": {"enabled": False},
            "monitoring": {"enabled": False},
        }
    )
    with tempfile.TemporaryDirectory(prefix="lis-representations-") as folder:
        began = time.perf_counter()
        execute(prepare(config, Path(folder) / "run"))
        return time.perf_counter() - began


@dataclass(frozen=True, slots=True)
class Moving:
    """A sparse matrix of planted tastes that goes on growing, two windows of it."""

    before: sp.csr_array  # (users, I)
    now: sp.csr_array  # (users, I)

    @classmethod
    def drawn(cls, users: int, items: int, events: int, seed: int = 0) -> Moving:
        """Draw ``events`` residuals, of which the last tenth is new."""
        draw = generator(seed, "moving matrix")
        left, right = draw.normal(size=(users, 8)), draw.normal(size=(items, 8))
        user, item = draw.integers(0, users, events), draw.integers(0, items, events)
        value = (left[user] * right[item]).sum(axis=1) / np.sqrt(8.0) + draw.normal(size=events)
        rows = (slice(0, events * 9 // 10), slice(0, events))
        entries = value.astype(np.float32)
        shape = (users, items)
        return cls(*(sp.csr_array((entries[r], (user[r], item[r])), shape) for r in rows))


def captured(matrix: sp.csr_array, images: Float64, rank: int) -> float:
    """Return the energy of ``matrix`` along ``images`` ``(I, rank)`` over the most there is.

    >>> exact = exact_images(Moving.drawn(50, 20, 400).now, 4)
    >>> round(captured(Moving.drawn(50, 20, 400).now, exact, 4), 5)
    1.0
    """
    basis, _ = np.linalg.qr(images)
    most = np.linalg.svd(matrix.toarray().astype(np.float64), compute_uv=False)[:rank]
    return float(np.square(matrix @ basis).sum() / np.square(most).sum())


def exact_images(matrix: sp.csr_array, rank: int) -> Float64:
    """Return ``matrix.T @ u`` ``(I, rank)`` of the leading left singular vectors, by exact SVD."""
    _, values, right = np.linalg.svd(matrix.toarray(), full_matrices=False)
    return np.asarray(right[:rank].T * values[:rank], np.float64)


def _low_rank() -> Figure:
    """Return how many times as fast a window's low-rank step is as an exact SVD."""
    settings = CoClickSettings()
    matrices = Moving.drawn(_EXACT_USERS, _EXACT_ITEMS, _EXACT_EVENTS)
    block = settings.rank + settings.extra
    random = generator(1, "start").normal(size=(_EXACT_ITEMS, block))
    start = random.copy()
    first = leading_images(matrices.before, start, settings.first_rounds, settings.rank)
    start[:, : settings.rank] = first

    def ours() -> Float64:
        return leading_images(matrices.now, start, settings.rounds, settings.rank)

    times = paired(ours, lambda: exact_images(matrices.now, settings.rank), _PAIRS)
    warm = captured(matrices.now, ours(), settings.rank)
    cold = captured(
        matrices.now,
        leading_images(matrices.now, random, settings.rounds, settings.rank),
        settings.rank,
    )
    began = time.perf_counter()
    svds(matrices.now.astype(np.float64), settings.rank)
    lanczos = time.perf_counter() - began
    detail = (
        f"scipy's svds {lanczos:.3g} s; {warm:.5f} of the exact one's energy, "
        f"{cold:.5f} without the last window's basis; "
        f"{_EXACT_USERS:,} users, {_EXACT_ITEMS:,} items, {_EXACT_EVENTS:,} events"
    )
    return times.figure("low_rank_exact", "", detail)
