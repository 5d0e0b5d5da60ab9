"""Presets and label rules: every shipped one is valid, every wrong key has a neighbour."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lis_sim.data.import_spec import Feature
from lis_sim.data.label_rule import LabelRule
from lis_sim.data.presets import load_preset, parse_spec, preset_names
from lis_sim.errors import ConfigError

SPEC: dict[str, Any] = {
    "name": "mine",
    "files": "log.csv",
    "user": "u",
    "item": "i",
    "time": "t",
    "label": "y",
}


def test_every_shipped_preset_loads_and_names_its_page() -> None:
    assert preset_names() == (
        *("amazon_reviews_2023", "kuairand", "microlens", "mind", "movielens_1m"),
        *(
            "movielens_25m",
            "movielens_32m",
            "movielens_csv",
            "movietweetings",
            "open_bandit",
            "yambda",
        ),
    )
    for name in preset_names():
        homepage = load_preset(name).homepage
        assert homepage is not None
        assert homepage.startswith("https://")


def test_a_users_own_file_is_a_preset_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "name: mine\nfiles: [a.csv, b.csv]\nuser: u\nitem: i\ntime: t\nlabel: y >= 2\n"
        "categorical: [c, {name: d, missing: none}]\nnumeric:\n  - name: n\n    missing: 0\n"
        "representations:\n  - {name: r, file: r.parquet, trained_until: 2024-01-31}\n"
    )
    spec = load_preset(str(path))
    assert spec.log.files == ("a.csv", "b.csv")
    assert spec.categorical == (Feature("c"), Feature("d", "none"))
    assert spec.numeric == (Feature("n", 0),)
    assert spec.rule == LabelRule("y", ">=", 2.0)
    assert spec.representations[0].trained_until == "2024-01-31"


WRONG: list[tuple[Any, str]] = [
    ({**SPEC, "catgorical": []}, "unknown key 'catgorical'; did you mean 'categorical'"),
    ({k: v for k, v in SPEC.items() if k != "time"}, "time is missing; required: name, files"),
    ({**SPEC, "format": "cvs"}, "format is 'cvs'; did you mean 'csv'"),
    ({**SPEC, "time_unit": "sec"}, "time unit is 'sec'.*accepted: s, ms, us, iso"),
    ({**SPEC, "id_type": "integer"}, "id_type is 'integer'.*accepted: string, int"),
    ({**SPEC, "header": False}, "header is false and columns is empty; name the columns"),
    ({**SPEC, "files": []}, "files is empty"),
    ({**SPEC, "files": 3}, "files is 3; accepted: a list of names"),
    ({**SPEC, "label": "y >= good"}, "compares with 'good'"),
    ({**SPEC, "label": "y >< 3"}, "cannot be read"),
    ({**SPEC, "label": "import os; y > 3 > 2"}, "cannot be read"),
    ({**SPEC, "numeric": ["u"]}, "column 'u' is declared as user and as numeric; accepted: one"),
    ({**SPEC, "outcomes": ["y"]}, "column 'y' is declared as outcomes and as label"),
    ({**SPEC, "numeric": ["time"]}, "a feature or outcome is called 'time', which the dataset"),
    ({**SPEC, "numeric": [{"name": "n", "mising": 0}]}, "unknown key 'mising'; did you mean 'mi"),
    ({**SPEC, "items": {"files": "m.csv", "item": "i", "unknown": "skip"}}, "unknown is 'skip'"),
    ({**SPEC, "representations": [{"name": "r"}]}, "file is missing; accepted"),
    ({**SPEC, "representations": [{"name": "r", "file": "r", "unknown_items": "no"}]},
     "unknown_items is 'no'; accepted: error, drop"),
    (["a list"], "accepted: a mapping with"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "message"), WRONG)
def test_a_wrong_spec_is_refused(content: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        parse_spec(content, "here.yaml")
    assert str(caught.value).startswith("here.yaml: ")


def test_an_unknown_preset_gets_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no preset 'kuairnd'; did you mean 'kuairand'"):
        load_preset("kuairnd")
    (tmp_path / "bad.yaml").write_text("a: [")
    with pytest.raises(ConfigError, match="is not readable as YAML"):
        load_preset(str(tmp_path / "bad.yaml"))


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_label_rule(text: str) -> None:
    with pytest.raises(ConfigError, match="the label rule is empty"):
        LabelRule.parse(text)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_a_label_rule_compares_with_a_finite_number(value: str) -> None:
    with pytest.raises(ConfigError, match="compares with"):
        LabelRule.parse(f"y > {value}")
