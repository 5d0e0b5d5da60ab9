"""Dotted paths lead to the settings that a config writes, and nowhere else."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.config import RunConfig, parse_config
from lis_sim.errors import ConfigError
from lis_sim.search.paths import preference_at, with_settings

RAW: dict[str, Any] = {
    "name": "a",
    "data": {"synthetic": {"events": 1000}},
    "policy": {"settings": {"hidden": [8, 4]}},
    "preferences": [
        {"name": "co", "settings": {"rank": 4}},
        {"name": "co.click", "per_user": 100},
        {"name": "co.click.2"},
    ],
}


def test_settings_are_put_in_and_the_config_is_left_alone() -> None:
    before = copy.deepcopy(RAW)
    changed = with_settings(
        RAW,
        {
            "preferences.co.settings.rank": 8,
            "preferences.co.click.settings.behaviour": "dwell >= 30",
            "preferences.co.click.2.per_user": 7,
            "policy.settings.tower.item": 0.1,
            "stream.history": 5,
            "horizon": "1d",
        },
    )
    assert before == RAW
    assert changed["preferences"] == [
        {"name": "co", "settings": {"rank": 8}},
        {"name": "co.click", "per_user": 100, "settings": {"behaviour": "dwell >= 30"}},
        {"name": "co.click.2", "per_user": 7},
    ]
    assert changed["policy"] == {"settings": {"hidden": [8, 4], "tower": {"item": 0.1}}}
    assert (changed["stream"], changed["horizon"]) == ({"history": 5}, "1d")
    parse_config(changed)


def test_null_takes_a_setting_out() -> None:
    changed = with_settings(
        RAW, {"preferences.co.settings.rank": None, "policy.settings.hidden": None, "content": None}
    )
    assert changed["preferences"][0]["settings"] == {}
    assert changed["policy"] == {"settings": {}}
    assert parse_config(changed) == parse_config(
        {**RAW, "policy": {}, "preferences": [{"name": "co"}, *RAW["preferences"][1:]]}
    )


def test_whole_groups_go_in_before_what_lies_inside() -> None:
    changed = with_settings(
        RAW,
        {
            "preferences.co.settings.rank": 2,
            "preferences.co": {"kind": "sparse_id", "settings": {"rank": 9, "passes": 2}},
        },
    )
    assert changed["preferences"][0] == {
        "name": "co",
        "kind": "sparse_id",
        "settings": {"rank": 2, "passes": 2},
    }


def test_values_are_not_shared_with_the_space() -> None:
    group = {"rank": 2}
    changed = with_settings(
        RAW, {"preferences.co.settings": group, "preferences.co.settings.rounds": 3}
    )
    assert group == {"rank": 2}
    assert changed["preferences"][0]["settings"] == {"rank": 2, "rounds": 3}


def test_the_longest_name_is_meant() -> None:
    assert preference_at(RAW, "preferences.co.click.settings") == "co.click"
    assert preference_at(RAW, "preferences.co.click.2") == "co.click.2"
    assert preference_at(RAW, "preferences.co.settings.click") == "co"
    assert preference_at(RAW, "preferences.other.kind") is None
    assert preference_at(RAW, "policy.name") is None


@given(st.sampled_from(["co", "co.click", "co.click.2"]), st.integers(1, 12))
@settings(max_examples=20, deadline=None)
def test_what_is_put_in_is_what_the_run_has(name: str, rank: int) -> None:
    changed = with_settings(RAW, {f"preferences.{name}.settings.rank": rank})
    config: RunConfig = parse_config(changed)
    (found,) = (one for one in config.preferences if one.name == name)
    assert found.settings["rank"] == rank
    others = [one for one in config.preferences if one.name != name]
    assert others == [one for one in parse_config(RAW).preferences if one.name != name]


WRONG: list[tuple[str, Any, str]] = [
    ("polizy.name", 1, r"'polizy\.name' is not a setting: no 'polizy' in the config; did you mean"),
    ("stream.histori", 1, r"no 'histori' in stream; did you mean 'history'\?; accepted here: wind"),
    ("preferences.co_klick.kind", 1, r"has no preference 'co_klick'; it has: co, co\.click, co\.c"),
    ("preferences.co.per_usr", 1, r"no 'per_usr' in preferences\.co; did you mean 'per_user'\?"),
    ("policy.settings.hidden.0", 1, r"hidden is \[8, 4\] in the config, not a group of settings"),
    ("folds.x", 1, r"folds\.x is not a setting: folds is no group of settings; accepted: folds it"),
    (
        "policy.settings.",
        1,
        r"'policy\.settings\.' is not a setting: no '' in policy\.settings; accepted",
    ),
    ("", 1, r"'' is not a setting: no '' in the config"),
    ("preferences.co", 3, r"preferences\.co is 3; accepted: a whole preference data set without"),
]


@pytest.mark.parametrize(("path", "value", "message"), WRONG)
def test_paths_that_lead_nowhere(path: str, value: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        with_settings(RAW, {path: value})
