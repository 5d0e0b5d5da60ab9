"""A search as its summary and its trials have it: 24 candidates, most of them stopped early."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lis_sim.hashing import generator

BEHAVIOUR = "preferences.co_click.settings.behaviour"
RANK = "preferences.co_click.settings.rank"
RATE = "policy.settings.embedding_rate"
KIND = "preferences.co_click.kind"
DIM = "preferences.co_click.settings.dim"

DIMENSIONS: list[dict[str, Any]] = [
    {"path": BEHAVIOUR, "choice": [None, "dwell >= 30", "like >= 1"]},
    {"path": RANK, "integer": [2, 32], "log": True},
    {"path": RATE, "log_uniform": [0.01, 0.4]},
    {"path": KIND, "choice": ["co_click", "sparse_id"]},
    {"path": DIM, "integer": [4, 16], "when": {KIND: "sparse_id"}},
]
CUT = {
    "windows": 10,
    "warmup": 4,
    "total": 20,
    "end_us": 1_700_000_000_000_000,
    "events": 60_000,
    "events_total": 120_000,
}


def rows(
    objectives: tuple[str, ...] = ("lis_crossfit",), count: int = 24
) -> tuple[list[dict[str, Any]], dict[int, list[tuple[int, float]]]]:
    """Return the rows of ``trials.parquet`` and the curves; the same every time.

    As in that file None is a setting that is not there, and ``"null"`` one that is null.
    """
    rng = generator(7, "example search")
    found, curves = [], {}
    for trial in range(count + 1):
        kind = "co_click" if trial == 0 or rng.random() < 0.6 else "sparse_id"
        behaviour = ["null", "dwell >= 30", "like >= 1"][int(rng.integers(3))] if trial else "null"
        rank = 8 if trial == 0 else round(math.exp(rng.uniform(math.log(2), math.log(32))))
        rate = 0.1 if trial == 0 else math.exp(rng.uniform(math.log(0.01), math.log(0.4)))
        true = 0.02 + 0.008 * (behaviour != "null") - 0.006 * abs(math.log(rate / 0.1))
        true += 0.003 * math.log(rank / 8) - 0.004 * (kind == "sparse_id")
        stopped = trial > 0 and true < 0.02 and trial % 3 != 0
        windows = 5 + trial % 3 if stopped else CUT["windows"]
        curve = [
            (w, true + float(rng.normal(0, 0.02 / (w - 4) ** 1.5))) for w in range(5, windows + 1)
        ]
        values = {
            name: curve[-1][1] if k == 0 else 0.7 - 0.4 * true + float(rng.normal(0, 0.002))
            for k, name in enumerate(objectives)
        }
        failed = trial == 9
        found.append(
            {
                "trial": trial,
                "status": "failed" if failed else "stopped" if stopped else "finished",
                "error": "RunError: no window has both labels <b>" if failed else None,
                "windows": windows,
                "events": windows * 6_000,
                "seconds": 1.3 * windows,
                **dict.fromkeys(objectives, None if failed else 0.0),
                **({} if failed else values),
                BEHAVIOUR: behaviour,
                RANK: rank,
                RATE: rate,
                KIND: kind,
                DIM: int(rng.integers(4, 17)) if kind == "sparse_id" else None,
                "winner": False,
            }
        )
        curves[trial] = [] if failed else curve
    _mark_winners(found, objectives)
    return found, curves


def _mark_winners(found: list[dict[str, Any]], objectives: tuple[str, ...]) -> None:
    whole = [row for row in found if row["status"] == "finished"]
    scores = np.array([[row[name] for name in objectives] for row in whole])
    for row, own in zip(whole, scores, strict=True):
        row["winner"] = not bool(np.any(np.all(scores > own, axis=1)))


def summary(
    objectives: tuple[str, ...] = ("lis_crossfit",), count: int = 24, **changes: Any
) -> dict[str, Any]:
    """Return the ``summary.json`` of the same search."""
    found, _ = rows(objectives, count)
    winners = [row for row in found if row["winner"]]
    baseline = found[0]
    return {
        "schema": 1,
        "search": "tune-preference",
        "objectives": [{"objective": name, "mode": "max"} for name in objectives],
        "algorithm": "optuna",
        "stopping": {"kind": "asha", "first": 2, "reduction": 3},
        "seed": 0,
        "cut": CUT,
        "trials": {
            status: sum(row["status"] == status for row in found)
            for status in ("finished", "stopped", "failed")
        },
        "events_played": sum(row["events"] for row in found),
        "events_of_full_trials": (count + 1) * CUT["events"],
        "seconds": 123.4,
        "settings_searched": [one["path"] for one in DIMENSIONS],
        "baseline": _played(baseline, objectives, 0.0004) | {"folder": "later/baseline"},
        "best": [_best(row, objectives) for row in winners],
        "headline": "In windows 11 to 20, which the search did not see: better",
        "minimum_effect": 0.001,
    } | changes


def _best(row: dict[str, Any], objectives: tuple[str, ...]) -> dict[str, Any]:
    paths = (BEHAVIOUR, RANK, RATE, KIND)
    return _played(row, objectives, 0.0031) | {
        "settings": {path: row[path] for path in paths},
        "folder": "later/best",
        "over_baseline": {
            name: {
                "search": 0.0094,
                "value": 0.0071,
                "low": 0.0042,
                "high": 0.0100,
                "optimism": 0.0023,
                "verdict": "better",
            }
            for name in objectives
        },
        "verdict": "better",
        "because": "better than the config as written: lis_crossfit +0.00710 [+0.00420, +0.01000]",
    }


def _played(row: dict[str, Any], objectives: tuple[str, ...], lost: float) -> dict[str, Any]:
    def around(value: float) -> dict[str, float]:
        return {"value": value, "low": value - 0.003, "high": value + 0.003}

    return {
        "trial": row["trial"],
        "search": {name: row[name] - 0.002 for name in objectives},
        "search_interval": {name: around(row[name]) for name in objectives},
        "later": {name: around(row[name] - lost) for name in objectives},
        "optimism": dict.fromkeys(objectives, lost),
    }
