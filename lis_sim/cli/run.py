"""``lis-sim run``."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from lis_sim.cli.interruption import interruptible
from lis_sim.cli.json_stdout import json_stdout
from lis_sim.cli.options import ConfigFile, OutFolder, Overrides, Restart

if TYPE_CHECKING:
    from lis_sim.training.api import PreparedRun


def run_command(
    config: ConfigFile,
    overrides: Overrides = None,
    out: OutFolder = None,
    restart: Restart = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print summary.json on stdout, all else on stderr.")
    ] = False,
) -> None:
    """Replay a log through clean and leaked recommenders and print their scores.

    A killed run goes on with the same command; a finished one is shown again.
    """
    console = Console(stderr=True)
    with console.status("loading"):  # torch takes seconds
        from lis_sim.cli.live_report import live_report
        from lis_sim.cli.preference import keep_profiles
        from lis_sim.cli.watch import watched
        from lis_sim.config import load_config
        from lis_sim.report import print_drift, print_summary, write_report
        from lis_sim.training.api import claimed, play, prepare

        settings = load_config(config_file(config), overrides or [])
    with json_stdout(as_json) as stdout, ExitStack() as watching:
        with console.status("opening the log"):
            prepared = prepare(settings, out)
        with interruptible("from the last checkpoint"), claimed(prepared, restart):
            _announce(prepared, console)
            watch = watching.enter_context(watched(prepared, console))
            with live_report(prepared.folder.path, console):
                run = play(prepared)
            keep_profiles(prepared, run.folder)
            report = write_report(run.folder)
        watch.stop_progress()
        if as_json:
            typer.echo(json.dumps(run.summary), file=stdout)
        else:
            print_summary(run.summary, Console(file=stdout), shown(run.folder))
            print_drift(run.windows(), Console(file=stdout))
            typer.echo(f"report: {shown(report)}", file=stdout)
        stdout.flush()
        watch.linger()


def _announce(prepared: PreparedRun, console: Console) -> None:
    plan, schema = prepared.plan, prepared.dataset.schema
    console.print(
        f"[bold]{plan.config.name}[/bold]: {prepared.dataset.rows:,} events, "
        f"{schema.users:,} users, {schema.items:,} items; {len(plan.windows)} windows, "
        f"{len(plan.builder.arms)} arms, {plan.config.replicates} replicates",
        highlight=False,
    )
    if prepared.folder.finished:
        console.print(
            f"{shown(prepared.folder.path)} holds this run, finished; --restart runs it again",
            highlight=False,
        )
    else:
        console.print(
            f"report: {shown(prepared.folder.path / 'report.html')}, written anew as windows come",
            highlight=False,
            soft_wrap=True,
        )


def config_file(given: Path) -> Path:
    """Return the file ``given``, or the config of that name that comes with lis-sim."""
    from lis_sim.data.presets import preset_folder

    shipped = preset_folder().parent / f"{given}.yaml"
    return shipped if not given.is_file() and shipped.is_file() else given


def shown(path: Path) -> Path:
    """Return ``path`` as a person here would type it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
