"""A small log, rows to append to it, and what is to be compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lis_sim.data.dataset import Dataset
from lis_sim.data.import_spec import Feature, ImportSpec, RawTable
from lis_sim.data.importing import import_log
from tests.unit.data.logs import FIRST_S

S = 1_000_000
HEAD = "user,item,time,label,place\n"
Row = tuple[str, str, int, int, str]


def csv(path: Path, rows: list[Row]) -> Path:
    lines = [f"{u},{i},{FIRST_S + t},{y},{p}\n" for u, i, t, y, p in rows]
    path.write_text(HEAD + "".join(lines), encoding="utf-8")
    return path


def spec_of(path: Path) -> ImportSpec:
    return ImportSpec(
        "small",
        RawTable((path.name,)),
        *("user", "item", "time", "label"),
        categorical=(Feature("place"),),
        folder=path.parent,
    )


FIRST: list[Row] = [("a", "x", 0, 1, "p"), ("b", "y", 5, 0, "q"), ("a", "y", 9, 0, "p")]
LATER: list[Row] = [("c", "y", 12, 1, "r"), ("a", "z", 10, 1, "q"), ("b", "w", 9, 1, "p")]


LATER_STILL: list[Row] = [("z", "z", 99, 1, "p")]


def imported(folder: Path) -> Dataset:
    folder.mkdir(parents=True, exist_ok=True)
    return import_log(spec_of(csv(folder / "first.csv", FIRST)), folder / "log")


def columns_of(dataset: Dataset) -> dict[str, list[float]]:
    (block,) = dataset.blocks()
    arrays: dict[str, Any] = {"user": block.user, "item": block.item, "label": block.label}
    arrays |= {"time": block.time_us, "place": block.categorical[:, 0]}
    return {name: one.tolist() for name, one in arrays.items()}


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }
