"""``lis-sim check``: the contract's checks on a ranker or a builder of one's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lis_sim.cli.json_stdout import json_stdout
from lis_sim.cli.terminal import Terminal

if TYPE_CHECKING:
    from lis_sim.checks import Outcome, Report

_STYLES = {"passed": "green", "failed": "bold red", "skipped": "yellow"}


def check_command(
    name: Annotated[
        str,
        typer.Argument(
            metavar="MODULE:NAME",
            help="A ranker (class) or a builder of preference data (function) of your own; or the "
            "name of an installed plug-in, or of a policy.",
        ),
    ],
    overrides: Annotated[
        list[str] | None, typer.Option("--set", help="One of its settings: rank=8. Repeatable.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the outcomes as one object on stdout.")
    ] = False,
) -> None:
    """Check that a ranker keeps the contract of recommenders, or a builder that of preference data.

    Exits with 0 only if no check failed; what was skipped is said, and why.
    """
    console = Terminal(stderr=True)
    with json_stdout(as_json) as stdout:
        with console.status("loading") as status:
            from lis_sim.checks import check
            from lis_sim.plain.overrides import put_override

            settings: dict[str, Any] = {}
            for one in overrides or []:
                put_override(settings, one)

            def told(outcome: Outcome) -> None:
                status.update(Text(f"checking: {outcome.arm} {outcome.check}"))

            report = check(name, settings, told)
        if as_json:
            typer.echo(json.dumps(report.record(), allow_nan=False), file=stdout)
        else:
            print_checks(report, Terminal(file=stdout))
        stdout.flush()
    if report.failed:
        raise typer.Exit(1)


def print_checks(report: Report, console: Console) -> None:
    """Print a row a check and a column an arm, then what was found where it did not pass."""
    arms = list(dict.fromkeys(one.arm for one in report.outcomes))
    results = {(one.check, one.arm): one.result for one in report.outcomes}
    table = Table("check", *(arm or report.what for arm in arms), box=box.SIMPLE_HEAD)
    if "" in arms and len(arms) == 1:
        table.columns[1].header = ""
    for check in dict.fromkeys(one.check for one in report.outcomes):
        cells = [results.get((check, arm), "") for arm in arms]
        table.add_row(check, *(Text(cell, style=_STYLES.get(cell, "")) for cell in cells))
    console.print(table)
    for words, where in _notes(report).items():
        console.print(Text(f"{', '.join(where)}"), style="bold", soft_wrap=True)
        console.print(Text(f"  {words}"), soft_wrap=True, highlight=False)
    counts = ", ".join(f"{report.count(one)} {one}" for one in ("passed", "failed", "skipped"))
    console.print(
        f"{report.what} {report.name}: {counts}, in {report.seconds:.1f} s",
        highlight=False,
        soft_wrap=True,
    )


def _notes(report: Report) -> dict[str, list[str]]:
    """Return what is to be said, and of which checks; alike things once."""
    notes: dict[str, list[str]] = {}
    for one in report.outcomes:
        if one.result != "passed":
            to_do = f"; to do: {one.to_do}" if one.to_do else ""
            said = f"{one.result}: {one.found}{to_do}"
            notes.setdefault(said, []).append(f"{one.check} ({one.arm})" if one.arm else one.check)
    return notes
