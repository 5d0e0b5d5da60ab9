"""docs/policies.md names every recommender and every setting with its default."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from policies.catalogue import NEURAL, POLICIES, default_settings

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "policies.md").read_text(encoding="utf-8")


def rows(section: str) -> list[list[str]]:
    """Return the cells of the table under a heading."""
    (text,) = re.findall(rf"## {section}\n(.*?)(?=\n## |\Z)", PAGE, flags=re.DOTALL)
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_every_recommender_is_told_of_and_measured() -> None:
    for name in POLICIES:
        assert f"\n| `{name}` " in PAGE.partition("## How well")[0]
    assert {row[0].strip("`") for row in rows("How well they rank")} == set(POLICIES)


def test_every_setting_is_there_with_its_default() -> None:
    told: dict[str, dict[str, object]] = {name: {} for name in POLICIES}
    for setting, default, of, _ in rows("Settings"):
        names = list(NEURAL) if of == "all but `popularity`" else re.findall(r"`(\w+)`", of)
        for name in names:
            told[name][setting.strip("`")] = yaml.safe_load(default)
    for name in POLICIES:
        found = {key: _plain(value) for key, value in default_settings(name).items()}
        assert told[name] == found


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
