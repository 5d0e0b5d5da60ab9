"""Wrong settings are refused by name, with what is accepted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from lis_sim.config import (
    DataConfig,
    PolicyConfig,
    RunConfig,
    StreamConfig,
    expand_variables,
    load_config,
    parse_config,
)
from lis_sim.errors import ConfigError
from lis_sim.search.settings import load_tune

CONFIGS = sorted((Path(__file__).resolve().parents[2] / "configs").glob("*.yaml"))
SMALLEST: dict[str, Any] = {"name": "x", "data": {"synthetic": {}}}

WRONG: list[tuple[dict[Any, Any], str]] = [
    # unknown keys, with the nearest known one
    ({"replicats": 3}, r"^c\.yaml: replicats is not a setting; did you mean 'replicates'\?"),
    ({"search": {"space": {}}}, r"it has a group 'search': give it to `lis-sim tune`"),
    ({"stream": {"windows": {}}}, r"stream\.windows is not a setting; did you mean 'window'\?"),
    (
        {"stream": {"window": {"cont": 3}}},
        r"stream\.window\.cont is not .*'count'\?; accepted here: count, events, duration$",
    ),
    ({"preferences": [{"name": "a", "kin": 1}]}, r"preferences\.0\.kin is not .*'kind'\?"),
    ({"training": {"engin": "ray"}}, r"training\.engin is not a setting; did you mean 'engine'\?"),
    ({1: 2}, r"has the key 1; accepted: text as the name of a setting"),
    # wrong types: nothing is turned into what somebody may have meant
    ({"folds": "5"}, r"folds is '5'; accepted: a whole number"),
    ({"folds": 5.0}, r"folds is 5\.0; accepted: a whole number"),
    ({"replicates": True}, r"replicates is True; accepted: a whole number"),
    ({"stream": {"warmup": "a"}}, r"stream\.warmup is 'a'; accepted: a number"),
    ({"name": 5}, r"name is 5; accepted: text"),
    ({"arms": "clean"}, r"arms is 'clean'; accepted: a list"),
    ({"preferences": {"name": "a"}}, r"preferences is .*; accepted: a list"),
    ({"policy": 3}, r"policy is 3; accepted: a group of settings"),
    ({"training": None}, r"training is None; accepted: a group of settings"),
    ({"horizon": True}, r"horizon: got True; accepted: all, 0, or a duration such as 12h"),
    ({"horizon": [1]}, r"horizon: got \[1\]; accepted: all, 0, or a duration"),
    # out of range
    ({"folds": 1}, r"folds is 1; accepted: greater than or equal to 2"),
    ({"replicates": 0}, r"replicates is 0; accepted: greater than or equal to 1"),
    ({"minimum_effect": 0.0}, r"minimum_effect is 0\.0; accepted: greater than or equal to"),
    ({"minimum_effect": float("inf")}, r"minimum_effect is inf; accepted: a finite number"),
    ({"seed": -1}, r"seed is -1; accepted: greater than or equal to 0"),
    ({"stream": {"step_events": 0}}, r"stream\.step_events is 0; accepted: greater than or eq"),
    ({"stream": {"warmup": 1.0}}, r"stream\.warmup is 1\.0; accepted: less than 1"),
    ({"stream": {"window": {"count": 1}}}, r"stream\.window\.count is 1; accepted: greater"),
    ({"monitoring": {"port": 70000}}, r"monitoring\.port is 70000; accepted: less than or eq"),
    ({"monitoring": {"linger_seconds": float("nan")}}, r"linger_seconds is nan; accepted: a fini"),
    ({"form": "residul"}, r"form is 'residul'; accepted: .*; did you mean 'residual'\?"),
    ({"training": {"hang_seconds": 1e10}}, r"hang_seconds is 10000000000\.0; "),
    ({"training": {"hang_seconds": 0.5}}, r"got 0\.5; accepted: 0 \(off\), or 1 second and more"),
    ({"training": {"user_shards": 0}}, r"user_shards is 0; accepted: greater than or equal to 1"),
    (
        {"training": {"user_shards": 2, "engine": "local"}},
        r"got engine local and user_shards 2; accepted with user_shards above 1: engine ray",
    ),
    (
        {"training": {"user_shards": 2, "workers": 3}},
        r"got workers 3 and user_shards 2; accepted: a multiple of user_shards",
    ),
    ({"training": {"engine": "rai"}}, r"engine is 'rai'; accepted: .*; did you mean 'ray'\?"),
    ({"name": "a b"}, r"name is 'a b'; accepted: letters, digits, '_', '-' and, not as"),
    # settings that exclude or need each other
    ({"data": {}}, r"data: got both or neither of source and synthetic; accepted: exactly one"),
    ({"data": {"source": "a", "synthetic": {}}}, r"both or neither of source and synthetic"),
    ({"data": {"synthetic": {}, "preset": "a"}}, r"data: preset needs a source"),
    ({"stream": {"window": {"count": 3, "events": 5}}}, r"window: got count, events; accepted: ex"),
    ({"stream": {"window": {}}}, r"stream\.window: got nothing; accepted: exactly one of"),
    ({"preferences": [{"kind": "co_click"}]}, r"preferences\.0\.name is missing; it must be given"),
    # arms
    ({"arms": ["clean", "leekd:x"]}, r"arm 'leekd:x' is not known; .*mean 'leaked'\?"),
    ({"arms": ["clean", "leaked"]}, r"arm 'leaked': 'clean' takes no name and every other arm"),
    ({"arms": ["clean:x"]}, r"arm 'clean:x': 'clean' takes no name"),
    ({"arms": []}, r"arms lacks 'clean'; every score is a difference from it"),
    (
        {"arms": ["clean", "leaked:co_clik"], "preferences": [{"name": "co_click"}]},
        r"arm 'leaked:co_clik' names no .*accepted: co_click; did you mean 'co_click'\?",
    ),
    ({"arms": ["clean", "leaked:x"]}, r"arm 'leaked:x' names no .*accepted: none are declared"),
    (
        {"arms": ["clean", "leaked:r"], "representations": ["r"]},
        r"arm 'leaked:r' names no preference",
    ),
    (
        {"arms": ["clean", "aligned:p"], "preferences": [{"name": "p"}]},
        r"arm 'aligned:p' names no preference or representation",
    ),
    ({"preferences": [{"name": "a"}, {"name": "a"}]}, r"the name 'a' is given twice"),
    ({"preferences": [{"name": "a"}], "representations": ["a"]}, r"the name 'a' is given twice"),
]


@pytest.mark.parametrize(("changes", "message"), WRONG, ids=lambda case: str(case)[:50])
def test_wrong_settings(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_config(SMALLEST | changes, "c.yaml")


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as told:
        parse_config(SMALLEST | {"folds": 1, "fold": 2, "seed": -1}, "c.yaml")
    assert [line.split()[1] for line in str(told.value).splitlines()] == ["folds", "seed", "fold"]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["folds"], r"--set 'folds'; accepted: key\.subkey=value"),
        (["=3"], r"--set '=3'; accepted: key\.subkey=value"),
        (["folds.x=3"], r"--set 'folds\.x=3': 'folds' is not a group of settings"),
        (["folds=["], r"--set 'folds=\[': the value is not readable as YAML"),
        (["trainin.engine=ray"], r"trainin is not a setting; did you mean 'training'\?"),
        (["folds=two"], r"folds is 'two'; accepted: a whole number"),
    ],
)
def test_wrong_overrides(tmp_path: Path, overrides: list[str], message: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("data: {synthetic: {}}\nfolds: 3\n")
    with pytest.raises(ConfigError, match=message):
        load_config(path, overrides)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"data: [", r"c\.yaml is not readable as YAML"),
        (b"\xff\xfe", r"c\.yaml is not readable as YAML"),
        (b"- 1\n", r"c\.yaml holds list; accepted: a mapping of settings"),
        (b"", r"c\.yaml holds NoneType; accepted: a mapping of settings"),
        (b"folds: 3", r"data is missing; it must be given"),
    ],
)
def test_wrong_files(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "c.yaml").write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        load_config(tmp_path / "c.yaml")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml is not a file; accepted: a YAML config"):
        load_config(tmp_path / "none.yaml")


def test_overrides_reach_groups_that_are_not_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("data: {synthetic: {events: 10}}\n")
    overrides = ["training.engine=local", "folds=7", "data.synthetic.users=3", "arms=[clean]"]
    config = load_config(tmp_path / "mine.yaml", overrides)
    assert (config.name, config.training.engine, config.folds) == ("mine", "local", 7)
    assert config.data.synthetic == {"events": 10, "users": 3}
    assert [str(arm) for arm in config.arm_list] == ["clean"]


def test_what_is_written_back_is_read_again() -> None:
    changes = {"preferences": [{"name": "a"}], "horizon": "2d", "seed": 4}
    config = parse_config(SMALLEST | changes)
    assert parse_config(yaml.safe_load(yaml.safe_dump(config.model_dump(mode="json")))) == config


def test_settings_are_frozen() -> None:
    config = parse_config(SMALLEST)
    with pytest.raises(ValidationError, match="frozen"):
        config.folds = 3


def test_where_a_run_trains_decides_no_number() -> None:
    one = parse_config(SMALLEST | {"training": {"engine": "local"}, "monitoring": {"port": 0}})
    assert one.deciding() == parse_config(SMALLEST).deciding()
    assert parse_config(SMALLEST | {"folds": 3}).deciding() != one.deciding()


def test_variables_are_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIS_SIM_A", "/data")
    monkeypatch.delenv("LIS_SIM_B", raising=False)
    assert expand_variables("${LIS_SIM_A}/log") == "/data/log"
    with pytest.raises(ConfigError, match="LIS_SIM_B is not set; set it, as in `export LIS_SIM_B="):
        expand_variables("${LIS_SIM_A}/${LIS_SIM_B}")


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_configs_that_come_along_are_right(path: Path) -> None:
    if "search" in yaml.safe_load(path.read_text()):
        assert load_tune(path).space.dimensions
    else:
        assert isinstance(load_config(path), RunConfig)


def test_python_may_give_groups_and_numpy_numbers() -> None:
    config = RunConfig(
        name="a",
        data=DataConfig(synthetic={"events": np.int64(2_000)}),
        stream=StreamConfig(),
        policy=PolicyConfig(settings={"dim": np.int64(4), "hidden": (np.int32(8),)}),
        seed=np.int64(7),  # type: ignore[arg-type]
    )
    written = json.loads(config.model_dump_json())
    assert written["data"]["synthetic"] == {"events": 2_000}
    assert written["policy"]["settings"] == {"dim": 4, "hidden": [8]}
    plain = {"data": {"synthetic": {"events": 2_000}}, "seed": 7}
    assert config == parse_config(
        {**plain, "name": "a", "policy": {"settings": {"dim": 4, "hidden": (8,)}}}
    )
    assert RunConfig.model_validate(config) == config


def test_a_group_is_checked_by_itself_too() -> None:
    with pytest.raises(ValidationError, match=r"synthetic\.a holds the control character"):
        DataConfig(synthetic={"a": "\x00"})


@pytest.mark.parametrize("seed", [2**63, 2**64])
def test_a_seed_has_a_limit_that_is_said(seed: int) -> None:
    assert parse_config({**SMALLEST, "seed": 2**63 - 1}).seed == 2**63 - 1
    with pytest.raises(ConfigError, match=r"seed is .*\(at most 9223372036854775807\)"):
        parse_config({**SMALLEST, "seed": seed})
