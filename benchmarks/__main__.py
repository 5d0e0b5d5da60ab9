"""``python -m benchmarks [--only NAME] [--json]``: measure, print the figures, exit with 0.

Every benchmark is a module of this folder with a function ``figures() -> list[Figure]``; those
with other arguments are commands of their own. Without a name all of ``NAMES`` are run; those of
``ON_REQUEST`` take up to an hour each, or all cores, and are run only by name. A bar
(``benchmarks/bars.py``) is also run by its own name.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.bars import BARS
from lis_sim.errors import LisSimError, nearest
from lis_sim.experiments.figure import Figure
from lis_sim.experiments.page import COLUMNS, figure_cells

NAMES = (
    "peers_bars",  # first: without its environment it ends the command, then at once
    "drift",
    "beside",
    "decoding",
    "five_arms",
    "import_formats",
    "kernels",
    "metrics",
    "monitoring",
    "report",
    "representations",
    "score_file",
    "search_found",
    "search_cost",
    "search_noise",
    "search_baseline",
    "tower",
)
ON_REQUEST = (
    "chaos",
    "checkpoints",
    "fuzz",
    "import_memory",
    "memory_ratio",
    "scale",
    "soak",
    "two_workers",
)
_WIDE = 140  # characters
_BARS = tuple(bar.name for bar in BARS)


def main(arguments: Sequence[str] | None = None, out: TextIO = sys.stdout) -> int:
    """Run the benchmarks asked for; return the exit code: 0 when they ran, met or not."""
    known = (*NAMES, *ON_REQUEST, *_BARS)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", metavar="NAME", help=f"one of {', '.join(known)}")
    parser.add_argument("--json", action="store_true", help="print one object on stdout")
    given = parser.parse_args(arguments)
    if given.only is not None and given.only not in known:
        parser.error(
            f"no benchmark is called '{given.only}'{nearest(given.only, known)}; accepted: "
            f"{', '.join(known)}"
        )
    names = NAMES if given.only is None else (given.only,)
    try:
        found = [one for name in names for one in _figures(name)]
    except LisSimError as error:
        print(error, file=sys.stderr)
        return 1
    if given.json:
        print(json.dumps({"figures": [one.record() for one in found]}, allow_nan=False), file=out)
    else:
        # In a file or a pipe there is room for the details beside the figure.
        _print(found, Console(file=out, width=None if out.isatty() else _WIDE))
    return 0


def _figures(name: str) -> list[Figure]:
    print(f"benchmark {name}", file=sys.stderr)
    found: list[Figure]
    if name in _BARS:
        found = importlib.import_module("benchmarks.peers_bars").figures(name)
    else:
        found = importlib.import_module(f"benchmarks.{name}").figures()
    return found


def _print(figures: Sequence[Figure], console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    for name in COLUMNS:
        table.add_column(name, overflow="fold", no_wrap=name == COLUMNS[0])
    for figure in figures:
        style = {None: "", True: "green", False: "red"}[figure.met]
        table.add_row(*figure_cells(figure), style=style)
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
