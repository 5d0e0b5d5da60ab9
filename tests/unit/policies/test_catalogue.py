"""Wrong settings, and what the error says about them."""

from __future__ import annotations

from typing import Any

import pytest

from lis_sim.errors import ConfigError
from policies import check_form, make_policy
from policies.deepfm import DeepFM
from policies.popularity import Popularity
from policies.settings import DeepFMSettings
from tests.unit.policies.worlds import PLAIN

WRONG: list[tuple[str, dict[str, Any], str]] = [
    (
        "depfm",
        {},
        "policy 'depfm' is not known; accepted: deepfm, popularity; did you mean 'deepfm'",
    ),
    ("deepfm", {"dimensions": 0}, "dimensions is 0; accepted: a whole number >= 1"),
    ("deepfm", {"settings": {"dims": 8}}, "policy.dims is not a setting.*did you mean 'dim'"),
    (
        "deepfm",
        {"settings": {"tower": {"itm": 1.0}}},
        "policy.tower.itm is not.*did you mean 'item'",
    ),
    ("deepfm", {"settings": {"tower": 0.1}}, "policy.tower is 0.1; accepted: settings by name"),
    (
        "deepfm",
        {"settings": {"tower": {"user": 0}}},
        "policy.tower.user is 0; accepted: a number > 0",
    ),
    (
        "deepfm",
        {"settings": {"dim": 0}},
        "policy.dim is 0; accepted: a whole number from 1 to 4096",
    ),
    ("deepfm", {"settings": {"dim": 2.5}}, "policy.dim is 2.5"),
    ("deepfm", {"settings": {"dim": True}}, "policy.dim is True"),
    ("deepfm", {"settings": {"hidden": 64}}, "policy.hidden is 64; accepted: a list of widths"),
    ("deepfm", {"settings": {"hidden": [64, 0]}}, "policy.hidden is 0"),
    ("deepfm", {"settings": {"batch_events": -1}}, "policy.batch_events is -1"),
    ("deepfm", {"settings": {"hash_bits": 31}}, "policy.hash_bits is 31.*from 1 to 30"),
    ("deepfm", {"settings": {"dense_rate": "1e-2"}}, "policy.dense_rate is '1e-2'"),
    ("deepfm", {"settings": {"bias_rate": float("nan")}}, "policy.bias_rate is nan"),
    (
        "deepfm",
        {"settings": {"deviation": -0.1}},
        "policy.deviation is -0.1; accepted: a number >= 0",
    ),
    ("popularity", {"settings": {"strenth": 1}}, "policy.strenth is not.*did you mean 'strength'"),
    ("popularity", {"settings": {"strength": 0}}, "policy.strength is 0; accepted: a number > 0"),
]


@pytest.mark.parametrize(("name", "arguments", "message"), WRONG)
def test_wrong_settings(name: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make_policy(name, PLAIN, seed=0, **arguments)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("residul", "form 'residul' is not known.*did you mean 'residual'"),
        ("x", "form 'x' is not known; accepted: residual, joint"),
    ],
)
def test_wrong_forms(form: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_form(form)


def test_settings_reach_the_policy() -> None:
    settings = {"dim": 8, "hidden": [4, 2], "deviation": 0, "tower": {"item": 0.5}}
    deepfm = make_policy("deepfm", PLAIN, seed=0, settings=settings)
    assert isinstance(deepfm, DeepFM)
    assert (deepfm.settings.dim, deepfm.settings.hidden) == (8, (4, 2))
    assert (deepfm.settings.tower.item, deepfm.settings.tower.user) == (0.5, 0.02)
    popularity = make_policy("popularity", PLAIN, seed=0, settings={"strength": 3.0})
    assert isinstance(popularity, Popularity)
    assert popularity.strength == 3.0


def test_defaults_are_accepted() -> None:
    deepfm = make_policy("deepfm", PLAIN, seed=0)
    assert isinstance(deepfm, DeepFM)
    assert deepfm.settings == DeepFMSettings()
