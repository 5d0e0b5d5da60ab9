"""What decides a run's numbers: the same identity, the same bytes."""

from __future__ import annotations

import hashlib
from typing import Any

import lis_sim
from lis_sim.config import RunConfig
from lis_sim.data.dataset import Dataset


def run_identity(config: RunConfig, dataset: Dataset) -> dict[str, Any]:
    """Return the deciding settings, fingerprints of all data and the version, as plain values.

    A dataset's own fingerprint covers events and ids. The representations a run uses are
    hashed here, file by file: replacing one makes another run.
    """
    return {
        "settings": config.deciding(),
        "data": {
            "events": dataset.fingerprint,
            "representations": {
                name: _file_hash(dataset, name) for name in sorted(_used_tables(config))
            },
        },
        "lis_sim": lis_sim.__version__,
    }


def _used_tables(config: RunConfig) -> set[str]:
    of_preferences = (p.settings.get("tables", ()) for p in config.preferences if p.kind == "table")
    return {*config.representations, *(str(name) for names in of_preferences for name in names)}


def _file_hash(dataset: Dataset, name: str) -> str:
    path = dataset.path / "representations" / f"{name}.parquet"
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
