"""A few hundred bad inputs of data; ``python -m benchmarks --only fuzz`` tries thousands."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import (
    data_cases,
    data_csv,
    data_folder,
    data_lines,
    data_parquet,
    data_side,
    data_spec,
)
from tests.fuzz.case import ACCEPTED, FAILED, REFUSED, Case, judge, require

PARTS = {
    "csv": data_csv,
    "lines": data_lines,
    "parquet": data_parquet,
    "folder": data_folder,
    "side": data_side,
    "spec": data_spec,
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


# Every seventh of what is known to break readers (of the longest lists every 50th); the benchmark
# tries all of it.
@pytest.mark.parametrize(
    ("part", "step"),
    [("csv", 23), ("lines", 7), ("parquet", 41), ("folder", 67), ("side", 41), ("spec", 17)],
)
def test_what_is_known_to_break_readers(part: str, step: int, place: Path) -> None:
    for case in islice(PARTS[part].corpus(place), 0, None, step):
        require(case)


@settings(max_examples=40)
@given(random=st.randoms(use_true_random=False), part=st.sampled_from(sorted(PARTS)))
def test_damage_nobody_thought_of(random: Random, part: str, place: Path) -> None:
    require(PARTS[part].mutated(random, place))


def test_the_same_seed_gives_the_same_cases(place: Path) -> None:
    first, again, other = (
        [case.name for case in data_cases.cases(seed, 40, place)] for seed in (1, 1, 2)
    )
    assert first == again != other


@pytest.mark.parametrize(
    ("refused", "says", "status"),
    [(None, "x", REFUSED), (True, "x", REFUSED), (False, "x", FAILED), (None, "file", FAILED)],
)
def test_a_refusal_is_judged(refused: bool | None, says: str, status: str) -> None:
    from lis_sim.errors import DataError

    def refuse() -> None:
        raise DataError("x is wrong")

    assert judge(Case("any", "one", refuse, says, refused)).status == status


def test_what_is_no_error_of_ours_fails() -> None:
    def crash() -> None:
        raise UnicodeError("library")

    def endless() -> None:
        while True:
            pass

    assert judge(Case("any", "one", crash)).status == FAILED
    assert judge(Case("any", "one", endless), seconds=0.05).status == FAILED
    assert judge(Case("any", "one", lambda: None)).status == ACCEPTED
    assert judge(Case("any", "one", lambda: None, refused=True)).status == FAILED
