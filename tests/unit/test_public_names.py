"""What ``import lis_sim`` offers: one list, all of it there, and configs in any form."""

from __future__ import annotations

import ast
import copy
import inspect
from pathlib import Path
from typing import Any

import pytest

import lis_sim
from lis_sim.config import RunConfig, load_config
from lis_sim.errors import ConfigError
from lis_sim.search.settings import load_tune
from lis_sim.training.given import given_config

ROOT = Path(__file__).resolve().parents[2]
SETTINGS: dict[str, Any] = {
    "name": "tiny",
    "data": {"synthetic": {"events": 1_200}},
    "preferences": [{"name": "co_click"}],
    "stream": {"history": 5},
}


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    assert lis_sim.__all__ == sorted(lis_sim.__all__)
    assert set(lis_sim.__all__) <= set(dir(lis_sim))
    for name in set(lis_sim.__all__) - {"__version__"}:
        found = getattr(lis_sim, name)
        assert inspect.getdoc(found), name
        for method, one in inspect.getmembers(found, inspect.isfunction):
            if inspect.isclass(found) and not method.startswith("_"):
                assert inspect.getdoc(one) or found is lis_sim.RunConfig, f"{name}.{method}"
    assert lis_sim.score is lis_sim.score_file


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse((ROOT / "lis_sim" / "__init__.py").read_text())
    (checked,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.asname or alias.name
        for node in checked.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == set(lis_sim.__all__) - {"__version__"}
    assert (ROOT / "lis_sim" / "py.typed").is_file()


def test_another_name_is_told_what_there_is() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'score_files'; it has .*score, score_"):
        _ = lis_sim.score_files


def test_a_config_may_be_a_file_a_name_settings_or_checked(tmp_path: Path) -> None:
    before = copy.deepcopy(SETTINGS)
    of_settings = given_config(SETTINGS, ["stream.history=7", "replicates=2"])
    assert (of_settings.stream.history, of_settings.replicates) == (7, 2)
    assert before == SETTINGS, "what was given is left as it is"
    assert given_config(of_settings) is of_settings
    shipped = load_config(ROOT / "configs" / "quickstart.yaml")
    assert given_config("quickstart") == given_config(Path("quickstart")) == shipped
    file = tmp_path / "quickstart.yaml"
    file.write_text((ROOT / "configs" / "quickstart.yaml").read_text())
    assert given_config(file, ["seed=3"]) == shipped.model_copy(update={"seed": 3})


def test_a_search_may_be_named_or_given_as_settings() -> None:
    named = load_tune("tune-preference")
    assert named.name == "tune-preference"
    search = {"space": {"preferences.co_click.settings.rank": {"choice": [3, 5]}}}
    found = load_tune({**SETTINGS, "search": search}, ["search.trials=4"])
    assert (found.trials, found.base) == (4, RunConfig.model_validate(SETTINGS))


@pytest.mark.parametrize(
    ("given", "overrides", "said"),
    [
        (RunConfig.model_validate(SETTINGS), ["seed=1"], r"overrides seed=1 beside a checked"),
        (SETTINGS, ["name.x=1"], r"'name' is not a group of settings"),
        (SETTINGS | {"replicats": 1}, [], r"config: .*replicats.*did you mean 'replicates'"),
        (SETTINGS | {"name": object()}, [], r"config: name is"),
        ("no-such-config", [], r"no-such-config is not a file; accepted: a YAML config"),
    ],
)
def test_a_wrong_config_is_refused(given: Any, overrides: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        given_config(given, overrides)
