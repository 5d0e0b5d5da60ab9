"""A log that was physically cut: the oracle of a run over the first windows alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lis_sim.data.dataset import Dataset
from lis_sim.data.preferences import NOBODY
from tests.unit.training.growing import begun


def physically_cut(world: Dataset, out: Path, rows: int) -> Dataset:
    """Write the dataset there would be if the log of ``world`` had ended after so many ``rows``.

    Made with Arrow alone: counts, tables, pairs and items' columns end with the events.
    """
    begun(world, out, rows)
    events = pq.read_table(out / "events" / "part-00000.parquet")
    path = out / "dataset.json"
    content = json.loads(path.read_text())
    for column in content["categorical"]:
        column["size"] = int(np.max(events.column(column["name"]).to_numpy())) + 1
    path.write_text(json.dumps(content))
    for table in (out / "representations").glob("*.parquet"):
        _keep_known(table, ["item"], content["items"])
    for pairs in (out / "preferences").glob("*.parquet"):
        _keep_known(pairs, ["item_a", "item_b"], content["items"])
        _keep_known(pairs, ["time"], content["end_us"] + 1)
        _forget_users(pairs, content["users"])
    items = out / "items.parquet"
    pq.write_table(pq.read_table(items).slice(0, content["items"]), items)
    return Dataset.open(out)


def other_after(world: Dataset, out: Path, rows: int) -> Dataset:
    """Copy ``world`` and give the events after ``rows`` other labels and items."""
    shutil.copytree(world.path, out)
    first = 0
    for part in world.record.files:
        path = out / "events" / part.name
        table = pq.read_table(path)
        at = max(0, min(rows - first, part.rows))
        label = table.column("label").to_numpy().copy()
        label[at:] = 1 - label[at:]
        item = table.column("item").to_numpy().copy()
        item[at:] = item[at:][::-1]
        for name, values in (("label", label), ("item", item)):
            field = table.schema.field(name)
            place = table.schema.get_field_index(name)
            table = table.set_column(place, field, pa.array(values, field.type))
        pq.write_table(table, path)
        first += part.rows
    return Dataset.open(out)


def _keep_known(path: Path, columns: list[str], below: int) -> None:
    table = pq.read_table(path)
    for column in columns:
        table = table.filter(pa.array(table.column(column).to_numpy() < below))
    pq.write_table(table, path)


def _forget_users(path: Path, below: int) -> None:
    """Make users who come later nobody of the log, as importing the pairs would."""
    table = pq.read_table(path)
    user = table.column("user").to_numpy()
    known = pa.array(np.where(user < below, user, np.int32(NOBODY)))
    pq.write_table(table.set_column(table.schema.get_field_index("user"), "user", known), path)
