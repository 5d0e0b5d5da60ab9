"""``summary.json`` and ``windows.jsonl`` are contracts (DESIGN section 4)."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from lis_sim.config import parse_config
from lis_sim.data.dataset import Dataset
from lis_sim.training.api import Run
from lis_sim.training.stages import STAGES
from tests.unit.training.worlds import (
    WINDOWS,
    WORLD,
    Columns,
    changed_world,
    config,
    history,
    run,
)

NUMBER = (int, float)
SUMMARY = {
    "schema": int,
    "run": str,
    "engine": str,
    "events": int,
    "windows": int,
    "warmup_windows": int,
    "windows_undefined": int,
    "replicates": int,
    "horizon": str,
    "folds": int,
    "form": str,
    "seconds": NUMBER,
    "seed": int,
    "workers": int,
    "device": str,
    "label_rate": NUMBER,
    "dataset": dict,
    "arms": list,
    "scores": list,
    "verdicts": list,
}
ARM = {"arm": str, "slice": str, "auc": dict, "gauc": NUMBER, "log_loss": NUMBER}
AUC = {"value": NUMBER, "low": NUMBER, "high": NUMBER, "positives": int, "negatives": int}
SCORE = {
    "score": str,
    "preference": str,
    "slice": str,
    "value": NUMBER,
    "low": NUMBER,
    "high": NUMBER,
    "standard_error": NUMBER,
    "standard_error_users": NUMBER,
    "standard_error_training": NUMBER,
    "users": int,
}
ARMS = ("clean", "leaked", "leaked_crossfit", "causal", "placebo")


def check_types(record: dict[str, Any], contract: dict[str, Any]) -> None:
    for key, kind in contract.items():
        assert isinstance(record[key], kind), (key, record[key])


def test_the_summary_keeps_its_contract(finished: Run) -> None:
    summary = dict(finished.summary)
    check_types(summary, SUMMARY)
    keys = list(summary)
    assert keys.index("seconds") == keys.index("engine") + 1
    assert (summary["schema"], summary["engine"], summary["run"]) == (1, "local", "tiny")
    assert (summary["events"], summary["windows"]) == (WORLD.events, WINDOWS)
    names = {record["arm"] for record in summary["arms"]}
    assert names == {"clean", *(f"{kind}:co_click" for kind in ARMS[1:])}
    for record in summary["arms"]:
        check_types(record, ARM)
        check_types(record["auc"], AUC)
    scores = {record["score"] for record in summary["scores"]}
    read_by_verdicts = "lis_crossfit_over_placebo"
    assert scores == {"lis", "lis_crossfit", read_by_verdicts, "self_leak", "history", "placebo"}
    for record in summary["scores"]:
        check_types(record, SCORE)
        assert record["representation"] is None
    (verdict,) = summary["verdicts"]
    check_types(verdict, {"preference": str, "verdict": str, "because": str})


def test_events_counted_are_those_after_the_warm_up(finished: Run) -> None:
    records = list(finished.records())
    counted = [r for r in records if not r["warmup"]]
    assert len(records) - len(counted) == finished.summary["warmup_windows"] == 2
    whole = next(a for a in finished.summary["arms"] if a["slice"] == "all")
    labels = whole["auc"]["positives"] + whole["auc"]["negatives"]
    assert labels == sum(r["events"] for r in counted)
    assert whole["auc"]["positives"] == sum(r["positives"] for r in counted)


def test_every_window_is_recorded(finished: Run) -> None:
    records = list(finished.records())
    assert [r["window"] for r in records] == list(range(WINDOWS))
    assert records[-1]["events_total"] == WORLD.events
    for record, following in pairwise(records):
        assert record["end_us"] == following["start_us"] == record["clock_us"]
        assert record["events_total"] + following["events"] == following["events_total"]
    assert records[-1]["scores"] == finished.summary["scores"]


def test_times_lie_in_their_own_file(finished: Run) -> None:
    assert b"seconds" not in history(finished)
    text = (finished.folder / "summary.json").read_text()
    assert '"seconds"' not in text
    assert json.loads(text) | {"seconds": finished.summary["seconds"]} == finished.summary
    for line in (finished.folder / "timings.jsonl").open():
        timings = json.loads(line)
        assert set(timings["stages"]) == set(STAGES)
        assert 0 < sum(timings["stages"].values()) <= timings["seconds"]


def test_the_resolved_config_gives_the_run_again(world: Dataset, finished: Run) -> None:
    resolved = yaml.safe_load((finished.folder / "config.yaml").read_text())
    assert parse_config(resolved) == config(world)


@pytest.mark.parametrize("policy", ["popularity", "deepfm"])
@pytest.mark.parametrize("form", ["residual", "joint"])
def test_every_policy_and_form_runs(world: Dataset, tmp_path: Path, policy: str, form: str) -> None:
    changes = {"policy": {"name": policy}, "form": form, "replicates": 1}
    found = run(world, tmp_path / "run", **changes).summary
    assert found["form"] == found["scores"][0]["form"] == form
    lis = next(s["value"] for s in found["scores"] if s["score"] == "lis" and s["slice"] == "all")
    # Popularity itself looks at no representation, but any recommender's residuals can be learned.
    assert (lis == 0.0) == (policy == "popularity" and form == "joint")


def test_one_replicate_is_this_training_run_only(world: Dataset, tmp_path: Path) -> None:
    found = run(world, tmp_path / "run", replicates=1).summary
    assert all(s["standard_error_training"] is None for s in found["scores"])
    assert all(s["this_training_run_only"] for s in found["scores"])
    assert [v["verdict"] for v in found["verdicts"]] == ["inconclusive"]


def test_a_window_of_one_class_is_undefined_and_the_run_goes_on(
    world: Dataset, tmp_path: Path
) -> None:
    each = WORLD.events // WINDOWS

    def one_class(columns: Columns) -> None:
        columns["label"][3 * each : 4 * each] = 0

    silent = changed_world(world, tmp_path / "world", one_class)
    changes = {"arms": ["clean", "leaked:co_click"]}
    found = run(silent, tmp_path / "run", **changes)
    records = list(found.records())
    assert [r["defined"] for r in records] == [True, True, True, False, True, True]
    assert [r["windows_undefined"] for r in records] == [0, 0, 0, 1, 1, 1]
    assert records[3]["positives"] == 0
    assert [a["auc"] for a in records[3]["arms"]] == [[None, None]] * 6
    assert all(a["auc_mean"] is None for a in records[3]["arms"])
    assert found.summary["windows_undefined"] == 1
    whole = next(a for a in found.summary["arms"] if a["slice"] == "all")
    assert (whole["windows"], whole["windows_undefined"]) == (3, 1)
    assert 0 < whole["auc"]["value"] < 1


def test_without_any_defined_window_scores_are_null(world: Dataset, tmp_path: Path) -> None:
    def late_silence(columns: Columns) -> None:
        columns["label"][WORLD.events // WINDOWS * 2 :] = 0  # after the warm-up

    silent = changed_world(world, tmp_path / "world", late_silence)
    found = run(silent, tmp_path / "run", replicates=1).summary
    assert found["windows_undefined"] == 4
    assert all(s["value"] is None and s["low"] is None for s in found["scores"])
    assert all(a["auc"]["value"] is None for a in found["arms"])
    whole = [a for a in found["arms"] if a["slice"] == "all"]
    assert [(a["windows"], a["windows_undefined"]) for a in whole] == [(0, 4)] * 5
    assert found["verdicts"][0]["verdict"] == "inconclusive"
