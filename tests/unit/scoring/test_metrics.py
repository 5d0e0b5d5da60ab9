"""``lis-sim score`` measures outcomes, requests and users of a file as a run does of its log."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lis_sim.cli import main
from lis_sim.errors import ConfigError, DataError, LisSimError
from lis_sim.scoring.api import score_file
from tests.unit.scoring.tables import EVENTS, STREAM, Table, replicated, table, write
from tests.unit.scoring.test_wrong_files import Change, at, put, renamed

METRICS: dict[str, Any] = {
    "ndcg": [3],
    "mrr": True,
    "user_auc": True,
    "outcomes": ["like", "dwell >= 7"],
}


def events() -> Table:
    columns = table(seed=5)
    draw = np.random.default_rng(9)
    columns["request"] = np.arange(EVENTS) // 7
    columns["user"] = columns["request"] % 5
    columns["like"] = draw.integers(0, 2, EVENTS)
    dwell: list[float | None] = draw.integers(0, 15, EVENTS).tolist()
    dwell[4:9] = [None] * 5
    columns["dwell"] = dwell
    return columns


def measured(columns: Table, folder: Path, **given: Any) -> list[dict[str, Any]]:
    path = write(columns, folder / "scores.parquet")
    settings = {"stream": STREAM, "metrics": METRICS} | given
    run = score_file(path, out=folder / "run", restart=True, **settings)
    return list(run.summary["metrics"])


def test_the_metrics_of_a_file(tmp_path: Path) -> None:
    found = {(one["metric"], one["label"]): one for one in measured(events(), tmp_path)}
    assert list(found) == [
        ("auc", "like"),
        ("auc", "dwell >= 7"),
        ("ndcg@3", "label"),
        ("mrr", "label"),
        ("user_auc", "label"),
    ]
    assert found["auc", "dwell >= 7"]["counts"] == {"counted": EVENTS - 5, "missing": 5}
    counts = found["mrr", "label"]["counts"]
    # 120 events in 4 windows of 30: requests of 7 that begin at 28, 56 and 84 lie across an edge.
    assert 1 <= counts["cut"] <= 3
    assert counts["counted"] + counts["only_negatives"] + counts["only_positives"] == 18 + 3


def test_ids_of_requests_may_be_text(tmp_path: Path) -> None:
    columns = events()
    text = columns | {"request": [f"req-{one}" for one in columns["request"]]}
    assert measured(text, tmp_path) == measured(columns, tmp_path)


def test_replicates_share_outcomes_that_are_missing(tmp_path: Path) -> None:
    columns = events()
    dwell = np.array([np.nan if one is None else one for one in columns.pop("dwell")])
    several = replicated(columns | {"dwell": dwell}, 2)
    several["dwell"] = pa.array(several["dwell"], from_pandas=True)
    (_, found, *_) = measured(several, tmp_path)
    assert found["counts"] == {"counted": EVENTS - 5, "missing": 5}
    assert found["scores"][0]["standard_error_training"] is not None
    apart = several["dwell"].to_numpy(zero_copy_only=False).copy()
    apart[8] = 3.0  # missing in the other replicate
    with pytest.raises(DataError, match="has another outcome:dwell than that of replicate 0"):
        measured(several | {"dwell": pa.array(apart, from_pandas=True)}, tmp_path)


WRONG: dict[str, tuple[Change, str]] = {
    "no request": (renamed("request", "slate"), "ndcg and mrr are of requests"),
    "a request of no name": (at(7, None, "request"), "accepted: the id of a request"),
    "requests with a point": (put("request", np.full(EVENTS, 0.5)), "accepted: whole numbers"),
    "no outcome": (renamed("like", "lke"), "no column 'like'; did you mean 'lke'?"),
    "an outcome in words": (put("like", ["yes"] * EVENTS), "numbers or truth values"),
    "an outcome that is no label": (
        at(40, 3, "like"),
        "row 40 of the log, column 'like': 3.0; accepted as a label: 0 or 1",
    ),
    "an endless outcome": (
        put("dwell", np.full(EVENTS, np.inf)),
        "row 0, column 'dwell': inf; accepted: a finite number, or null",
    ),
}


@pytest.mark.parametrize(("change", "said"), WRONG.values(), ids=WRONG)
def test_wrong_columns_are_refused(change: Change, said: str, tmp_path: Path) -> None:
    columns = events()
    change(columns)
    with pytest.raises(LisSimError) as told:
        measured(columns, tmp_path)
    assert said in str(told.value)


def test_one_column_has_one_role(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is to be both 'item' and 'outcome:item'"):
        measured(events(), tmp_path, metrics={"outcomes": ["item >= 3"]})


def test_unasked_nothing_is_read_of_them(tmp_path: Path) -> None:
    columns = events()
    ignored = {"ignored": ["like", "dwell"]}
    path = write(columns | {"request": [None] * EVENTS}, tmp_path / "scores.parquet")
    with pytest.raises(LisSimError, match="request"):  # a column of nulls has no type of an id
        score_file(path, out=tmp_path / "run", stream=STREAM, columns=ignored)
    path = write(columns, tmp_path / "scores.parquet")
    run = score_file(path, out=tmp_path / "run", stream=STREAM, columns=ignored)
    assert "metrics" not in run.summary


def test_the_command_has_options_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write(events(), tmp_path / "scores.parquet")
    asked = "--ndcg 3 --mrr --user-auc --outcome like --outcome 'dwell >= 7' --window count=4"
    words = shlex.split(f"score {path} {asked} --warmup 0 --json --out {tmp_path / 'cli'}")
    monkeypatch.setattr(sys, "argv", ["lis-sim", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capfd.readouterr()
    assert ended.value.code in (0, None), err
    assert json.loads(out)["metrics"] == measured(events(), tmp_path)
