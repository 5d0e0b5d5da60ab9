"""What decides a run's numbers: the same identity, the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lis_sim
from lis_sim.config import RunConfig
from lis_sim.data.dataset import Dataset
from lis_sim.plain import own_code
from lis_sim.preference import PreferenceSpec
from lis_sim.preference.kinds import kind_of, own_kind
from policies.catalogue import own_policy
from policies.own import own_class


def run_identity(config: RunConfig, dataset: Dataset) -> dict[str, Any]:
    """Return the deciding settings, fingerprints of all data and the version, as plain values.

    A dataset's own fingerprint covers events and ids. What a run uses beside them (tables,
    pairs, a builder of the user's own) is hashed here, file by file: replacing one makes another
    run. So does another text in the file of a policy of the user's own.
    """
    files = _used_files(config, dataset.path)
    identity: dict[str, Any] = {
        "settings": config.deciding(),
        "data": {
            "events": dataset.fingerprint,
            "representations": {name: file_hash(files[name]) for name in sorted(files)},
        },
        "lis_sim": lis_sim.__version__,
    }
    policy = own_policy(config.policy.name)
    return identity if policy is None else identity | {"code": {policy: own_hash(policy)}}


def own_hash(policy: str) -> str:
    """Return a hash of the file that a policy of the user's own is written in.

    What that file imports is not in it.
    """
    file = own_code.source_file(own_class(policy))
    return "no file" if file is None else file_hash(file)


def code_used(config: RunConfig, identity: Mapping[str, Any]) -> dict[str, str]:
    """Return, by import path, the hashes of the files with code of the user's own."""
    known = identity["data"]["representations"]
    kinds = [(one.kind, own_kind(one.kind)) for one in config.preferences]
    found = {path: known[kind] for kind, path in kinds if path is not None and kind in known}
    return {**identity.get("code", {}), **found}


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
