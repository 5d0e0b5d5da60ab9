"""A small dataset of every kind of file, made once and copied for each case that damages it."""

from __future__ import annotations

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa
import pyarrow.parquet as pq

from lis_sim.data.dataset import Dataset
from lis_sim.data.import_spec import Feature, ImportSpec, ItemsSource, RawTable
from lis_sim.data.import_spec import RepresentationSource as Vectors
from lis_sim.data.importing import import_log
from lis_sim.data.preferences_file import PairsFile
from lis_sim.data.preferences_import import import_pairs

ROWS = 40
LOG = "user,item,time,label,known,place,price,paid\n" + "".join(
    f"u{at % 7},i{at % 5},{1_700_000_000 + at},{at % 2},{1_700_000_009 + at},{'abc'[at % 3]},"
    f"{at / 8},{at}\n"
    for at in range(ROWS)
)
ITEMS = "item,genre\n" + "".join(f"i{at},{'xy'[at % 2]}\n" for at in range(8))
PAIRS = "item_a,item_b,weight,time,user\n" + "".join(
    f"i{at % 5},i{(at + 1) % 5},{at + 1},{1_700_000_000 + at},u{at % 7}\n" for at in range(9)
)
SPEC = ImportSpec(
    "fuzzed",
    RawTable(("log.csv",)),
    *("user", "item", "time", "label"),
    label_time="known",
    categorical=(Feature("place"),),
    numeric=(Feature("price"),),
    outcomes=("paid",),
    items=ItemsSource(RawTable(("items.csv",)), "item", (Feature("genre"),)),
    representations=(Vectors("vectors", "vectors.parquet", trained_until="2023-11-14"),),
)


def vectors() -> pa.Table:
    """Return vectors of four items."""
    rows = [[float(at), 1.0, -at / 2] for at in range(4)]
    return pa.table({"item_id": [f"i{at}" for at in range(4)], "vector": rows})


def raw_files(folder: Path) -> ImportSpec:
    """Write the raw files into ``folder`` and return how to import them."""
    (folder / "log.csv").write_text(LOG)
    (folder / "items.csv").write_text(ITEMS)
    (folder / "pairs.csv").write_text(PAIRS)
    pq.write_table(vectors(), folder / "vectors.parquet")
    return SPEC.at(folder)


@cache
def made() -> Path:
    """Return the folder of a dataset that nobody may change."""
    folder = Path(mkdtemp(prefix="lis-sim-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    import_log(raw_files(folder), folder / "world")
    pairs = PairsFile(folder / "pairs.csv", time="time", user="user")
    import_pairs(Dataset.open(folder / "world"), pairs, "pairs")
    return folder


def copied(place: Path) -> Path:
    """Return a copy of the dataset, below ``place``."""
    return Path(shutil.copytree(made() / "world", place / "world"))
