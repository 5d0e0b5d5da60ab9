"""Cases of decoded copies in the cache: what is damaged there is made again, never believed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from random import Random

from lis_sim.config import DataConfig
from lis_sim.data.dataset import Dataset
from lis_sim.training.source import open_source
from tests.fuzz.case import Case
from tests.fuzz.settings_damage import damaged

_WORLD = {"events": 800, "users": 30, "items": 20, "seed": 5}


@dataclass(frozen=True)
class Copied:
    """A generated log with its decoded copies, and the digest of its rows."""

    folder: Path

    @cached_property
    def digest(self) -> str:
        return digest(open_source(self._config(False)))

    @cached_property
    def whole(self) -> dict[Path, bytes]:
        """What the copies are before anybody touches them."""
        digest(self.dataset())
        copies = self.folder / "cache" / "decoded"
        return {path: path.read_bytes() for path in sorted(copies.rglob("*")) if path.is_file()}

    def dataset(self) -> Dataset:
        return open_source(self._config(True))

    def _config(self, decoded: bool) -> DataConfig:
        cache = str(self.folder / "cache")
        return DataConfig(synthetic=_WORLD, cache=cache, decoded=decoded)


def digest(dataset: Dataset) -> str:
    """Return a digest of all rows of a log."""
    found = hashlib.blake2b()
    for block in dataset.blocks(0, dataset.rows):
        for values in (block.user, block.item, block.time_us, block.label, block.categorical):
            found.update(values.tobytes())
    return found.hexdigest()


def cache_cases(seed: int, folder: Path) -> Iterator[Case]:
    """Yield, for ever, decoded copies of which a file is damaged."""
    copied = Copied(folder / "caches")
    assert copied.whole, "the log has no decoded copies"
    number = 0
    while True:
        random = Random(f"{seed} cache {number}")
        yield Case("decoded copy", str(number), partial(_try, copied, random), refused=False)
        number += 1


def _try(copied: Copied, random: Random) -> None:
    for path, data in copied.whole.items():
        if not path.is_file() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    path = random.choice(sorted(copied.whole))
    if random.random() < 0.2:
        path.unlink()
    else:
        path.write_bytes(damaged(copied.whole[path], random))
    assert digest(copied.dataset()) == copied.digest, "rows of a damaged copy were believed"
