"""A tune config is a run's config and a group more; what is off is said before anything runs."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import pytest
import yaml

from lis_sim.config import parse_config
from lis_sim.errors import ConfigError
from lis_sim.hashing import generator
from lis_sim.search.settings import TuneConfig, load_tune, parse_tune

RAW: dict[str, Any] = {
    "name": "a",
    "data": {"synthetic": {"events": 2000}},
    "stream": {"history": 10},
    "preferences": [{"name": "co", "settings": {"rank": 4}}, {"name": "id", "kind": "sparse_id"}],
}
RANK = "preferences.co.settings.rank"
SPACE: dict[str, Any] = {RANK: {"integer": [2, 8]}}
SEARCH: dict[str, Any] = {"space": SPACE, "objective": "lis_crossfit:co"}


def tune_of(search: dict[str, Any] | None = None, **changes: Any) -> TuneConfig:
    return parse_tune({**copy.deepcopy(RAW), **changes}, {**SEARCH, **(search or {})})


def test_the_defaults() -> None:
    tune = tune_of()
    search = tune.search
    assert (search.algorithm, tune.trials, search.until) == ("optuna", 32, 0.5)
    assert (search.replicates, search.concurrent, search.seed) == (1, None, 0)
    assert search.stopping.model_dump() == {"kind": "asha", "first": 2, "reduction": 3.0}
    assert (search.engine, tune.trial_engine) == ("auto", "local")
    assert tune.name == "a"
    assert tune.base == parse_config(RAW)
    assert tune.cautions == ()
    assert pickle.loads(pickle.dumps(tune)) == tune, "Ray sends it to its trials"


def test_a_file_is_read_and_both_parts_can_be_set(tmp_path: Path) -> None:
    path = tmp_path / "ranks.yaml"
    raw = {key: value for key, value in RAW.items() if key != "name"}
    path.write_text(yaml.safe_dump({**raw, "search": SEARCH}))
    tune = load_tune(
        path,
        [
            *("search.trials=8", "seed=7", "search.stopping={kind: median, first: 3}"),
            f"search.space.{RANK}={{choice: [3, 5]}}",
            "search.space.stream.history={integer: [5, 9]}",
        ],
    )
    assert (tune.name, tune.trials, tune.base.seed) == ("ranks", 8, 7)
    assert (tune.search.stopping.kind, tune.search.stopping.first) == ("median", 3)
    assert [one.path for one in tune.space.dimensions] == [RANK, "stream.history"]
    assert tune.space.dimensions[0].choices == (3, 5)
    assert "search" not in tune.raw


def test_a_run_config_is_no_search(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(yaml.safe_dump(RAW))
    with pytest.raises(ConfigError, match=r"a\.yaml has no group `search`: it is a run's config"):
        load_tune(path)
    with pytest.raises(ConfigError, match=r"--set 'search\.space\.x=\{'; .* not readable|not read"):
        load_tune(path, ["search.space.x={", "search.trials=3"])
    with pytest.raises(ConfigError, match=r"--set 'search\.space\.=3'; accepted: search\.space\.P"):
        load_tune(path, ["search.space.=3", "search.trials=3"])


def test_on_what_trials_train() -> None:
    assert tune_of(training={"workers": 2}).trial_engine == "ray"
    assert tune_of(training={"device": "cuda"}).trial_engine == "ray"
    assert tune_of(training={"workers": 1}).trial_engine == "local"
    assert tune_of({"engine": "nested"}).trial_engine == "ray"
    assert tune_of({"engine": "direct"}, training={"workers": 2}).trial_engine == "local"


def test_a_grid_has_its_own_size_and_not_the_baseline_twice() -> None:
    tune = tune_of({"algorithm": "grid", "space": {RANK: {"choice": [2, 4, None]}}})
    assert (tune.space.size, tune.trials) == (3, 2)
    assert tune.same_as_baseline({RANK: 4})
    assert tune.same_as_baseline({})
    assert not tune.same_as_baseline({RANK: 2})
    assert tune.config_of({RANK: 2}).preferences[0].settings == {"rank": 2}
    with pytest.raises(ConfigError, match=r"stream\.history .*|is uniform, which a grid has no"):
        tune_of({"algorithm": "grid", "space": {"policy.settings.deviation": {"uniform": [0, 1]}}})


def test_what_makes_a_winner_look_good_is_said() -> None:
    both = {"stream.history": {"integer": [5, 9]}, "policy.settings.dim": {"choice": [4, 8]}}
    (caution,) = tune_of({"space": both}).cautions
    assert caution.startswith("stream.history, policy.settings.dim change the clean arm too")
    assert tune_of({"space": both, "objective": "auc:clean"}).cautions == ()
    assert tune_of({"space": both, "objective": ["lis:co", "auc:clean"]}).cautions == ()
    (caution,) = tune_of({"space": {"horizon": {"choice": ["1d", "all"]}}}).cautions
    assert "of two horizons the longer one wins" in caution
    (caution,) = tune_of({"space": {"preferences.co.settings.until": {"choice": [0.5]}}}).cautions
    assert "a date means the same in both" in caution


def dimension(path: str, *choices: Any) -> dict[str, Any]:
    return {"space": {path: {"choice": list(choices or [1])}}}


LUCK = r"a seed is luck, not a setting: the best of several seeds is the luckiest; raise `repli"
MEASURED = "changes what is measured, not what is searched for"
REFUSED: list[tuple[str, str]] = [
    ("seed", rf"search\.space: seed: {LUCK}"),
    ("policy.settings.seed", LUCK),
    ("preferences.co.settings.random_state", LUCK),
    ("data.synthetic.seed", LUCK),
    ("replicates", rf"replicates {MEASURED}: a trial has search\.replicates"),
    ("folds", MEASURED),
    ("form", MEASURED),
    ("arms", MEASURED),
    ("minimum_effect", MEASURED),
    ("data.source", rf"{MEASURED}: trials on other logs"),
    ("stream.window.count", rf"{MEASURED}: other events .*; accepted of it: stream\.history"),
    ("stream", MEASURED),
    ("drift.psi", MEASURED),
    ("training.workers", r"training\.workers is where a run trains, and changes no number"),
    ("monitoring.port", r"is what a run exports, and changes no number"),
    ("monitor.poll_seconds", r"is how a growing log is followed"),
    ("name", r"is what the search is called"),
    ("preferences", r"is a list: enter it by name, as in preferences\.co_click"),
    ("preferences.co.name", r"is what a preference data set is called; it changes no score"),
    ("representations", r"is what a run compares, paired, without a search"),
]


@pytest.mark.parametrize(("path", "message"), REFUSED)
def test_what_is_no_dimension(path: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        tune_of(dimension(path))


def test_a_seed_inside_a_group_is_one_too() -> None:
    groups = [{"settings": {"rank": 2}}, {"settings": {"seed": 3}}]
    with pytest.raises(ConfigError, match=LUCK):
        tune_of(dimension("preferences.co", *groups))


WRONG: list[tuple[Any, str]] = [
    ([], r"config: search is \[\]; accepted: a group of settings"),
    ({}, r"config: search\.space is missing; it must be given"),
    ({"space": {}}, r"search\.space is \{\}; accepted: settings and how they are drawn"),
    ({**SEARCH, "trial": 3}, r"search\.trial is not a setting; did you mean 'trials'\?; accepted"),
    ({**SEARCH, "trials": 0}, r"search\.trials is 0; accepted: greater than or equal to 1"),
    ({**SEARCH, "trials": "8"}, r"search\.trials is '8'; accepted: "),
    ({**SEARCH, "algorithm": "tpe"}, r"search\.algorithm is 'tpe'; accepted: 'optuna', 'random'"),
    ({**SEARCH, "algorithm": "grid", "trials": 3}, r"trials is 3 with algorithm grid, which runs"),
    ({**SEARCH, "stopping": "halving"}, r"stopping is halving with algorithm optuna: .*take asha"),
    ({**SEARCH, "stopping": "asho"}, r"search\.stopping\.kind is 'asho'; accepted: 'asha'"),
    ({**SEARCH, "stopping": {"frist": 3}}, r"stopping\.frist is not .*'first'\?; accepted here: k"),
    ({**SEARCH, "stopping": {"reduction": 1}}, r"search\.stopping\.reduction is 1; accepted: gr"),
    ({**SEARCH, "until": 1.0}, r"search\.until is 1\.0; accepted: less than 1"),
    ({**SEARCH, "objective": "auc:claen"}, r"search\.objective auc: arm is 'claen'; accepted: cle"),
    ({"space": SPACE}, r"search\.objective is lis_crossfit without a name, and 2 it fits"),
    (dimension("preferences.co.settings.rnk"), r"co\.settings\.rnk cannot be 1: .*'rnk' is not a"),
    (dimension(RANK, 2, 0), rf"space: {RANK} cannot be 0: co_click\.rank is 0; accepted: a whole"),
    (dimension("policy.name", "deepfm", "deepfn"), r"policy\.name cannot be 'deepfn': policy 'd"),
    (dimension("horizon", "all", "soon"), r"horizon cannot be 'soon': horizon is 'soon'; accept"),
    (dimension("stream.histry"), r"stream\.histry changes what is measured"),
    (dimension("tower_dims"), r"'tower_dims' is not a setting: .*; did you mean 'tower_dim'\?"),
    (dimension("preferences.ko.kind"), r"has no preference 'ko'; it has: co, id"),
    (
        {"space": {"stream.history": {"uniform": [5, 50]}}},
        r"stream\.history cannot be 5\.0: a: stream\.history is 5\.0; accepted: a whole number",
    ),
    (
        {"space": {"preferences.id.settings.rank": {"integer": [2, 8]}}},
        r"preferences\.id\.settings\.rank cannot change lis_crossfit:co: no arm of preference 'id'",
    ),
]


@pytest.mark.parametrize(("search", "message"), WRONG)
def test_wrong_searches(search: Any, message: str) -> None:
    if isinstance(search, dict) and search and search.get("space") and search.keys() == {"space"}:
        search = search if search["space"] is SPACE else {**SEARCH, **search}
    with pytest.raises(ConfigError, match=message):
        parse_tune(copy.deepcopy(RAW), search)


def test_settings_that_go_together_somewhere_are_accepted() -> None:
    """The first value of one excludes the last of the other; the last of both go together."""
    space = {
        "preferences.co.settings.min_support": {"choice": [0, 50]},
        "preferences.co.settings.max_support": {"choice": [10, 100]},
    }
    assert tune_of({"space": space}).space.size == 4
    space["preferences.co.settings.max_support"] = {"choice": [10, 20]}
    with pytest.raises(ConfigError, match=r"min_support cannot be 50, as beside .*support 10: "):
        tune_of({"space": space})


def test_conditions_are_kept_when_edges_are_checked() -> None:
    kind, passes = "preferences.co.kind", "preferences.co.settings.passes"
    space: dict[str, Any] = {
        kind: {"choice": ["co_click", "sparse_id"]},
        passes: {"integer": [1, 3], "when": {kind: "sparse_id"}},
    }
    assert tune_of({"space": space}).space.size == 4
    del space[passes]["when"]
    with pytest.raises(ConfigError, match=r"passes' is not a setting of co_click"):
        tune_of({"space": space})


def test_every_candidate_can_be_made_a_config() -> None:
    space = {
        RANK: {"integer": [2, 8], "log": True},
        "preferences.co.settings.behaviour": {"choice": [None, "dwell >= 30"]},
        "policy.settings.embedding_rate": {"log_uniform": [0.01, 0.4]},
        "policy.settings.hidden": {"choice": [[8], [16, 8]]},
    }
    tune = tune_of({"space": space})
    for at in range(20):
        drawn = tune.space.draw(generator(at, "test"))
        config = tune.config_of(drawn)
        assert config.preferences[0].settings["rank"] == drawn[RANK]
        assert config.policy.settings["hidden"] == drawn["policy.settings.hidden"]
        assert config.preferences[1] == tune.base.preferences[1]


def test_a_half_character_is_refused_in_words_that_can_be_printed() -> None:
    space = {"policy.settings.dim": {"choice": ["\ud800"]}}
    base = {"name": "a", "data": {"synthetic": {}}, "preferences": [{"name": "co_click"}]}
    with pytest.raises(ConfigError, match=r"search: space\..* holds the control character") as told:
        parse_tune(base, {"space": space})
    str(told.value).encode()
