"""``lis-sim report``: pages about runs that have ended, or still go on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lis_sim.cli.terminal import Terminal, harmless
from lis_sim.errors import ConfigError

_SEVERAL = Path("report.html")
_OF_A_SEARCH = "search.json"


def report_command(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="Run folders, or the folder of one search."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="The page. Default: report.html, in the folder of a single run."),
    ] = None,
) -> None:
    """Write one HTML page about a run or a search, finished or not, or about several runs.

    The page holds everything it shows and loads nothing: mail it, or open it from a disk. A
    finished run's tables are printed again too.
    """
    from lis_sim.cli.run import shown
    from lis_sim.report import print_summary, read_run, render_page, write_own_page, write_whole

    paths = [folder.resolve() for folder in folders]
    if any((path / _OF_A_SEARCH).is_file() for path in paths):
        typer.echo(f"report: {shown(_search_report(paths, out))}")
        return
    runs = [read_run(path) for path in paths]
    if len(runs) == 1 and out is None:
        report = write_own_page(runs[0], paths[0])
    else:
        report = write_whole((out or _SEVERAL).resolve(), render_page(runs))
    if len(runs) == 1 and runs[0].finished:
        print_summary(runs[0].summary, Terminal(), shown(paths[0]))
    for run in runs:
        if not run.finished:
            typer.echo(harmless(f"{run.name}: unfinished; shown as far as it went"))
    typer.echo(f"report: {shown(report)}")


def _search_report(paths: list[Path], out: Path | None) -> Path:
    if len(paths) > 1:
        raise ConfigError(
            f"{len(paths)} folders, a search among them; accepted: the folder of one search alone, "
            "or run folders, such as those in its trials/ and later/"
        )
    from lis_sim.search.page import rewrite_search_report

    return rewrite_search_report(paths[0], None if out is None else out.resolve())
