"""Runs that measure something beside the AUC: the same bytes, however they are played."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.errors import ConfigError, DataError
from lis_sim.scores import MetricsPlan
from lis_sim.scoring.api import score_file
from lis_sim.training.api import Run, execute, prepare
from lis_sim.training.cluster.ranks import share
from lis_sim.training.loop import PrequentialLoop
from lis_sim.training.metric_columns import MetricColumns
from policies.exchange import ALONE
from tests.unit.policies.shards import on_shards
from tests.unit.training.growing import arriving, begun, lines, one_start_per_part
from tests.unit.training.requests_world import with_requests
from tests.unit.training.test_resume import KilledError, end_at
from tests.unit.training.test_shards import played as played_shard
from tests.unit.training.test_shards import together
from tests.unit.training.worlds import (
    WINDOWS,
    config,
    history,
    make_world,
    plan_of,
    played,
    run,
    same_arrays,
)

METRICS: dict[str, Any] = {
    "ndcg": [3],
    "mrr": True,
    "user_auc": True,
    "outcomes": ["conversion", "dwell >= 7"],
}
ARMS = ["clean", "leaked:co_click", "leaked_crossfit:co_click", "placebo:co_click"]
SMALL: dict[str, Any] = {"metrics": METRICS, "arms": ARMS}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("metrics")
    return with_requests(make_world(folder / "plain"), folder / "world", row_group_rows=500)


@pytest.fixture(scope="module")
def whole(world: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Run:
    output = {"output": {"scores": True}}
    return run(world, tmp_path_factory.mktemp("whole") / "run", **SMALL, **output)


def test_every_metric_has_its_family(whole: Run) -> None:
    found = whole.summary["metrics"]
    names = [(one["metric"], one["label"]) for one in found]
    assert names == [
        ("auc", "conversion"),
        ("auc", "dwell >= 7"),
        ("ndcg@3", "label"),
        ("mrr", "label"),
        ("user_auc", "label"),
    ]
    for one in found:
        scores = {score["score"]: score for score in one["scores"] if score["slice"] == "all"}
        assert {"lis", "lis_crossfit", "lis_crossfit_over_placebo"} <= scores.keys()
        for score in scores.values():
            assert score["low"] < score["value"] < score["high"]
            assert score["anytime_low"] < score["low"]
            assert score["recent"]["value"] is not None
    counts = {name: one["counts"] for name, one in zip(names, found, strict=True)}
    assert counts["auc", "dwell >= 7"]["missing"] > 0
    assert counts["auc", "conversion"]["missing"] == 0
    assert counts["ndcg@3", "label"] == counts["mrr", "label"]
    # Requests of 97 rows, windows of 400: every edge after the warm-up cuts some.
    assert counts["mrr", "label"]["cut"] >= WINDOWS - 2


def test_all_else_is_as_without_them(whole: Run, world: Dataset, tmp_path: Path) -> None:
    plain = run(world, tmp_path / "run", arms=ARMS)
    lines = [json.loads(line) for line in history(whole).splitlines()]
    without = [{key: one[key] for key in one if key != "metrics"} for one in lines]
    assert "".join(json.dumps(one) + "\n" for one in without).encode() == history(plain)
    same = ("arms", "scores", "verdicts")
    assert [plain.summary[key] for key in same] == [whole.summary[key] for key in same]
    assert "metrics" not in plain.summary


def test_settings_without_them_decide_what_they_did(world: Dataset) -> None:
    plain, empty = config(world), config(world, metrics={"ndcg": [], "mrr": False})
    assert "metrics" not in plain.deciding()
    assert plain.deciding() == empty.deciding()
    assert config(world, **SMALL).deciding()["metrics"]["mrr"] is True


@pytest.mark.parametrize("call", [2, 4, 6])
def test_a_killed_run_goes_on_to_the_same_bytes(
    call: int, whole: Run, world: Dataset, tmp_path: Path
) -> None:
    training = {"engine": "local", "device": "cpu", "checkpoint_windows": 1, "checkpoint_share": 1}
    one = prepare(config(world, training=training, **SMALL), tmp_path / "run")
    with pytest.MonkeyPatch.context() as patch:
        end_at(patch, PrequentialLoop, "run_window", call)
        with pytest.raises(KilledError):
            execute(one)
    again = execute(prepare(config(world, training=training, **SMALL), tmp_path / "run"))
    assert history(again) == history(whole)
    assert again.summary["metrics"] == whole.summary["metrics"]


def test_arms_may_be_anywhere(world: Dataset) -> None:
    plan = plan_of(world, **SMALL)
    together = played(plan, windows=3)
    halves = [played(plan, share(plan.cells, rank, 2), windows=3) for rank in (0, 1)]
    for window, all_cells in enumerate(together):
        apart = halves[0][window] | halves[1][window]
        assert all(same_arrays(all_cells[key], apart[key]) for key in all_cells)
        assert any("//" in key for key in all_cells["clean", 0])


def test_score_finds_them_in_the_scores_that_a_run_kept(whole: Run, tmp_path: Path) -> None:
    scored = score_file(
        whole.folder / "scores",
        out=tmp_path / "scored",
        stream={"window": {"count": WINDOWS}},
        logits=True,
        horizon="all",
        form="residual",
        metrics=METRICS,
    )
    assert scored.summary["metrics"] == whole.summary["metrics"]
    for ours, theirs in zip(scored.records(), whole.records(), strict=True):
        assert ours["metrics"] == theirs["metrics"]


def test_after_a_checkpoint_the_window_before_is_looked_at_again(world: Dataset) -> None:
    plan = plan_of(world, **SMALL)
    metrics = MetricsPlan(mrr=True)
    user = np.concatenate([block.user for block in world.blocks()])
    going_on = MetricColumns(metrics, world)
    for window in plan.windows:
        row = np.arange(window.start_row, window.end_row)
        expected = going_on.of(plan.windows, window.index, user[row], row)
        afresh = MetricColumns(metrics, world).of(plan.windows, window.index, user[row], row)
        assert expected.continued is not None
        assert afresh.continued is not None
        assert expected.continued.tolist() == afresh.continued.tolist()
        assert bool(expected.continued.any()) == (window.index > 0)


@pytest.mark.parametrize(
    ("metrics", "error", "message"),
    [
        ({"ndgc": [5]}, ConfigError, "metrics.ndgc is not a setting; did you mean 'ndcg'"),
        ({"ndcg": [0]}, ConfigError, "metrics: ndcg 0; accepted: ranks from 1 to 10,000"),
        ({"ndcg": 5}, ConfigError, "metrics.ndcg is 5; accepted: a list"),
        ({"outcomes": ["dwell >= x"]}, ConfigError, "metrics: the label rule 'dwell >= x'"),
        ({"outcomes": ["dwel"]}, DataError, "no outcome column 'dwel'; did you mean 'dwell'"),
    ],
)
def test_settings_that_cannot_be_are_told(
    metrics: dict[str, Any], error: type[Exception], message: str, world: Dataset
) -> None:
    with pytest.raises(error) as told:
        prepare(config(world, metrics=metrics))
    assert message in str(told.value)


def test_a_log_without_requests_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not say which request an event is of"):
        prepare(config(make_world(tmp_path / "world"), metrics={"ndcg": [5]}))


def test_a_log_that_grows_has_those_of_the_whole(world: Dataset, tmp_path: Path) -> None:
    live = {
        **SMALL,
        "policy": {"name": "popularity"},
        "stream": {"window": {"events": 300}, "step_events": 150, "warmup_windows": 1},
        "horizon": "6h",
    }
    whole = lines(run(world, tmp_path / "whole", **live).folder)
    log = begun(world, tmp_path / "log", 700)
    # Every start is a process of its own: it has to look back at requests that it has not played.
    found = one_start_per_part(
        world, log, arriving(world, log, [1100, 1650]), tmp_path / "run", **live
    )
    assert len(whole) - 2 <= len(found) < len(whole)
    assert found == whole[: len(found)]
    assert json.loads(found[-1])["metrics"][3]["counts"]["cut"] > 0


def test_shards_of_users_measure_all_of_them(world: Dataset) -> None:
    changes = {**SMALL, "replicates": 1, "policy": {"name": "popularity"}}
    whole = played_shard(world, ALONE, **changes)
    found = together(on_shards(2, lambda exchange: played_shard(world, exchange, **changes)))
    for one, other in zip(whole, found, strict=True):
        for key, cell in one.items():
            users = [name for name in cell if "//" in name and name.endswith("/user_events")]
            assert len(users) == 5 + 2 * 2  # every metric, the slices of both outcomes
            for name in users:
                assert cell[name].tolist() == other[key][name].tolist()
            counts = {name: array.item() for name, array in cell.items() if "#" in name}
            assert counts == {name: other[key][name].item() for name in counts}
