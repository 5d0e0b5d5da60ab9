"""Vectors of a category's values, given to the items that have them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lis_sim.data.future import FutureDoor
from lis_sim.errors import ConfigError
from lis_sim.preference.co_click import ItemVectors
from lis_sim.preference.evidence import Evidence
from lis_sim.types import Bool, EventBlock, Int32

_UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Level:
    """What vectors are made of: the values of a column that belongs to the items.

    Given by the catalogue, a value is known of every item, and an item nobody has met yet has
    its value's vector. Found in the log, it is known once evidence holds an event of the item.
    Mean and RMS of what arms are shown are in both cases those of the items met so far: who
    counted the whole catalogue would tell which items are still to come.

    >>> import numpy as np
    >>> built = ItemVectors(np.eye(2), np.array([0.5, 0.7]), np.array([True, False]))
    >>> level = Level(np.array([1, 0, 0]), values=2, catalogue=True)
    >>> items = level.to_items(built, met=np.array([False, False, True]))
    >>> items.supported.tolist(), items.counted.tolist()
    ([False, True, True], [False, False, True])
    """

    value: Int32  # (I,) of every item; -1: unknown
    values: int
    catalogue: bool  # known of every item from the start

    def of(self, evidence: Evidence) -> Evidence:
        """Return ``evidence`` about values instead of items."""
        return Evidence(self.value[evidence.item], evidence.label, evidence.start)

    def to_items(self, built: ItemVectors, met: Bool) -> ItemVectors:
        """Give items their value's vector; ``met`` ``(I,)``: the items evidence has events of."""
        known = np.ones(len(met), np.bool_) if self.catalogue else met
        supported = known & built.supported[self.value]
        return ItemVectors(
            np.where(supported[:, None], built.directions[self.value], 0.0),
            np.where(supported, built.rate[self.value], 0.0),
            supported,
            supported & met,
        )


def read_level(door: FutureDoor, column: str) -> Level:
    """Find the values of the categorical ``column``: in the items table, or else in the log.

    Raises :class:`ConfigError` where an item has several: then it is the events' column.
    """
    dataset = door.dataset
    sizes = {one.name: one.size for one in dataset.schema.categorical}
    if column in dataset.item_columns():
        return Level(dataset.item_values(column), sizes[column], catalogue=True)
    at = list(sizes).index(column)
    value = np.full(dataset.schema.items, _UNKNOWN, np.int32)
    # An item's value is the same in all its events, so which one it is read from tells nothing.
    for stamped in door.read(0, dataset.end_us + 1, dataset.start_us):
        _note(value, stamped.block, at, column)
    return Level(value, sizes[column], catalogue=False)


def _note(value: Int32, block: EventBlock, at: int, column: str) -> None:
    """Write the items' values of one block into ``value`` ``(I,)``."""
    item, first = np.unique(block.item, return_index=True)
    value[item] = np.where(value[item] == _UNKNOWN, block.categorical[first, at], value[item])
    other = block.categorical[:, at] != value[block.item]
    if other.any():
        row = int(np.argmax(other))
        raise ConfigError(
            f"co_click.level is '{column}', but item {block.item[row]} has another value in row "
            f"{block.first_row + row:,} of the log than before; accepted: a column in which every "
            "item has one value"
        )
