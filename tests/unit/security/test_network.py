"""No library phones home: each has what turns that off before it is imported or started."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lis_sim.data.raw_log import connect
from lis_sim.search.folder import SearchFolder
from lis_sim.search.mlflow_watch import mlflow_watch
from lis_sim.search.settings import parse_tune
from lis_sim.training.cluster import session as ray_session

RAW: dict[str, Any] = {
    "name": "a",
    "data": {"synthetic": {}},
    "preferences": [{"name": "co_click"}],
}
SEARCH = {
    "space": {"preferences.co_click.settings.rank": {"choice": [2, 4]}},
    "mlflow": "http://127.0.0.1:5000",
}


def test_rays_usage_statistics_are_off_here_and_in_its_workers() -> None:
    assert ray_session.ENVIRONMENT["RAY_USAGE_STATS_ENABLED"] == "0"
    workers = ray_session._runtime_environment(None)["env_vars"]
    assert workers["RAY_USAGE_STATS_ENABLED"] == "0"
    assert ray_session._runtime_environment("auto")["env_vars"]["RAY_USAGE_STATS_ENABLED"] == "0"


def test_mlflows_are_off_before_it_is_imported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On by default since 3.2."""
    seen: dict[str, str] = {}

    class Client:
        def __init__(self, tracking_uri: str) -> None:
            seen.update(os.environ)

    mlflow: Any = ModuleType("mlflow")
    mlflow.MlflowClient = Client
    monkeypatch.setitem(sys.modules, "mlflow", mlflow)
    for name in ("MLFLOW_DISABLE_TELEMETRY", "MLFLOW_HTTP_REQUEST_TIMEOUT"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    assert mlflow_watch(parse_tune(RAW, SEARCH), SearchFolder(tmp_path)) is not None
    assert seen["MLFLOW_DISABLE_TELEMETRY"] == "true"


def test_duckdb_fetches_no_extension(tmp_path: Path) -> None:
    with connect("100MB", tmp_path) as connection:
        for name in ("autoinstall_known_extensions", "autoload_known_extensions"):
            (value,) = connection.execute(f"SELECT current_setting('{name}')").fetchall()
            assert value == (False,)


def test_no_config_names_an_address_by_itself() -> None:
    tune = parse_tune(RAW, {"space": SEARCH["space"]})
    assert tune.base.training.ray_address is None
    assert tune.base.monitoring.pushgateway is None
    assert tune.search.mlflow is None
