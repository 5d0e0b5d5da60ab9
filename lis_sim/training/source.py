"""The dataset a config names: opened, imported once, or generated once."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from lis_sim.config import DataConfig, expand_variables
from lis_sim.data.cache import cached_import, imported
from lis_sim.data.dataset import Dataset
from lis_sim.data.decoded import decoded
from lis_sim.data.locking import locked
from lis_sim.data.presets import load_preset
from lis_sim.data.record import RECORD_FILE
from lis_sim.data.storing import storing
from lis_sim.data.synthetic import SyntheticSpec, parse_synthetic, write_synthetic
from lis_sim.errors import ConfigError, DataError

_ELSEWHERE = "nothing was written; data.cache, or LIS_SIM_CACHE, can name another folder"


def open_source(config: DataConfig) -> Dataset:
    """Return the dataset of ``config``, importing or generating it when the cache lacks it.

    Its path is absolute: workers of an engine run in other folders. Two runs that need the
    same log do not make it twice: the second waits. With ``data.decoded`` the rows are decoded once
    in the cache, for all who read them, if it takes them.
    """
    cache = cache_folder(config)
    dataset = _opened(config, cache)
    return decoded(dataset, cache) if config.decoded else dataset


def _opened(config: DataConfig, cache: Path) -> Dataset:
    if config.synthetic is not None:
        return _generated(parse_synthetic(config.synthetic), cache)
    source = config.source or ""
    if config.preset is None:
        return Dataset.open(_folder(source))
    spec = load_preset(config.preset)
    try:
        folder = _folder(source)
    except ConfigError as error:
        raise DataError(f"{error}; the data: {spec.homepage}") from error
    found = imported(spec.at(folder), cache)
    if found is not None:
        return found
    with storing(cache, _ELSEWHERE), locked(cache / spec.name, wait=True):
        return cached_import(spec.at(folder), cache)


def cache_folder(config: DataConfig) -> Path:
    """Return the absolute folder of what is imported, generated and decoded for ``config``."""
    cache = Path(expand_variables(config.cache)) if config.cache else default_cache()
    return cache.expanduser().resolve()


def default_cache() -> Path:
    """Return ``$LIS_SIM_CACHE``, else ``lis-sim`` in the user's cache folder."""
    if own := os.environ.get("LIS_SIM_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lis-sim"


def _folder(source: str) -> Path:
    return Path(expand_variables(source)).expanduser().resolve()


def _generated(spec: SyntheticSpec, cache: Path) -> Dataset:
    key = hashlib.blake2b(repr(spec).encode(), digest_size=8).hexdigest()
    folder = cache / f"synthetic-{key}"
    if not (folder / RECORD_FILE).is_file():
        with storing(cache, _ELSEWHERE), locked(folder, wait=True):
            if not (folder / RECORD_FILE).is_file():  # another process was faster
                return write_synthetic(spec, folder, replace=True)
    return Dataset.open(folder)
