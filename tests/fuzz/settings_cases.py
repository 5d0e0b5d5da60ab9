"""All cases of settings and of the folders that commands read again, sorts in turn."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from tests.fuzz.case import Case
from tests.fuzz.settings_caches import cache_cases
from tests.fuzz.settings_checkpoints import checkpoint_cases
from tests.fuzz.settings_live_folder import live_folder_cases
from tests.fuzz.settings_parts import part_cases
from tests.fuzz.settings_run_folder import run_folder_cases
from tests.fuzz.settings_search_folder import search_folder_cases
from tests.fuzz.settings_yaml import config_cases, override_cases

# Those of settings take milliseconds, a run that goes on from a checkpoint a tenth of a second.
_IN_TURN = "cococpcocorcocscococpcocokcocorcococpcocolcocorcocpcocoacoco"


def cases(seed: int, count: int, folder: Path) -> Iterator[Case]:
    """Yield ``count`` cases; equal seeds give equal cases. Files are written below ``folder``."""
    sorts = {
        "c": config_cases(seed, folder),
        "o": override_cases(seed, folder),
        "p": part_cases(seed, folder),
        "r": run_folder_cases(seed, folder),
        "s": search_folder_cases(seed, folder),
        "k": checkpoint_cases(seed, folder),
        "l": live_folder_cases(seed, folder),
        "a": cache_cases(seed, folder),
    }
    return islice((next(sorts[letter]) for letter in cycle(_IN_TURN)), count)
