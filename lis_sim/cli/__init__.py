"""The ``lis-sim`` command."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from lis_sim import __version__
from lis_sim.cli import (
    align,
    check,
    compare,
    data,
    monitor,
    preference,
    report,
    run,
    score,
    tune,
    validate,
)
from lis_sim.cli.terminal import harmless
from lis_sim.data.storing import storage_error
from lis_sim.errors import LisSimError

_OUTPUT = Path("stdout")  # has no name that an error could tell

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="What could better item representations bring your ranker? The Leakage Impact Score.",
)
app.command("run")(run.run_command)
app.command("score")(score.score_command)
app.command("monitor")(monitor.monitor_command)
app.command("tune")(tune.tune_command)
app.command("report")(report.report_command)
app.command("compare")(compare.compare_command)
app.command("align")(align.align_command)
app.command("check")(check.check_command)
app.command("validate")(validate.validate_command)
app.add_typer(data.app, name="data")
app.add_typer(preference.app, name="preference")


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"lis-sim {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Hold the options of the command itself."""


def main() -> None:
    """Run the command; an error of ours is told in its own words, without a traceback."""
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # when the process ends nobody could tell what this raises
    except LisSimError as error:
        _end(error)
    except BrokenPipeError:  # whoever read has read enough
        _drop_output()
        sys.exit(1)
    except OSError as error:
        told = storage_error(error, _OUTPUT, "")  # nobody knew what was being read or written
        if told is None and error.filename is None:
            raise
        _end(told or f"{error.filename}: {error.strerror}; choose another place")


def _end(error: LisSimError | str) -> NoReturn:
    typer.echo(f"error: {harmless(str(error))}", err=True)
    try:
        sys.stdout.flush()
    except OSError:  # a full disk takes what is left no better now, nor when the process ends
        _drop_output()
    sys.exit(1)


def _drop_output() -> None:
    """Let nothing that stdout still holds be written."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
