"""What lis_sim.scores writes is what the exporter and the report read: no field is misspelt."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
from prometheus_client import CollectorRegistry
from rich.console import Console

from lis_sim.monitoring.collector import RunCollector
from lis_sim.report import print_summary, render_report
from lis_sim.scores.family import LisFamily
from lis_sim.scores.plan import FamilyPlan, RepresentationPlan
from lis_sim.scores.window import CellWindow, score_cells

KINDS = ("leaked", "leaked_crossfit", "causal", "placebo")
ARMS = ("clean", *(f"{kind}:pairs" for kind in KINDS), "aligned:title", "placebo:title")
PLAN = FamilyPlan(
    ARMS,
    replicates=2,
    warmup=1,
    slices=("cold",),
    preferences=("pairs",),
    representations=(RepresentationPlan("title"),),
    form="joint",
)


def window(family: LisFamily, k: int, draw: np.random.Generator) -> dict[str, Any]:
    """Add one window of 200 events in which better arms see more of the label; return its record.

    Cold events of window 2 are all negative, so that slice has no AUC there.
    """
    user, cold = draw.integers(0, 20, 200), draw.random(200) < 0.3
    label = (draw.random(200) < 0.4).astype(np.float32)
    if k == 2:
        label[cold] = 0.0
    cells: dict[tuple[str, int], CellWindow] = {}
    for replicate in range(PLAN.replicates):
        logits = [0.3 * j * label + draw.normal(size=200) for j in range(len(ARMS))]
        scored = score_cells(logits, label, user, {"cold": cold})
        cells |= {(arm, replicate): cell for arm, cell in zip(ARMS, scored, strict=True)}
    family.add(k, cells)
    return {
        "schema": 1,
        "window": k,
        "end_us": (k + 1) * 1_000_000,
        "clock_us": (k + 1) * 1_000_000,
        "warmup": k < PLAN.warmup,
        "events_total": 200 * (k + 1),
        "windows_undefined": family.windows_undefined,
        "arms": family.window_arms(cells),
        "scores": family.scores(),
    }


@pytest.fixture(scope="module")
def run() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    family, draw = LisFamily(PLAN), np.random.Generator(np.random.Philox(key=3))
    windows = [window(family, k, draw) for k in range(4)]
    summary = {
        "schema": 1,
        "run": "demo",
        "events": 800,
        "windows": 4,
        "replicates": PLAN.replicates,
        "horizon": PLAN.horizon,
        "folds": PLAN.folds,
        "form": PLAN.form,
        "arms": family.arms(),
        "scores": family.scores(),
        "verdicts": family.verdicts(),
    }
    # Through JSON, as the readers get them.
    return json.loads(json.dumps(summary)), json.loads(json.dumps(windows))


def test_every_defined_score_reaches_prometheus(
    run: tuple[dict[str, Any], list[dict[str, Any]]],
) -> None:
    summary, windows = run
    registry = CollectorRegistry()
    registry.register(RunCollector("demo", lambda: windows[-1]))
    for entry in summary["scores"]:
        labels = {
            "run": "demo",
            "score": entry["score"],
            "preference": entry["preference"] or "",
            "representation": entry["representation"] or "",
            "slice": entry["slice"],
        }
        shown = {"": "value", "_low": "low", "_high": "high"}
        shown |= {f"_{end}": end for end in ("anytime_low", "anytime_high")}
        for suffix, field in shown.items():
            assert registry.get_sample_value(f"lis_sim_score{suffix}", labels) == entry[field]
        recent = entry["recent"] or {}
        assert bool(recent) == (entry["slice"] == "all" and entry["score"] != "realised")
        for suffix, field in (("", "value"), ("_low", "low"), ("_high", "high")):
            found = registry.get_sample_value(f"lis_sim_score_recent{suffix}", labels)
            assert found == recent.get(field)
    for entry in summary["arms"]:
        labels = {"run": "demo", "arm": entry["arm"], "slice": entry["slice"]}
        assert registry.get_sample_value("lis_sim_auc", labels) == entry["auc"]["value"]
        assert registry.get_sample_value("lis_sim_auc_low", labels) == entry["auc"]["low"]


def test_every_score_arm_and_verdict_reaches_the_page_and_the_terminal(
    run: tuple[dict[str, Any], list[dict[str, Any]]],
) -> None:
    summary, windows = run
    page, terminal = render_report(summary, windows), io.StringIO()
    print_summary(summary, Console(file=terminal, width=120))
    assert {entry["score"] for entry in summary["scores"]} == {
        *("lis", "lis_crossfit", "self_leak", "history", "placebo", "ais", "realised"),
        *("lis_crossfit_over_placebo", "ais_over_placebo"),
    }
    for entry in summary["scores"]:
        if entry["score"] != "realised":
            assert f"{entry['value']:+.5f}" in page
            assert f"{entry['value']:+.5f}" in terminal.getvalue()
        if entry["recent"] is not None:
            assert f"[{entry['anytime_low']:+.5f}, {entry['anytime_high']:+.5f}]" in page
            assert f"{entry['recent']['value']:+.5f}" in page
    for entry in summary["arms"]:
        assert f"{entry['auc']['value']:.4f}" in page
        assert entry["arm"] in terminal.getvalue()
    for verdict in summary["verdicts"]:
        assert verdict["verdict"] in page
        assert verdict["verdict"] in terminal.getvalue()
    assert "(1 undefined)" in page  # the cold slice of window 2
