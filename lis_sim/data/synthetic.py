"""Write a synthetic world, whose truth is known, as a dataset folder."""

from __future__ import annotations

from dataclasses import replace as with_fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lis_sim.data import representations
from lis_sim.data.dataset import Dataset
from lis_sim.data.storing import storing
from lis_sim.data.world import DEVICES, SURFACES, World, make_world
from lis_sim.data.world_content import content_tables
from lis_sim.data.world_events import Events, draw_events
from lis_sim.data.world_outcomes import OUTCOMES, outcome_columns
from lis_sim.data.world_spec import SyntheticSpec, parse_synthetic
from lis_sim.data.writer import DatasetWriter, describe_events
from lis_sim.types import Float32, Int32, Int64

__all__ = [
    "SyntheticSpec",
    "World",
    "draw_events",
    "make_world",
    "parse_synthetic",
    "write_synthetic",
]

CATEGORICAL = ("category", "device", "surface", "position")


def write_synthetic(spec: SyntheticSpec, out: Path, replace: bool = False) -> Dataset:
    """Write the world of ``spec`` as a dataset folder with its content representations.

    Equal specs give equal bytes. Original ids are ``u<index>`` and ``i<index>`` of the world.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = write_synthetic(SyntheticSpec(events=500, users=30), Path(folder) / "world")
    ...     log.representations(), log.record.outcomes
    (('content', 'image', 'text'), ('dwell', 'conversion', 'bayes_logit'))
    """
    world = make_world(spec)
    users, items = FirstAppearance(spec.users), FirstAppearance(spec.items)
    with (
        storing(out, "nothing was written, and what was there is as it was"),
        DatasetWriter(out, replace) as writer,
    ):
        rate: float | None = None
        for events in draw_events(spec, world):
            rate = float(events.probability.mean()) if rate is None else rate
            outcomes = outcome_columns(spec, world, events, rate)
            writer.events.append(_table(events, world, users, items, outcomes))
        writer.events.close()
        items.append_unseen()
        _write_sides(writer, world, users, items)
        for table in content_tables(spec, world, items.order()):
            path = writer.folder / "representations" / f"{table.name}.parquet"
            representations.write_table(path, table)
        vocabularies = _vocabularies(spec, users, items)
        for name, ids in vocabularies.items():
            writer.vocabulary(name, ids)
        record = describe_events(writer.events, "synthetic", vocabularies, CATEGORICAL, ())
        record = with_fields(record, outcomes=(*OUTCOMES, *spec.signals))
        return Dataset.open(writer.finish(record))


class FirstAppearance:
    """Renumbers world indices by first appearance in the log."""

    def __init__(self, size: int) -> None:
        self._index = np.full(size, -1, dtype=np.int32)
        self._seen = 0

    def __call__(self, values: Int64) -> Int32:
        """Return the dense indices of ``values``, numbering new ones in order."""
        new, first = np.unique(values, return_index=True)
        fresh = self._index[new] < 0
        order = new[fresh][np.argsort(first[fresh], kind="stable")]
        self._index[order] = self._seen + np.arange(len(order), dtype=np.int32)
        self._seen += len(order)
        return self._index[values]

    def append_unseen(self) -> None:
        """Number the indices that never appeared after all others."""
        unseen = np.flatnonzero(self._index < 0)
        self._index[unseen] = self._seen + np.arange(len(unseen), dtype=np.int32)
        self._seen += len(unseen)

    def order(self) -> Int64:
        """Return the world index of every dense index, int64 ``(seen,)``."""
        seen = np.flatnonzero(self._index >= 0)
        return seen[np.argsort(self._index[seen])]


def _table(
    events: Events,
    world: World,
    users: FirstAppearance,
    items: FirstAppearance,
    outcomes: dict[str, Float32],
) -> pa.Table:
    columns: dict[str, Any] = {
        "user": users(events.user),
        "item": items(events.item),
        "time": events.time_us,
        "label": events.label.astype(np.float32),
        "category": world.category[events.item],
        "device": events.device,
        "surface": events.surface,
        "position": events.position,
        **outcomes,
    }
    return pa.table({name: pa.array(values) for name, values in columns.items()})


def _vocabularies(
    spec: SyntheticSpec, users: FirstAppearance, items: FirstAppearance
) -> dict[str, pa.Array[Any]]:
    return {
        "user": pa.array([f"u{index}" for index in users.order()], pa.string()),
        "item": pa.array([f"i{index}" for index in items.order()], pa.string()),
        "category": pa.array([f"c{index}" for index in range(spec.categories)]),
        "device": pa.array(DEVICES),
        "surface": pa.array(SURFACES),
        "position": pa.array([str(rank) for rank in range(1, spec.positions + 1)]),
    }


def _write_sides(
    writer: DatasetWriter, world: World, users: FirstAppearance, items: FirstAppearance
) -> None:
    by_index = items.order()
    dense = np.arange(len(by_index), dtype=np.int32)
    writer.side_table("users", {"user": pa.array(np.arange(len(users.order()), dtype=np.int32))})
    writer.side_table(
        "items",
        {
            "item": pa.array(dense),
            "category": pa.array(world.category[by_index]),
            "born_us": pa.array(world.born_us[by_index]),
        },
    )
