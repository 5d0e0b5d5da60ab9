"""``lis-sim compare``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from lis_sim.cli.json_stdout import json_stdout
from lis_sim.cli.terminal import Terminal
from lis_sim.errors import ConfigError


def compare_command(
    first: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
    second: Annotated[Path, typer.Argument(help="Folder of another one, or the same again.")],
    renamed: Annotated[
        list[str] | None,
        typer.Option(
            "--as",
            metavar="A=B",
            help="Compare A of the first run with B of the second. Repeatable.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the comparison as one object on stdout.")
    ] = False,
) -> None:
    """Print how far two runs are apart, second less first, with paired intervals.

    Both must have replayed the same log in the same windows with the same replicates and seed. To
    compare two preference data sets of one run, give its folder twice and --as A=B.
    """
    console = Terminal(stderr=True)
    with json_stdout(as_json) as stdout:
        with console.status("loading"):
            from lis_sim.report.compare_table import print_comparison
            from lis_sim.training.compare import compare_runs

            comparison = compare_runs(first, second, _renamed(renamed or []))
        if as_json:
            typer.echo(json.dumps(comparison, allow_nan=False), file=stdout)
        else:
            print_comparison(comparison, Terminal(file=stdout))
        stdout.flush()


def _renamed(given: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in given:
        first, equals, second = one.partition("=")
        if not equals or not first or not second:
            raise ConfigError(f"--as {one!r}; accepted: A=B, a name of each run")
        if first in found:
            raise ConfigError(
                f"--as names {first!r} of the first run twice; accepted: once; compare the other "
                "pair in a command of its own"
            )
        found[first] = second
    return found
