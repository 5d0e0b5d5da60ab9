"""Wrong settings, and what the error says about them."""

from __future__ import annotations

from typing import Any

import pytest

from lis_sim.errors import ConfigError
from policies import check_form, make_policy
from policies.catalogue import POLICIES, default_settings
from policies.deepfm import DeepFM
from policies.popularity import Popularity
from policies.settings import DeepFMSettings
from tests.unit.policies.worlds import PLAIN

WRONG: list[tuple[str, dict[str, Any], str]] = [
    (
        "depfm",
        {},
        "policy 'depfm' is not known; accepted: deepfm, dcn_v2, din, fm, mf, logistic, popularity; "
        "did you mean 'deepfm'",
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
    ("dcnv2", {}, "policy 'dcnv2' is not known; .*did you mean 'dcn_v2'"),
    ("logistic", {"settings": {"dim": 8}}, "policy.dim is not a setting; accepted: bias_rate, den"),
    ("logistic", {"settings": {"hash_bits": 0}}, "policy.hash_bits is 0"),
    ("fm", {"settings": {"hidden": [8]}}, "policy.hidden is not a setting"),
    ("fm", {"settings": {"kernel": "cuda"}}, "policy.kernel is 'cuda'; accepted: auto, compiled"),
    ("fm", {"settings": {"kernel": "compiled", "dim": 9}}, "policy.dim 9; accepted with it: a mul"),
    ("mf", {"settings": {"embedding_rate": 0}}, "policy.embedding_rate is 0"),
    ("dcn_v2", {"settings": {"structure": "serial"}}, "policy.structure is 'serial'; accepted: pa"),
    ("dcn_v2", {"settings": {"cross_layers": 0}}, "policy.cross_layers is 0.*from 1 to 32"),
    ("dcn_v2", {"settings": {"dim": 512}}, "policy.dim is 512; accepted: a whole number from 1 to"),
    ("dcn_v2", {"settings": {"kernel": "torch"}}, "policy.kernel is not a setting"),
    ("din", {"settings": {"attention": 16}}, "policy.attention is 16; accepted: a list of widths"),
    ("din", {"settings": {"attention": [16, -1]}}, "policy.attention is -1"),
    ("din", {"settings": {"first_weight": -0.1}}, "policy.first_weight is -0.1; accepted: a num"),
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
    for name in POLICIES:
        make_policy(name, PLAIN, seed=0, settings=default_settings(name))
    assert default_settings("my_package:Ranker") == {}


def test_defaults_are_plain_values() -> None:
    """As a config would have them, so that a search can say where its baseline stands."""
    assert default_settings("din")["tower"] == {"item": 0.02, "user": 0.02, "similarity": 0.02}
    assert default_settings("dcn_v2")["hidden"] == (64, 32)
