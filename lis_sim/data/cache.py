"""Import once: a cache of datasets keyed by the spec and the raw files."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from lis_sim.data.dataset import Dataset
from lis_sim.data.import_spec import ImportSpec
from lis_sim.data.importing import Progress, import_log
from lis_sim.data.raw_files import find_files
from lis_sim.data.record import RECORD_FILE, SCHEMA_VERSION
from lis_sim.errors import DataError, StorageError

_SAMPLE_BYTES = 1 << 20


def cached_import(
    spec: ImportSpec,
    cache_dir: Path,
    memory_limit: str = "1GB",
    progress: Progress | None = None,
) -> Dataset:
    """Return the dataset of ``spec``, importing it only when ``cache_dir`` lacks it.

    A raw file counts as unchanged when its name, size, modification time, first and last MiB
    are: whoever rewrites the middle of a file and puts the old time back gets the old import.
    """
    found = imported(spec, cache_dir)
    if found is not None:
        return found
    try:
        return import_log(spec, _folder(spec, cache_dir), memory_limit, progress)
    except (DataError, StorageError):
        found = imported(spec, cache_dir)  # another process was faster
        if found is None:
            raise
        return found


def imported(spec: ImportSpec, cache_dir: Path) -> Dataset | None:
    """Return the dataset of ``spec`` that is in ``cache_dir``, which nobody need be able to write.

    None: it has not been imported there.
    """
    out = _folder(spec, cache_dir)
    return Dataset.open(out) if (out / RECORD_FILE).is_file() else None


def _folder(spec: ImportSpec, cache_dir: Path) -> Path:
    return cache_dir / f"{spec.name}-{import_key(spec)}"


def import_key(spec: ImportSpec) -> str:
    """Return the fingerprint of a spec and of the raw files it names, 16 hex digits."""
    digest = hashlib.blake2b(digest_size=8)
    digest.update(f"{SCHEMA_VERSION}\0{replace(spec, folder=Path())!r}".encode())
    for path in _files(spec):
        status = path.stat()
        digest.update(f"\0{path.name}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
        with path.open("rb") as file:
            digest.update(file.read(_SAMPLE_BYTES))
            file.seek(max(0, status.st_size - _SAMPLE_BYTES))
            digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()


def _files(spec: ImportSpec) -> list[Path]:
    files = find_files(spec.log, spec.folder, spec.homepage)
    if spec.items is not None:
        files += find_files(spec.items.table, spec.folder, spec.homepage)
    tables = (spec.path(source.file) for source in spec.representations)
    return [*files, *(path for path in tables if path.is_file())]
