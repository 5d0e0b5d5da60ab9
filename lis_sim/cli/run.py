"""``lis-sim run`` and ``lis-sim report``."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from lis_sim.training.api import PreparedRun


def run_command(
    config: Annotated[Path, typer.Argument(help="YAML file, such as configs/quickstart.yaml.")],
    overrides: Annotated[
        list[str] | None, typer.Option("--set", help="Override a setting: a.b=c. Repeatable.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Run folder. Default: runs/NAME-XXXXXXXX.")
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin again even if the folder holds this run.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print summary.json on stdout, all else on stderr.")
    ] = False,
) -> None:
    """Replay a log through clean and leaked recommenders and print their scores.

    A killed run goes on with the same command; a finished one is shown again.
    """
    from lis_sim.config import load_config
    from lis_sim.report import print_summary, write_report
    from lis_sim.training.api import execute, prepare

    settings = load_config(config, overrides or [])
    console = Console(stderr=True)
    with _only_json_on_stdout(as_json) as stdout:
        with console.status("opening the log"):
            prepared = prepare(settings, out)
        _announce(prepared, console, restart)
        with _watched(prepared, console, restart) as linger:
            run = execute(prepared, restart)
            report = write_report(run.folder)
            if as_json:
                print(json.dumps(run.summary), file=stdout, flush=True)
            else:
                print_summary(run.summary, Console(file=stdout), run.folder)
                print(f"report: {_shown(report)}", file=stdout, flush=True)
            linger()


def report_command(
    folder: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
) -> None:
    """Print a finished run's tables again and write its report.html anew."""
    from lis_sim.report import print_summary, write_report
    from lis_sim.training.api import Run

    run = Run.open(folder)
    report = write_report(run.folder)
    print_summary(run.summary, Console(), run.folder)
    typer.echo(f"report: {_shown(report)}")


def _announce(prepared: PreparedRun, console: Console, restart: bool) -> None:
    plan, dataset = prepared.plan, prepared.dataset
    console.print(
        f"[bold]{plan.config.name}[/bold]: {dataset.rows:,} events, {dataset.schema.users:,} users, "
        f"{dataset.schema.items:,} items; {len(plan.windows)} windows, {len(plan.builder.arms)} arms, "
        f"{plan.config.replicates} replicates",
        highlight=False,
    )
    if prepared.folder.finished and not restart:
        console.print(
            f"{_shown(prepared.folder.path)} holds this run, finished; --restart runs it again",
            highlight=False,
        )


@contextmanager
def _watched(prepared: PreparedRun, console: Console, restart: bool) -> Iterator[object]:
    """Show progress and serve metrics while the block runs; yields how to linger at its end."""
    from lis_sim.cli.progress import window_progress
    from lis_sim.monitoring import Exporter, RunFollower

    plan, folder = prepared.plan, prepared.folder
    settings = plan.config.monitoring
    if not settings.enabled:
        with window_progress(prepared, console, restart):
            yield lambda: None
        return
    follower = RunFollower(folder.path)
    config = plan.config
    info = {
        "horizon": config.horizon,
        "folds": config.folds,
        "form": config.form,
        "engine": config.training.engine,
    }
    exporter = Exporter(
        folder.path.name,
        follower.latest,
        follower.stage_seconds,
        info,
        port=settings.port,
        linger_seconds=settings.linger_seconds,
    )
    exporter.start()
    try:
        console.print(f"metrics: {exporter.url}", highlight=False)
        with window_progress(prepared, console, restart) as stop:

            def linger() -> None:
                stop()
                if settings.linger_seconds:
                    console.print(
                        f"metrics stay at {exporter.url} for {settings.linger_seconds:g} s",
                        highlight=False,
                    )
                exporter.linger()

            yield linger
    finally:
        exporter.close()


@contextmanager
def _only_json_on_stdout(as_json: bool) -> Iterator[object]:
    """With --json, send what libraries print to stdout, processes below included, to stderr."""
    if not as_json:
        yield sys.stdout
        return
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with os.fdopen(os.dup(kept), "w", encoding="utf-8") as stdout:
            yield stdout
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def _shown(path: Path) -> str:
    """Return ``path`` as a person here would type it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
