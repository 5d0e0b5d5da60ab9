"""What decides a run's numbers: the same identity, the same bytes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import lis_sim
from lis_sim.config import RunConfig
from lis_sim.data.dataset import Dataset
from lis_sim.preference import PreferenceSpec
from lis_sim.preference.kinds import kind_of


def run_identity(config: RunConfig, dataset: Dataset) -> dict[str, Any]:
    """Return the deciding settings, fingerprints of all data and the version, as plain values.

    A dataset's own fingerprint covers events and ids. What a run uses beside them (tables,
    pairs, a builder of the user's own) is hashed here, file by file: replacing one makes another
    run.
    """
    files = _used_files(config, dataset.path)
    return {
        "settings": config.deciding(),
        "data": {
            "events": dataset.fingerprint,
            "representations": {name: file_hash(files[name]) for name in sorted(files)},
        },
        "lis_sim": lis_sim.__version__,
    }


def _used_files(config: RunConfig, folder: Path) -> dict[str, Path]:
    """Return, by what to call them, the files that a run reads beside the log."""
    tables = folder / "representations"
    own = (*config.representations, *filter(None, [config.content]))
    files = {name: tables / f"{name}.parquet" for name in own}
    for one in config.preferences:
        spec = PreferenceSpec(one.name, one.kind, one.settings, one.per_user)
        files |= kind_of(one.name, one.kind).files(spec, folder)
    return files


def file_hash(path: Path) -> str:
    """Return a hash of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
