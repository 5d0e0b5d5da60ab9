"""Passwords: refused where settings are written down, hidden wherever an address is shown."""

from __future__ import annotations

import logging
import traceback
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from lis_sim.config import expand_variables, parse_config, read_settings
from lis_sim.errors import ConfigError, LisSimError
from lis_sim.monitoring.pushing import Pusher
from lis_sim.plain import shown
from lis_sim.plain.secrets import has_password, without_secrets
from lis_sim.search.folder import SearchFolder
from lis_sim.search.mlflow_watch import MlflowWatch, mlflow_watch
from lis_sim.search.settings import parse_tune

SECRET = "hunter2-s3cret"
ADDRESSES = (
    f"http://me:{SECRET}@host:9091",
    f"https://{SECRET}@host/x",
    f"https://host/x?access_token={SECRET}&n=1",
    f"postgresql+psycopg2://me:{SECRET}@host/db",
    f"databricks://{SECRET}@profile",
    f"http://me:{SECRET}/x@host:9091",
    f"http://me:{SECRET}#x@host:9091",
    f"postgresql://me@server:a?{SECRET}@host/db",
    f"https://me:{SECRET * 20}@host/{'x' * 80}",
)
RAW: dict[str, Any] = {
    "name": "a",
    "data": {"synthetic": {}},
    "preferences": [{"name": "co_click"}],
}
RANK = {"preferences.co_click.settings.rank": {"choice": [2, 4]}}


def told(error: BaseException) -> str:
    """Return all that a terminal or a log could show of an error of ours, causes included."""
    return str(error) if isinstance(error, LisSimError) else traceback.format_exc()


@pytest.mark.parametrize("address", [*ADDRESSES[:3], *ADDRESSES[5:]])
def test_no_gateway_has_one(address: str) -> None:
    with pytest.raises(ConfigError, match="accepted: http://HOST:PORT") as caught:
        parse_config({**RAW, "monitoring": {"pushgateway": address}})
    assert SECRET not in told(caught.value)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_tracking_uri_has_one(address: str, tmp_path: Path) -> None:
    """Settings are written to the search folder and into every best.yaml."""
    with pytest.raises(ConfigError, match="MLFLOW_TRACKING_PASSWORD") as caught:
        mlflow_watch(parse_tune(RAW, {"space": RANK, "mlflow": address}), SearchFolder(tmp_path))
    assert SECRET not in told(caught.value)


def test_what_mlflow_says_is_shown_without(tmp_path: Path) -> None:
    class Down:
        def get_experiment_by_name(self, name: str) -> Any:
            raise ConnectionError(f"no answer from {ADDRESSES[0]}")

        search_runs = get_experiment_by_name

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        record: Any = type("Record", (), {"trial": 0, "settings": {}})()
        MlflowWatch(Down(), "a", "b").trial_started(record)
    (one,) = said
    assert SECRET not in str(one.message)
    assert "http://***@host:9091" in str(one.message)


def test_so_is_what_a_gateway_says(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        Pusher(
            CollectorRegistry(), ADDRESSES[0].replace("host", "127.0.0.1:1/"), "r", lambda: 1
        ).push()
    assert SECRET not in caplog.text
    assert "did not take the metrics" in caplog.text


def test_a_variable_is_never_shown_by_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIS_SECRET", SECRET)
    assert expand_variables("${LIS_SECRET}/x") == f"{SECRET}/x"
    with pytest.raises(ConfigError) as caught:
        expand_variables("${LIS_SECRET}/${LIS_NOT_THERE}")
    assert SECRET not in str(caught.value)
    config = parse_config({**RAW, "data": {"source": "${LIS_SECRET}/x"}})
    assert SECRET not in repr(config.model_dump(mode="json")), "as written to config.yaml"


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:5000",
        "postgresql://mlf@db.internal/mlflow",
        "mysql+pymysql://u@h/db?ssl_key=/etc/k.pem&ssl_ca=/etc/ca.pem",
        "postgresql://u@h/db?passfile=/home/u/.pgpass&sslkey=/k",
        "sqlite:////data/a:b@c.db",
        "databricks://profile",
        "mlruns",
    ],
)
def test_a_name_alone_is_no_password(address: str) -> None:
    assert not has_password(address)
    assert parse_tune(RAW, {"space": RANK, "mlflow": address}).search.mlflow == address


@pytest.mark.parametrize("name", ["password", "sslpassword", "api_key", "key", "X-Amz-Signature"])
def test_a_query_that_holds_it_is_one(name: str) -> None:
    assert has_password(f"http://host/x?n=1&{name}={SECRET}")


@pytest.mark.parametrize("address", ADDRESSES)
def test_it_is_hidden_before_a_message_is_cut(address: str) -> None:
    kept = (SECRET[:5], SECRET[-5:])  # of what is cut, the two ends stay
    for value in (address, [address], {address: address}, f"{address}{'/x' * 500}"):
        assert not any(part in shown(value) for part in kept)
    for settings in (
        {"name": [address]},
        {"monitoring": {address: 1}},
        {"monitoring": {"port": address}},
    ):
        with pytest.raises(ConfigError) as caught:
            parse_config({**RAW, **settings})
        assert not any(part in str(caught.value) for part in kept)
    for search in ({address: 1}, {"trials": address}, {"stopping": {"first": [address]}}):
        with pytest.raises(ConfigError) as caught:
            parse_tune(RAW, {"space": RANK, **search})
        assert not any(part in str(caught.value) for part in kept)


@pytest.mark.parametrize("override", [f"={ADDRESSES[-1]}", f"name.x={ADDRESSES[-1]}"])
def test_so_is_an_override(override: str, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("name: a\n")
    with pytest.raises(ConfigError, match="--set") as caught:
        read_settings(path, [override])
    assert SECRET[:5] not in str(caught.value)


@given(st.text(max_size=20), st.text(max_size=20))
def test_hiding_ends_and_hides(before: str, after: str) -> None:
    text = f"{before} https://me:{SECRET}@host/{after}"
    hidden = without_secrets(text)
    assert SECRET not in hidden
    assert without_secrets(hidden) == hidden
