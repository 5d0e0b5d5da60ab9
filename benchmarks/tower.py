"""An arm with a representation and the history against the clean arm, each alone on a worker.

One replicate over a million events of the built-in world (50,000 users, 20,000 items, four more
categorical fields), in steps and batches of 1,024; one thread. What is timed is all a worker does
with one cell: from the log's folder through the environment, scores and learning to the measures
of every window. Representations (``co_click``) are built before, which is the builder's work and
told beside. An arm of the ``joint`` form is a recommender of its own; one of the ``residual`` form
stands on a clean arm, which the worker trains for it. ``TOWER_EVENTS`` is the length of the log.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.interleaved import paired
from lis_sim.config import parse_config
from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.experiments.figure import Figure
from lis_sim.preference import Builder
from lis_sim.preference.builder import Shown
from lis_sim.training.api import prepare
from lis_sim.training.loop import PrequentialLoop
from lis_sim.training.plan import RunPlan
from lis_sim.training.worker import use_one_thread

EVENTS = int(os.environ.get("TOWER_EVENTS", "1000000"))
BATCH = 1_024
ARMS = ("leaked:co_click", "leaked_crossfit:co_click")  # of one table, of one a fold
_WINDOWS = 10
_TARGET = ">= 0.5"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan, and what its arms are shown in every window."""

    plan: RunPlan
    shown: Sequence[Shown]
    building: float  # seconds

    def play(self, arm: str) -> float:
        """Play the log with one ``arm`` alone; return the mean AUC of its scored windows."""
        (cell,) = (one for one in self.plan.cells if str(one.arm) == arm)
        loop = PrequentialLoop(self.plan, [cell])
        loop.start(0)
        measured = [loop.run_window(window, one).cells for window, one in enumerate(self.shown)]
        found = [one[cell.key].slices["all"].auc for one in measured[self.plan.family.warmup :]]
        return statistics.fmean(one for one in found if one is not None)


def figures() -> list[Figure]:
    """Return ``tower_share_FORM_b1024`` of the slower arm, and ``tower_auc_difference``.

    A share is an arm's events a second over the clean arm's. The difference is the largest one
    between a joint arm's AUC from machine code and from tensors.
    """
    use_one_thread("cpu")
    with tempfile.TemporaryDirectory(prefix="lis-tower-") as folder:
        spec = SyntheticSpec(events=EVENTS, users=50_000, items=20_000)
        log = write_synthetic(spec, Path(folder) / "log")
        compiled = {form: prepared(log, form) for form in ("joint", "residual")}
        shares = [_share(form, one) for form, one in compiled.items()]
        return [*shares, _apart(compiled["joint"], prepared(log, "joint", kernel="torch"))]


def prepared(log: Dataset, form: str, kernel: str = "compiled") -> Prepared:
    """Plan a run with the arms that are compared and build what they are shown."""
    config = parse_config(
        {
            "name": "tower",
            "data": {"source": str(log.path)},
            "stream": {"window": {"count": _WINDOWS}, "step_events": BATCH, "warmup_windows": 1},
            "preferences": [{"name": "co_click"}],
            "arms": ["clean", *ARMS],
            "form": form,
            "replicates": 1,
            "policy": {"name": "deepfm", "settings": {"batch_events": BATCH, "kernel": kernel}},
        }
    )
    plan = prepare(config).plan
    builder = Builder(plan.builder, plan.log)
    began = time.perf_counter()
    builder.start(0)
    shown = [builder.build(window) for window in range(len(plan.windows))]
    return Prepared(plan, shown, time.perf_counter() - began)


def _share(form: str, one: Prepared) -> Figure:
    times = {arm: paired(partial(one.play, arm), partial(one.play, "clean")) for arm in ARMS}
    slower = min(times, key=lambda arm: times[arm].ratio)
    told = "; ".join(
        f"{arm} {EVENTS / statistics.median(both.ours):,.0f} events/s, "
        f"clean {EVENTS / statistics.median(both.theirs):,.0f}, {both.ratio:.3f}"
        for arm, both in times.items()
    )
    detail = f"{slower}; {told}; all builds {one.building:.2f} s"
    return times[slower].figure(f"tower_share_{form}_b{BATCH}", _TARGET, detail)


def _apart(compiled: Prepared, tensors: Prepared) -> Figure:
    differences = {arm: abs(compiled.play(arm) - tensors.play(arm)) for arm in ARMS}
    told = ", ".join(f"{arm} {one:.1e}" for arm, one in differences.items())
    most = max(differences.values())
    return Figure("tower_auc_difference", most, target="<= 0.0002", detail=told)
