"""What `monitoring:` accepts in a config, and that it decides no number."""

from __future__ import annotations

from typing import Any

import pytest

from lis_sim.config import RunConfig, parse_config
from lis_sim.errors import ConfigError


def config(**monitoring: Any) -> RunConfig:
    return parse_config({"name": "x", "data": {"synthetic": {}}, "monitoring": monitoring})


@pytest.mark.parametrize(
    ("monitoring", "message"),
    [
        (
            {"tls_key": "key.pem"},
            r"monitoring: got one of tls_certificate and tls_key",
        ),
        ({"pushgateway": "gateway:9091"}, r"monitoring\.pushgateway: got 'gateway:9091'; accepted"),
        (
            {"pushgateway": "http://me:secret@host:9091"},
            r"accepted: http://HOST:PORT, without a pass",
        ),
        ({"pushgateway": "http://host:9091?x=1"}, r"accepted: http://HOST:PORT"),
        ({"address": ""}, r"monitoring\.address is ''"),
        ({"adress": "127.0.0.1"}, r"did you mean 'address'\?"),
    ],
)
def test_wrong_settings_are_named(monitoring: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config(**monitoring)


@pytest.mark.parametrize("url", ["http://host:9091", "https://[::1]:9091/behind/proxy/", None])
def test_a_gateway_is_an_address(url: str | None) -> None:
    assert config(pushgateway=url).monitoring.pushgateway == url


def test_what_is_served_decides_no_number() -> None:
    assert config().deciding() == config(port=0, pushgateway="http://host:9091").deciding()
