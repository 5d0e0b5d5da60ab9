"""What ``log.jsonl`` of a live run must look like: which parts of its log were taken in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lis_sim.data.growing import Growth
from lis_sim.data.names import is_plain
from lis_sim.data.part import Counts
from lis_sim.errors import RunError
from lis_sim.plain import as_object
from lis_sim.plain.shape import COUNT, TEXT, TIME_US, Each, Group, check_shape
from lis_sim.training.lines import complete_lines

_MOST = 2**53  # of anything that is counted; arrays are made of such sizes
_COUNTS = Group(
    {
        **dict.fromkeys(("rows", "positives", "users", "items"), COUNT),
        "categorical": Each(COUNT),
        "end_us": TIME_US,
    }
)
_LINE = Group(
    {"parts": Each(Group({"file": TEXT, "rows": COUNT, "bytes": COUNT, "counts": _COUNTS}))}
)


def read_growths(path: Path) -> list[Growth]:
    """Return the parts that the ledger ``path`` of a live run names, in the order they came in.

    Raises:
        RunError: a line is not what a run writes, or its counts do not follow from those before.
    """
    found: list[Growth] = []
    for number, line in enumerate(complete_lines(path), 1):
        where = f"{path}, line {number}"
        content = as_object(line, where)
        check_shape(content, _LINE, where)
        for entry in content["parts"]:
            growth = _growth(entry)
            _check_follows(growth, found, where)
            found.append(growth)
    return found


def _growth(entry: Mapping[str, Any]) -> Growth:
    counts = dict(entry["counts"]) | {"categorical": tuple(entry["counts"]["categorical"])}
    known = {name: counts[name] for name in Counts.__dataclass_fields__}
    return Growth(entry["file"], entry["rows"], entry["bytes"], Counts(**known))


def _check_follows(growth: Growth, before: list[Growth], where: str) -> None:
    for problem in _problems(growth, before):
        raise RunError(
            f"{where} is not what a run writes: part {growth.file!r:.100} {problem}; the file was "
            "changed: copy it back, or begin again with --restart"
        )


def _problems(growth: Growth, before: list[Growth]) -> Iterator[str]:
    counts = growth.counts
    if not is_plain(growth.file):
        yield "is no name of a file"
    if max(counts.rows, counts.users, counts.items, *counts.categorical, growth.bytes) > _MOST:
        yield "counts more than there can be"
    if counts.positives > counts.rows or max(counts.users, counts.items) < 1:
        yield "counts more engagements than events, or nobody"
    if not before:
        return
    last = before[-1].counts
    # What dataset.json lists at first is counted at once: every part of it has the same counts.
    rows = sum(one.rows for one in (*before, growth))
    if counts.rows != last.rows and counts.rows != rows:
        yield f"brings the log to {counts.rows:,} events, but the parts hold {rows:,}"
    if counts.end_us < last.end_us or len(counts.categorical) != len(last.categorical):
        yield "ends before the part before it, or has other columns"
    if growth.file in {one.file for one in before}:
        yield "is taken in twice"
