"""Damaged settings and folders, a few hundred; ``make fuzz`` tries thousands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from tests.fuzz.case import Case, require
from tests.fuzz.settings_caches import cache_cases
from tests.fuzz.settings_cases import cases
from tests.fuzz.settings_checkpoints import checkpoint_cases
from tests.fuzz.settings_run_folder import run_folder_cases
from tests.fuzz.settings_yaml import config_cases, override_cases

Sort = Callable[[int, Path], Iterator[Case]]


@pytest.mark.parametrize(
    ("sort", "count"),
    [(config_cases, 120), (override_cases, 120), (run_folder_cases, 12), (cache_cases, 15)],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_what_is_damaged_is_refused_in_words_or_does_no_harm(
    sort: Sort, count: int, tmp_path: Path
) -> None:
    outcomes = {require(case).status for case in islice(sort(20, tmp_path), count)}
    assert "accepted" in outcomes


def test_a_run_goes_on_from_damaged_checkpoints(tmp_path: Path) -> None:
    for case in islice(checkpoint_cases(20, tmp_path), 6):
        if case.kind != "checkpoint: array":
            require(case)


@pytest.mark.slow
def test_every_sort_of_damage(tmp_path: Path) -> None:
    for case in cases(21, 120, tmp_path):
        require(case, seconds=60.0)


def test_equal_seeds_give_equal_cases(tmp_path: Path) -> None:
    one, other = (
        [(case.kind, case.name) for case in islice(config_cases(3, tmp_path), 20)] for _ in "ab"
    )
    assert one == other
