"""``table``: item vectors somebody else built from preference data, stamped with their time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lis_sim.data.dataset import Dataset
from lis_sim.errors import ConfigError
from lis_sim.preference.scaling import projected, standardised
from lis_sim.types import Bool, Float32, RepresentationTable


class StampedTables:
    """Versions of one table, each ``trained_until`` a time. Version -1 holds nothing."""

    def __init__(
        self, name: str, dataset: Dataset, settings: Mapping[str, Any], dimensions: int
    ) -> None:
        tables = [dataset.representation(t) for t in names_of(name, settings)]
        tables.sort(key=lambda table: _stamp(name, table))
        widths = {int(table.vectors.shape[1]) for table in tables}
        if len(widths) > 1:
            raise ConfigError(
                f"preference '{name}': versions have {sorted(widths)} dimensions; "
                "accepted: the same in all"
            )
        items = dataset.schema.items
        self.dimensions = min(dimensions, widths.pop())
        self._stamps = [_stamp(name, table) for table in tables]
        self._scaled = [scaled_table(table, items, dimensions) for table in tables]
        self._nothing = (np.zeros((items, self.dimensions), np.float32), np.zeros(items, bool))

    def version(self, time_us: int) -> int:
        """Return the newest version trained before ``time_us``; -1: there is none."""
        return sum(stamp < time_us for stamp in self._stamps) - 1

    def vectors(self, version: int) -> tuple[Float32, Bool]:
        """Return vectors ``(I, d)`` and support ``(I,)`` of a version."""
        return self._nothing if version < 0 else self._scaled[version]


def scaled_table(table: RepresentationTable, items: int, dimensions: int) -> tuple[Float32, Bool]:
    """Lay a table out over all items, projected to ``dimensions`` and standardised."""
    vectors = np.zeros((items, table.vectors.shape[1]))
    supported = np.zeros(items, bool)
    vectors[table.item] = table.vectors
    supported[table.item] = True
    return standardised(projected(vectors, supported, dimensions), supported), supported


def _stamp(name: str, table: RepresentationTable) -> int:
    if table.trained_until_us is None:
        raise ConfigError(
            f"preference '{name}': table '{table.name}' has no trained_until, so nobody "
            "can tell what it has seen; import it with trained_until, or compare it as a "
            "representation (representations: [...]) instead"
        )
    return table.trained_until_us


def names_of(name: str, settings: Mapping[str, Any]) -> Sequence[str]:
    """Return the tables named by the settings of the preference data set ``name``."""
    tables = settings.get("tables")
    if set(settings) != {"tables"} or not isinstance(tables, list | tuple) or not tables:
        raise ConfigError(
            f"preference '{name}' of kind table got {dict(settings)}; accepted: "
            "tables: [NAME, ...], names of the dataset's representations with trained_until"
        )
    return [str(t) for t in tables]
