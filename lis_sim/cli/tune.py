"""``lis-sim tune``."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from lis_sim.cli.interruption import interruptible
from lis_sim.cli.json_stdout import json_stdout
from lis_sim.cli.options import ConfigFile, Overrides
from lis_sim.cli.terminal import Terminal

if TYPE_CHECKING:
    from lis_sim.search.api import PreparedSearch, Search
    from lis_sim.training.api import PreparedRun


def tune_command(
    config: ConfigFile,
    overrides: Overrides = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder. Default: searches/NAME-XXXXXXXX.")
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin again even if the folder holds this search.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print summary.json on stdout, all else on stderr.")
    ] = False,
) -> None:
    """Search for better settings on the first part of a log, and run the winner on the rest.

    The config is a run's with a group `search`. A killed search goes on with the same command;
    a finished one is shown again.
    """
    console = Terminal(stderr=True)
    with console.status("loading"):  # torch and Ray take seconds
        from lis_sim.cli.run import shown
        from lis_sim.search.api import claimed_search, prepare_search
        from lis_sim.search.settings import load_tune

        settings = load_tune(config, overrides or [])
    # Leaving it ends the metrics, after a last scrape; the results are printed before that.
    with json_stdout(as_json) as stdout, ExitStack() as served:
        with console.status("opening the log"):
            prepared = prepare_search(settings, out)
        goes_on = "where it was; trials that have ended are not repeated"
        with interruptible(goes_on), claimed_search(prepared, restart):
            _announce(prepared, console)
            search = _play(prepared, console, served)
        if as_json:
            typer.echo(json.dumps(search.summary, allow_nan=False), file=stdout)
        else:
            _print(prepared, search, Terminal(file=stdout))
            typer.echo(f"best config: {shown(search.folder / 'best.yaml')}", file=stdout)
            typer.echo(f"report: {shown(search.folder / 'report.html')}", file=stdout)
        stdout.flush()


def _announce(prepared: PreparedSearch, console: Console) -> None:
    from lis_sim.cli.run import shown
    from lis_sim.search.api import is_finished
    from lis_sim.search.rules import rule_cautions
    from lis_sim.search.searchers import most_trials

    tune, cut = prepared.tune, prepared.cut
    objectives = ", ".join(one.name for one in tune.objectives)
    dimensions = len(tune.space.dimensions)
    console.print(
        Text.assemble(
            (tune.name, "bold"),
            f": {most_trials(tune)} trials and the config as written, over {dimensions} "
            f"setting{'s' * (dimensions != 1)}, for {objectives}; windows 1 to {cut.windows} of "
            f"{cut.total} are searched, the others are for the report",
        ),
        highlight=False,
    )
    for caution in (*tune.cautions, *rule_cautions(tune, cut)):
        console.print(f"caution: {caution}", style="yellow", highlight=False)
    if is_finished(prepared.folder):
        console.print(
            f"{shown(prepared.folder.path)} holds this search, finished; --restart begins again",
            highlight=False,
        )
    else:
        console.print(f"folder: {shown(prepared.folder.path)}", highlight=False, soft_wrap=True)


def _play(prepared: PreparedSearch, console: Console, served: ExitStack) -> Search:
    from lis_sim.search.api import is_finished, play_search
    from lis_sim.search.live_page import LivePage
    from lis_sim.search.live_table import LiveTable
    from lis_sim.search.metrics import search_metrics
    from lis_sim.search.watches import Watches

    if is_finished(prepared.folder):
        return play_search(prepared)
    tune, folder = prepared.tune, prepared.folder.path

    def say(text: str) -> None:
        console.print(text, highlight=False)

    metrics = served.enter_context(
        search_metrics(folder.name, tune.objectives[0], tune.base.monitoring, folder, say)
    )
    with LiveTable(tune, prepared.cut, console) as table:

        def show(later: PreparedRun) -> AbstractContextManager[object]:
            from lis_sim.cli.progress import window_progress

            table.close()  # all trials have ended: the run has a bar of its own
            say(f"after the cut: {later.folder.path.name}")
            return window_progress(later, console)

        page = LivePage(tune, folder, say)
        return play_search(prepared, Watches(metrics, table, page), show)


def _print(prepared: PreparedSearch, search: Search, console: Console) -> None:
    from lis_sim.cli.run import shown
    from lis_sim.report.search_table import print_search
    from lis_sim.search.page import search_records

    records = search_records(prepared.tune, search.records(), search.summary)
    print_search(records, console, shown(search.folder))
