"""The baseline stands where the config stands: what is written, or the default that then holds."""

from __future__ import annotations

from typing import Any

import pytest

from lis_sim.search.dimension import Dimension
from lis_sim.search.results_columns import ABSENT
from lis_sim.search.results_own import own_value
from lis_sim.search.settings import TuneConfig, parse_tune
from lis_sim.search.space import Space

RAW = {
    "name": "x",
    "data": {"synthetic": {}},
    "policy": {"settings": {"dim": 6}},
    "preferences": [
        {"name": "a.b", "settings": {"rank": 4}},
        {"name": "ids", "kind": "sparse_id"},
        {"name": "own", "kind": "tests.unit.search.noise:build", "settings": {"dimensions": 2}},
        {"name": "given", "kind": "pairs"},
    ],
}


def tune(**changes: Any) -> TuneConfig:
    space = {"policy.settings.dim": {"integer": [2, 8]}}
    return parse_tune(RAW | changes, {"space": space, "objective": "auc:clean"})


def dimension(path: str, definition: dict[str, Any]) -> Dimension:
    (found,) = Space.parse({path: definition}).dimensions
    return found


CHOICE, NULL, RANGE = {"choice": [1, 2]}, {"choice": [None, "x"]}, {"uniform": [0.0, 1.0]}


@pytest.mark.parametrize(
    ("path", "definition", "value"),
    [
        ("policy.name", CHOICE, "deepfm"),  # the config's default
        ("policy.name", NULL, None),  # null leaves it out: that is the config as written
        ("policy.settings.dim", RANGE, 6),
        ("policy.settings.hidden", CHOICE, [64, 32]),  # the policy's default
        ("policy.settings.tower.item", RANGE, 0.02),
        ("policy.settings.dim.deeper", CHOICE, ABSENT),
        ("preferences.a.b.settings.rank", RANGE, 4),  # a name with a dot in it
        ("preferences.a.b.settings.rank", NULL, 4),
        ("preferences.a.b.settings.users_share", RANGE, 1.0),  # the kind's default
        ("preferences.a.b.settings.behaviour", CHOICE, "label"),
        ("preferences.a.b.settings.behaviour", NULL, None),
        ("preferences.a.b.settings.max_support", CHOICE, None),
        ("preferences.a.b.settings.max_support", RANGE, ABSENT),  # no limit has no place in it
        ("preferences.a.b.per_user", RANGE, 2048),
        ("preferences.a.b", CHOICE, RAW["preferences"][0]),  # type: ignore[index]
        ("preferences.ids.settings.passes", RANGE, 3),
        ("preferences.ids.settings.events_share", RANGE, 1.0),
        ("preferences.given.settings.signed", CHOICE, False),
        ("preferences.own.settings.dimensions", RANGE, 2),
        ("preferences.own.settings.draw", RANGE, ABSENT),
        ("horizon", CHOICE, "all"),
        ("horizon", RANGE, ABSENT),
        ("content", CHOICE, None),
    ],
)
def test_the_configs_own_value(path: str, definition: dict[str, Any], value: object) -> None:
    assert own_value(tune(), dimension(path, definition)) == value


def test_defaults_of_popularity() -> None:
    strength = dimension("policy.settings.strength", RANGE)
    asked = parse_tune(
        RAW | {"policy": {"name": "popularity"}},
        {"space": {"tower_dim": {"integer": [2, 8]}}, "objective": "auc:clean"},
    )
    assert own_value(asked, strength) == 20.0
