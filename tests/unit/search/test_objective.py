"""Objectives: which number is read, which way is better, and which arms it takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lis_sim.arms import default_arms
from lis_sim.config import RunConfig, parse_config
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.errors import ConfigError, RunError
from lis_sim.search.objective import ACCEPTED, OF_ARMS, Objective
from lis_sim.search.objectives import parse_objective, parse_objectives
from lis_sim.training.api import Run
from tests.unit.training import worlds

BASE = parse_config(
    {
        "name": "a",
        "data": {"synthetic": {}},
        "preferences": [{"name": "co-click"}, {"name": "other"}],
        "representations": ["table"],
    }
)
ONE = parse_config({"name": "a", "data": {"synthetic": {}}, "preferences": [{"name": "co"}]})
CLEAN = parse_config({"name": "a", "data": {"synthetic": {}}, "arms": ["clean"]})

READ: list[tuple[Any, RunConfig, dict[str, Any], tuple[str, ...]]] = [
    (
        "lis_crossfit",
        ONE,
        {"name": "lis_crossfit", "preference": "co", "take": "low", "mode": "max"},
        ("clean", "leaked_crossfit:co"),
    ),
    (
        "lis_crossfit:co-click",
        BASE,
        {"name": "lis_crossfit:co_click", "preference": "co-click", "take": "low"},
        ("clean", "leaked_crossfit:co-click"),
    ),
    ("auc:clean", BASE, {"name": "auc:clean", "arm": "clean", "take": "value"}, ("clean",)),
    (
        "auc:causal:other",
        BASE,
        {"name": "auc:causal:other", "arm": "causal:other"},
        ("clean", "causal:other"),
    ),
    ("log_loss:clean", BASE, {"mode": "min", "take": "value"}, ("clean",)),
    ("gauc:clean", BASE, {"mode": "max", "take": "value"}, ("clean",)),
    ("ais", BASE, {"representation": "table", "name": "ais"}, ("clean", "aligned:table")),
    (
        {"score": "lis_crossfit_over_placebo", "preference": "other", "slice": "cold"},
        BASE,
        {"name": "lis_crossfit_over_placebo_cold:other", "slice": "cold", "take": "low"},
        ("clean", "leaked_crossfit:other", "placebo:other"),
    ),
    (
        {"score": "placebo", "representation": "table", "take": "value"},
        BASE,
        {"name": "placebo_value:table", "representation": "table", "preference": None},
        ("clean", "placebo:table"),
    ),
    (
        {"score": "auc", "arm": "clean", "slice": "warm", "take": "low"},
        BASE,
        {"name": "auc_warm_low:clean"},
        ("clean",),
    ),
    ({"score": "self_leak", "preference": None}, ONE, {"preference": "co"}, ()),
]


@pytest.mark.parametrize(("value", "base", "fields", "arms"), READ)
def test_what_is_read_of_a_config(
    value: Any, base: RunConfig, fields: dict[str, Any], arms: tuple[str, ...]
) -> None:
    found = parse_objective(value, base)
    assert {key: getattr(found, key) for key in fields} == fields
    needed = found.arms(base)
    assert needed[0] == "clean"
    assert set(needed) == set(arms) or not arms
    assert [str(arm) for arm in base.arm_list if str(arm) in needed] == list(needed)


WRONG: list[tuple[Any, RunConfig, str]] = [
    ("lis_crosfit", ONE, r"score is 'lis_crosfit'; accepted: lis, .*did you mean 'lis_crossfit'"),
    (3, ONE, r"search\.objective is 3; accepted: lis_crossfit, auc:clean, or \{score"),
    (None, ONE, r"search\.objective is None; accepted: lis_crossfit"),
    ({"slice": "cold"}, ONE, r"search\.objective is \{'slice': 'cold'\}; accepted"),
    ({"score": "lis", "slise": 1}, ONE, r"slise is not a setting; did you mean 'slice'\?"),
    ({"score": "lis", "slice": "old"}, ONE, r"slice is 'old'; accepted: all, cold, warm"),
    ({"score": "lis", "take": "high"}, ONE, r"take is 'high'; accepted: value, low"),
    ({"score": "gauc", "arm": "clean", "take": "low"}, ONE, r"take is 'low'; accepted: value"),
    ("auc", ONE, r"auc: no arm is given; accepted: clean, leaked:co, .*as in auc:clean"),
    ("auc:clena", ONE, r"arm is 'clena'; accepted: clean, .*did you mean 'clean'\?"),
    ({"score": "auc", "preference": "co"}, ONE, r"auc is of an arm, but preference is given"),
    ({"score": "lis", "arm": "clean"}, ONE, r"lis is of preference data or .*but arm is given"),
    ("lis", BASE, r"lis without a name, and 2 it fits; accepted: lis:NAME .*: co-click, other"),
    ("lis:co_click", BASE, r"lis of 'co_click'; .*: co-click, other; did you mean 'co-click'\?"),
    ("ais:other", BASE, r"ais of 'other'; accepted: ais:NAME of the config's representation: tab"),
    ("ais", ONE, r"ais without a name, and 0 it fits; .*representation: it declares none"),
    ("placebo", BASE, r"placebo without a name, and 3 it fits"),
    ([], ONE, r"search\.objective is empty; accepted"),
    (["lis", "lis:co"], ONE, r"has lis, lis:co: the same number twice; accepted: each once"),
    (["lis", {"score": "lis", "take": "value"}], ONE, r"lis, lis_value: the same number twice"),
]


@pytest.mark.parametrize(("value", "base", "message"), WRONG)
def test_what_is_refused(value: Any, base: RunConfig, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_objectives(value, base)


def test_an_arm_that_the_config_leaves_out_is_named() -> None:
    base = parse_config(ONE.model_dump() | {"arms": ("clean", "leaked:co")})
    assert parse_objective("lis", base).arms(base) == ("clean", "leaked:co")
    with pytest.raises(ConfigError, match=r"made of the arm leaked_crossfit:co, which `arms` lea"):
        parse_objective("lis_crossfit", base).arms(base)


def test_better_goes_by_the_mode() -> None:
    loss, auc = (parse_objective(f"{name}:clean", CLEAN) for name in ("log_loss", "auc"))
    assert loss.better(0.6, 0.7)
    assert auc.better(0.7, 0.6)
    assert not auc.better(0.7, 0.7)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("objective")
    world = write_synthetic(SyntheticSpec(events=1500, users=60, items=40, seed=3), folder / "log")
    stream = {"window": {"count": 5}, "step_events": 150, "cold_support": 5, "warmup_windows": 2}
    return worlds.run(world, folder / "run", stream=stream, replicates=1)


def every_objective(config: RunConfig) -> list[Objective]:
    arms = [str(a) for a in default_arms([p.name for p in config.preferences], ())]
    of_arms = [f"{name}:{arm}" for name in OF_ARMS for arm in arms]
    scores = [name for name in ACCEPTED if name not in OF_ARMS and not name.startswith("ais")]
    return [
        parse_objective({**_mapping(one), "slice": part}, config)
        for one in (*of_arms, *scores)
        for part in ("all", "cold", "warm")
    ]


def _mapping(text: str) -> dict[str, str]:
    score, _, arm = text.partition(":")
    return {"score": score, "arm": arm} if arm else {"score": score}


def test_windows_are_read_so_far_and_end_where_the_summary_does(finished: Run) -> None:
    records = list(finished.records())
    config = parse_config(worlds.settings(worlds.make_world(finished.folder / "any")))
    defined = 0
    for one in every_objective(config):
        values = [one.read(record) for record in records]
        assert values[:2] == [None, None], "the warm-up is not scored"
        summary = one.read_summary(finished.summary)
        assert set(summary) == {"value", "low", "high"}
        last = summary[one.take]
        assert values[-1] == last, one.name
        defined += last is not None
        if one.score in ("gauc", "log_loss"):
            assert summary["low"] is None
        elif last is not None:
            assert summary["low"] is not None, "one replicate has users' and items' luck"
    assert defined > 40


def test_a_record_of_another_run_is_refused(finished: Run) -> None:
    foreign = Objective("lis_crossfit", "elsewhere")
    with pytest.raises(RunError, match=r"has no lis_crossfit:elsewhere .*take a run folder of th"):
        foreign.read(list(finished.records())[-1])
    path = Path(finished.folder) / "summary.json"
    with pytest.raises(RunError, match=r"has no auc:aligned:t"):
        Objective("auc", arm="aligned:t").read_summary(json.loads(path.read_text()))
