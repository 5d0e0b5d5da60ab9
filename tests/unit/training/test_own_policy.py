"""A run with a ranker of the user's own: whose run it is, and that it goes on."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lis_sim.config import RunConfig, parse_config, read_settings
from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec
from lis_sim.errors import ConfigError, PolicyError, RunError
from lis_sim.search.paths import with_settings
from lis_sim.training.api import execute, prepare
from lis_sim.training.identity import file_hash, run_identity
from lis_sim.training.plan import check_settings
from policies.own_module import OwnModule
from tests.unit.plugins import install
from tests.unit.training.growing import arriving, begun, lines, one_start_per_part
from tests.unit.training.worlds import make_world, settings

GOOD = "from tests.unit.checks.modules import Good as Base\n\n\nclass Mine(Base):\n    pass\n"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_world(tmp_path_factory.mktemp("own") / "world")


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file that is importable as ``my_run_ranker``."""
    file = tmp_path / "my_run_ranker.py"
    file.write_text(GOOD)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, file.stem, raising=False)
    return file


def config(world: Dataset, **changes: Any) -> RunConfig:
    policy = {"name": "my_run_ranker:Mine", "settings": {"hash_bits": 8}}
    return parse_config(settings(world, policy=policy, **changes))


def reload(module: Path, text: str) -> None:
    module.write_text(text)
    sys.modules.pop(module.stem, None)


@pytest.mark.parametrize("form", ["residual", "joint"])
def test_a_run_says_which_code_it_was(
    form: str, world: Dataset, module: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    run = execute(prepare(config(world, form=form), out))
    code = {"my_run_ranker:Mine": file_hash(module)}
    assert run.summary["code"] == code
    assert json.loads((out / "run.json").read_text())["code"] == code
    assert {arm["arm"] for arm in run.summary["arms"]} >= {"clean", "leaked_crossfit:co_click"}
    assert all(np.isfinite(arm["auc"]["value"]) for arm in run.summary["arms"])


def test_a_run_of_ours_has_no_code(world: Dataset) -> None:
    plain = parse_config(settings(world))
    assert "code" not in run_identity(plain, world)


def test_changed_code_is_another_run(world: Dataset, module: Path, tmp_path: Path) -> None:
    first = prepare(config(world))
    execute(prepare(config(world), tmp_path / "run"))
    reload(module, GOOD + "\n# faster\n")
    second = prepare(config(world))
    assert first.folder.path != second.folder.path
    with pytest.raises(RunError, match=r"other my_run_ranker:Mine\).*--restart"):
        execute(prepare(config(world), tmp_path / "run"))


def test_a_killed_run_goes_on_to_the_same_bytes(
    world: Dataset, module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(prepare(config(world, form="joint"), tmp_path / "whole"))
    killed = prepare(config(world, form="joint"), tmp_path / "killed")
    score, calls = OwnModule.score, iter(range(10**6))

    def dying(self: OwnModule, batch: Any) -> Any:
        if next(calls) > 90:
            raise KeyboardInterrupt
        return score(self, batch)

    with monkeypatch.context() as patch:
        patch.setattr(OwnModule, "score", dying)
        with pytest.raises(KeyboardInterrupt):
            execute(killed)
    assert killed.folder.checkpoints.newest()
    execute(prepare(config(world, form="joint"), tmp_path / "killed"))
    one, other = (tmp_path / name / "windows.jsonl" for name in ("whole", "killed"))
    assert one.read_bytes() == other.read_bytes()


def test_what_goes_wrong_in_it_ends_the_run_with_its_line(
    world: Dataset, module: Path, tmp_path: Path
) -> None:
    text = GOOD.replace(
        "    pass\n", "    def forward(self, batch):\n        raise KeyError('tab')\n"
    )
    reload(module, text)
    with pytest.raises(PolicyError, match=r"forward raised KeyError: 'tab' \(my_run_ranker.py, li"):
        execute(prepare(config(world), tmp_path / "run"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"policy": "my_run_ranker:Miner"}, "has no 'Miner'; did you mean 'Mine'"),
        ({"policy": "my_run_ranke:Mine"}, "my_run_ranke cannot be imported"),
        (
            {"training": {"engine": "ray", "user_shards": 2}},
            "cannot learn from a part of the users; accepted: training.user_shards 1",
        ),
        (
            {"policy": "tests.unit.checks.recommenders:Good", "form": "joint"},
            "takes no 'dimensions'.*accepted: form residual",
        ),
    ],
)
def test_what_is_wrong_is_told_before_the_log_is_opened(
    changes: dict[str, Any], message: str, module: Path
) -> None:
    raw = {"name": "x", "data": {"source": "/no/such/log"}, "policy": "my_run_ranker:Mine"}
    with pytest.raises(ConfigError, match=message):
        check_settings(parse_config({**raw, **changes}))


def test_reading_a_config_imports_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("data: {synthetic: {}}\npolicy: no_such.module:Ranker\n")
    raw = read_settings(file, ["policy.settings.rank=3"])
    assert parse_config(raw).policy.model_dump() == {
        "name": "no_such.module:Ranker",
        "settings": {"rank": 3},
    }
    assert with_settings(raw, {"policy.settings.rank": 5})["policy"]["settings"] == {"rank": 5}
    assert parse_config({**raw, "policy": "no_such.module:Ranker"}).policy.settings == {}


def test_plug_ins_are_used_like_what_is_built_in(
    world: Dataset, module: Path, tmp_path: Path
) -> None:
    builder = "tests.unit.checks.builders:good"
    declared = {"policies": {"mine": "my_run_ranker:Mine"}, "preferences": {"groups": builder}}
    install(tmp_path, "theirs", **declared)
    preference = {"name": "groups", "kind": "groups", "settings": {"dimensions": 3}}
    given = settings(world, policy="mine", preferences=[preference])
    run = execute(prepare(parse_config(given), tmp_path / "run"))
    assert set(run.summary["code"]) == {"my_run_ranker:Mine", builder}
    assert [one["preference"] for one in run.summary["verdicts"]] == ["groups"]


def test_a_name_of_ours_that_a_plug_in_takes_is_refused(world: Dataset, module: Path) -> None:
    install(module.parent, "theirs", preferences={"co_click": "tests.unit.checks.builders:good"})
    with pytest.raises(ConfigError, match="'co_click' is built in, and the installed package"):
        prepare(parse_config(settings(world)))


def test_a_log_that_grows_gives_it_what_the_whole_log_does(module: Path, tmp_path: Path) -> None:
    """It is started again for every part, and has fewer rows than there are users and items."""
    world = make_world(tmp_path / "world", SyntheticSpec(events=1200, users=300, items=200, seed=3))
    small: dict[str, Any] = {
        "policy": {"name": "my_run_ranker:Mine", "settings": {"hash_bits": 6}},
        "stream": {"window": {"events": 120}, "step_events": 50, "warmup_windows": 2},
        "horizon": "12h",
        "form": "joint",
        "replicates": 1,
    }
    prepared = prepare(parse_config(settings(world, **small)), tmp_path / "whole")
    whole = lines(execute(prepared).folder)
    log = begun(world, tmp_path / "log", 300)
    assert log.schema.items < world.schema.items
    parts = arriving(world, log, [420, 421, 900])
    found = one_start_per_part(world, log, parts, tmp_path / "run", **small)
    assert found == whole[: len(found)]
    assert len(found) >= len(whole) - 3
