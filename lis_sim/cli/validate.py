"""``lis-sim validate``: what the scores are worth where the truth is known."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from lis_sim.cli.interruption import interruptible
from lis_sim.cli.json_stdout import json_stdout
from lis_sim.cli.terminal import Terminal, harmless

if TYPE_CHECKING:
    from lis_sim.experiments.study import Study

_DETAIL_WIDTH = 140  # of a terminal, from which on there is room for the details
_SPEED_SECONDS = 120.0  # the time left follows the speed of the last two minutes


def validate_command(
    quick: Annotated[bool, typer.Option("--quick", help="Fewer worlds: minutes.")] = False,
    only: Annotated[str | None, typer.Option(help="Run one part of the study.")] = None,
    out: Annotated[Path, typer.Option(help="Folder of the results; a killed study goes on.")] = (
        Path("runs/validate")
    ),
    markdown: Annotated[Path | None, typer.Option(help="Also write the page here.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the figures as one object on stdout.")
    ] = False,
) -> None:
    """Play worlds whose truth is known and print what intervals and verdicts are worth.

    Exits with 0 when it ran, whether or not a target is met, and with 1 when a task failed.
    """
    console = Terminal(stderr=True)
    with console.status("loading"):  # torch takes seconds
        from lis_sim.data.storing import KEPT, storing
        from lis_sim.data.whole_file import whole_file
        from lis_sim.experiments.catalogue import PARTS
        from lis_sim.experiments.page import page
        from lis_sim.experiments.study import chosen, run_study

        parts = chosen(PARTS, only)
    with json_stdout(as_json) as stdout, interruptible("with what is missing"):
        with _progress(console) as watch:
            study = run_study(parts, quick, out, watch)
        if markdown is not None:
            with storing(markdown, KEPT), whole_file(markdown) as beside:
                beside.write_text(page(study, _command(quick, only)), encoding="utf-8")
        if as_json:
            figures = [figure.record() for figure in study.all_figures]
            typer.echo(json.dumps({"figures": figures}, allow_nan=False), file=stdout)
        else:
            _print(study, Terminal(file=stdout))
        stdout.flush()
    for key, error in study.failures.items():
        typer.echo(harmless(f"failed: {key}: {error}"), err=True)
    if study.failures:
        raise typer.Exit(1)


def _command(quick: bool, only: str | None) -> str:
    words = ["lis-sim", "validate", *(["--quick"] if quick else [])]
    return shlex.join(words + (["--only", only] if only else []))


def _print(study: Study, console: Console) -> None:
    from lis_sim.experiments.page import COLUMNS, figure_cells

    whole = console.width >= _DETAIL_WIDTH
    columns = COLUMNS if whole else COLUMNS[:-1]
    table = Table(box=box.SIMPLE_HEAD)
    for name in columns:
        # In a narrow terminal long names fold; numbers stay whole.
        table.add_column(name, no_wrap=name not in ("figure", "detail"), overflow="fold")
    for figure in study.all_figures:
        style = {None: "", True: "green", False: "red"}[figure.met]
        table.add_row(*figure_cells(figure)[: len(columns)], style=style)
    console.print(table)
    console.print(
        f"{study.tasks:,} tasks ({study.kept:,} kept), {study.core_seconds:,.0f} core-seconds, "
        f"{study.wall_seconds:,.0f} s",
        highlight=False,
    )


@contextmanager
def _progress(console: Console) -> Iterator[Callable[[int, int], None]]:
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("tasks"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        speed_estimate_period=_SPEED_SECONDS,
    )
    with bar:
        shown = bar.add_task("playing", total=None)
        yield lambda finished, of: bar.update(shown, completed=finished, total=of)
