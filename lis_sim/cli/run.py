"""``lis-sim run``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from lis_sim.cli.interruption import interruptible
from lis_sim.cli.json_stdout import json_stdout
from lis_sim.cli.options import ConfigFile, OutFolder, Overrides, Restart
from lis_sim.cli.terminal import Terminal

if TYPE_CHECKING:
    from lis_sim.config import RunConfig
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
    console = Terminal(stderr=True)
    with console.status("loading"):  # torch takes seconds
        from lis_sim.cli.live_report import live_report
        from lis_sim.cli.preference import keep_profiles
        from lis_sim.cli.watch import watched
        from lis_sim.report import print_drift, print_summary, write_report
        from lis_sim.training.api import claimed, play, prepare
        from lis_sim.training.folder import SCORES

        settings = checked_config(config, overrides or [])
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
            print_summary(run.summary, Terminal(file=stdout), shown(run.folder))
            print_drift(run.records(), Terminal(file=stdout))
            typer.echo(f"report: {shown(report)}", file=stdout)
            if settings.output.scores:
                typer.echo(f"scores: {shown(run.folder / SCORES)}", file=stdout)
        stdout.flush()
        watch.linger()


def _announce(prepared: PreparedRun, console: Console) -> None:
    plan, schema = prepared.plan, prepared.dataset.schema
    console.print(
        Text.assemble(
            (plan.config.name, "bold"),
            f": {prepared.dataset.rows:,} events, {schema.users:,} users, {schema.items:,} items; "
            f"{len(plan.windows)} windows, {len(plan.builder.arms)} arms, "
            f"{plan.config.replicates} replicates",
        ),
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


def checked_config(given: Path, overrides: Sequence[str]) -> RunConfig:
    """Read a run's config; whatever can be told without the log is told with the file's name."""
    from lis_sim.config import load_config
    from lis_sim.plain import placed
    from lis_sim.training.given import config_file
    from lis_sim.training.plan import check_settings

    file = config_file(given)
    with placed(file):
        config = load_config(file, overrides)
        check_settings(config)
    return config


def shown(path: Path) -> Path:
    """Return ``path`` as a person here would type it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
