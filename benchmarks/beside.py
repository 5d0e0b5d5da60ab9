"""What measures beside the AUC cost, and NDCG against scikit-learn's.

A million events in 50,000 requests of 20, scores of float32 of which some tie. ``ndcg_sklearn`` is
how many times as fast ours is, ties included on both sides; ``ndcg_difference`` the largest
difference of any request. ``beside_cost`` is how long a window takes with an outcome, NDCG@5 and
@10, MRR and per-user AUC, over how long it takes without.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import ndcg_score

from benchmarks.interleaved import paired
from lis_sim.experiments.figure import Figure
from lis_sim.hashing import generator
from lis_sim.scores import EventColumns, Measured, MetricsPlan, score_cells
from lis_sim.scores.group_frame import requests_of
from lis_sim.scores.metrics_plan import Metric
from lis_sim.scores.ranking import rank_events
from lis_sim.types import Bool, Float32, Float64, Int32

REQUESTS, SHOWN = 50_000, 20
USERS = 10_000
RANKS = 10
PLAN = MetricsPlan(ndcg=(5, RANKS), mrr=True, user_auc=True, outcomes=("dwell >= 7",))
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class _Events:
    positive: Bool  # (n,)
    score: Float32  # (n,)
    user: Int32  # (n,)
    item: Int32  # (n,)
    request: Int32  # (n,)


def figures() -> list[Figure]:
    """Return the ratio, the difference and the cost."""
    events = _events()
    one = paired(lambda: _own(events), lambda: _scikit_learns(events), 3)
    return [one.figure("ndcg_sklearn", "", "ndcg_score"), _difference(events), _cost(events)]


def _events() -> _Events:
    draw = generator(0, "beside benchmark")
    events = REQUESTS * SHOWN
    taste = draw.normal(size=events)
    positive = draw.random(events) < 1.0 / (1.0 + np.exp(2.0 - taste))
    # Every request has both labels: scikit-learn's takes all of them.
    first = np.arange(0, events, SHOWN)
    positive[first], positive[first + 1] = True, False
    score = np.round(taste + draw.normal(size=events), 1).astype(np.float32)
    request = np.repeat(np.arange(REQUESTS, dtype=np.int32), SHOWN)
    item = draw.integers(0, 20_000, events).astype(np.int32)
    return _Events(positive, score, (request % USERS).astype(np.int32), item, request)


def _own(events: _Events) -> Float64:
    frame = requests_of(events.positive, events.user, events.request)
    return frame.values(Metric("ndcg", ranks=RANKS), frame.words(rank_events(events.score)))


def _scikit_learns(events: _Events) -> float:
    shape = (REQUESTS, SHOWN)
    return float(ndcg_score(events.positive.reshape(shape), events.score.reshape(shape), k=RANKS))


def _difference(events: _Events) -> Figure:
    few = 1_000
    own = _own(events)
    by_user = np.lexsort((np.arange(REQUESTS), np.arange(REQUESTS) % USERS))[:few]
    apart = 0.0
    for place, request in enumerate(by_user):
        rows = slice(request * SHOWN, (request + 1) * SHOWN)
        other = ndcg_score([events.positive[rows]], [events.score[rows]], k=RANKS)
        apart = max(apart, abs(float(own[place]) - float(other)))
    told = f"largest of {few:,} requests, ties included"
    return Figure("ndcg_difference", apart, target="<= 0.000000000001", detail=told)


def _cost(events: _Events) -> Figure:
    outcome = (events.item % 3 - 1).astype(np.int8)
    columns = EventColumns({"dwell >= 7": outcome}, events.request)
    measured = Measured(PLAN, columns)

    def scored(beside: Measured | None) -> Callable[[], object]:
        given = (events.positive, events.user, None, events.item, beside)
        return lambda: score_cells([events.score] * 5, *given)

    with_them, without = (_seconds(scored(beside)) for beside in (measured, None))
    nanoseconds = (with_them - without) / len(events.score) / 5 * 1e9
    told = (
        f"{nanoseconds:.0f} ns an event and arm, over {without / len(events.score) / 5 * 1e9:.0f}"
    )
    return Figure("beside_cost", with_them / without, detail=told)


def _seconds(work: Callable[[], object]) -> float:
    """Return the least of some times: what else runs only adds."""
    work()
    found = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found)
