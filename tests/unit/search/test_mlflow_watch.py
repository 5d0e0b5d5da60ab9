"""Trials reach an MLflow server once each; a server that fails ends no search."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lis_sim.errors import ConfigError
from lis_sim.search.folder import SearchFolder
from lis_sim.search.ledger import TrialRecord
from lis_sim.search.mlflow_watch import MlflowWatch, mlflow_watch
from lis_sim.search.settings import parse_tune

RANK = "preferences.co_click.settings.rank"
RAW = {"name": "a", "data": {"synthetic": {}}, "preferences": [{"name": "co_click"}]}


class Client:
    """As much of ``mlflow.MlflowClient`` as is used, in memory."""

    def __init__(self) -> None:
        self.experiments: dict[str, str] = {}
        self.runs: dict[str, Any] = {}

    def get_experiment_by_name(self, name: str) -> Any:
        found = self.experiments.get(name)
        return None if found is None else SimpleNamespace(experiment_id=found)

    def create_experiment(self, name: str) -> str:
        self.experiments[name] = f"experiment {name}"
        return self.experiments[name]

    def create_run(self, experiment: str, run_name: str, tags: dict[str, str]) -> Any:
        info = SimpleNamespace(run_id=run_name, status="RUNNING", experiment=experiment)
        data = SimpleNamespace(params={}, metrics={}, tags=dict(tags))
        self.runs[run_name] = SimpleNamespace(info=info, data=data, history=[])
        return self.runs[run_name]

    def search_runs(self, experiments: Sequence[str], filter_string: str) -> list[Any]:
        wanted = dict(re.findall(r"tags\.`([\w.]+)` = '([^']*)'", filter_string))
        return [
            run
            for run in self.runs.values()
            if run.info.experiment in experiments and wanted.items() <= run.data.tags.items()
        ]

    def log_param(self, run: str, key: str, value: str) -> None:
        assert key not in self.runs[run].data.params, "a parameter is sent once"
        self.runs[run].data.params[key] = value

    def log_metric(self, run: str, key: str, value: float, step: int = 0) -> None:
        assert re.fullmatch(r"[\w.]+", key)
        self.runs[run].data.metrics[key] = value
        self.runs[run].history.append((key, step))

    def set_tag(self, run: str, key: str, value: str) -> None:
        self.runs[run].data.tags[key] = value

    def set_terminated(self, run: str, status: str) -> None:
        self.runs[run].info.status = status


def told(watch: MlflowWatch, trial: int, settings: dict[str, Any], ended: Any, **how: Any) -> None:
    record = TrialRecord(trial, settings)
    watch.trial_started(record)
    for windows in (3, 4):
        objective = {"auc:clean": 0.5 + windows / 100}
        record = replace(record, windows=windows, events=100 * windows, objective=objective)
        watch.trial_reported(record)
    watch.trial_ended(replace(record, status=ended, **how))


def test_every_trial_is_one_run_over_all_commands() -> None:
    client = Client()
    for _ in range(2):  # the second command finds what the first has sent
        watch = MlflowWatch(client, "a", "a-12345678")
        told(watch, 0, {}, "finished")
        told(watch, 1, {RANK: 4, "policy.settings.hidden": [8, 4]}, "failed", error="boom")
        told(watch, 2, {RANK: None}, "stopped")
    baseline, failed, stopped = client.runs.values()
    assert [one.info.status for one in client.runs.values()] == ["FINISHED", "FAILED", "KILLED"]
    assert failed.data.params == {RANK: "4", "policy.settings.hidden": "[8, 4]"}
    assert failed.data.tags["error"] == "boom"
    assert stopped.data.params == {RANK: "null"}
    assert [step for key, step in baseline.history if key == "auc.clean"] == [3, 4]
    assert baseline.data.metrics == {"auc.clean": 0.54, "windows": 4.0, "events": 400.0}


def test_what_came_after_the_cut_is_added() -> None:
    client = Client()
    told(MlflowWatch(client, "a", "a-12345678"), 0, {}, "finished")
    later = {"lis_crossfit": {"value": 0.5, "low": None, "high": 0.7}}
    summary = {"baseline": {"trial": 0, "later": later}, "best": [{"trial": 9, "later": later}]}
    MlflowWatch(client, "a", "a-12345678").summed_up(summary)  # by a later command
    (run,) = client.runs.values()
    assert run.data.tags["lis_sim.baseline"] == "true"
    found = {key: value for key, value in run.data.metrics.items() if key.startswith("later")}
    assert found == {"later.lis_crossfit.value": 0.5, "later.lis_crossfit.high": 0.7}


def test_a_server_that_fails_is_warned_of_once(recwarn: pytest.WarningsRecorder) -> None:
    class Gone(Client):
        def get_experiment_by_name(self, name: str) -> Any:
            raise ConnectionError("nobody there")

    watch = MlflowWatch(Gone(), "a", "a-12345678")
    with pytest.warns(UserWarning, match="ConnectionError: nobody there.*The search goes on"):
        watch.trial_started(TrialRecord(0, {}))
    told(watch, 1, {}, "finished")
    assert not recwarn.list


def watch_of(uri: str | None) -> MlflowWatch | None:
    space = {RANK: {"integer": [2, 4]}}
    tune = parse_tune(RAW, {"space": space} | ({} if uri is None else {"mlflow": uri}))
    return mlflow_watch(tune, SearchFolder(Path("searches/a-12345678")))


def test_the_package_is_needed_only_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    assert watch_of(None) is None
    with pytest.raises(ConfigError, match=r"pip install 'lis-sim\[mlflow\]'"):
        watch_of("http://127.0.0.1:5000")


def test_a_uri_that_mlflow_does_not_open_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def client(tracking_uri: str) -> Client:
        if "nowhere" in tracking_uri:
            raise ValueError("no such store")
        return Client()

    monkeypatch.setitem(sys.modules, "mlflow", SimpleNamespace(MlflowClient=client))
    assert isinstance(watch_of("http://127.0.0.1:5000"), MlflowWatch)
    with pytest.raises(ConfigError, match="'nowhere://', which mlflow does not open: no such"):
        watch_of("nowhere://")
