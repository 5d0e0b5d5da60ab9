"""All cases of data, shuffled: what is known to break readers, then as much damage as is asked."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from random import Random

from tests.fuzz import data_csv, data_folder, data_lines, data_parquet, data_side, data_spec
from tests.fuzz.case import Case

PARTS = (data_csv, data_lines, data_parquet, data_folder, data_side, data_spec)


def cases(seed: int, count: int, folder: Path) -> Iterator[Case]:
    """Yield ``count`` cases that work below ``folder``; the same seed gives the same ones."""
    random = Random(seed)
    known = [case for part in PARTS for case in part.corpus(folder)]
    random.shuffle(known)
    # A quarter is damage that nobody thought of, as far as there is enough of the other.
    known = known[: count - count // 4]
    yield from islice(chain(known, _endless(random, folder)), count)


def _endless(random: Random, folder: Path) -> Iterator[Case]:
    while True:
        yield random.choice(PARTS).mutated(random, folder)
