"""``lis-sim monitor``: follow a log that grows."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from lis_sim.cli.interruption import interruptible
from lis_sim.cli.json_stdout import json_stdout
from lis_sim.cli.options import ConfigFile, OutFolder, Overrides, Restart
from lis_sim.cli.run import checked_config, shown
from lis_sim.cli.terminal import Terminal

if TYPE_CHECKING:
    from lis_sim.training.api import PreparedRun
    from lis_sim.training.live import LiveRun


def monitor_command(
    config: ConfigFile,
    overrides: Overrides = None,
    out: OutFolder = None,
    restart: Restart = False,
    once: Annotated[
        bool, typer.Option("--once", help="End once nothing new is there, as for cron.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on stdout at the end.")
    ] = False,
) -> None:
    """Play every window of a growing log when it is over, and keep serving its scores.

    New events come as Parquet parts in the dataset's folder, or by `lis-sim data append`. Ctrl-C or
    SIGTERM ends it after the window in progress; the same command goes on, also after a kill.
    """
    console = Terminal(stderr=True)
    with console.status("loading"):  # torch takes seconds
        from lis_sim.training.api import claimed
        from lis_sim.training.live import LiveRun, prepare_live

        settings = checked_config(config, overrides or [])
    with json_stdout(as_json) as stdout, interruptible("from the last checkpoint"):
        with console.status("opening the log"):
            prepared = prepare_live(settings, out)
        with stopping(console) as stop, claimed(prepared, restart):
            live = LiveRun(prepared)
            _announce(prepared, live, console)
            _followed(prepared, live, stop, once, console)
        status = live.status() | {"folder": str(prepared.folder.path)}
        typer.echo(json.dumps(status) if as_json else _ended(status, prepared), file=stdout)


def _followed(
    prepared: PreparedRun, live: LiveRun, stop: threading.Event, once: bool, console: Console
) -> None:
    """Follow the log with everything that shows it: progress, metrics, the report."""
    from lis_sim.cli.live_report import live_report
    from lis_sim.cli.watch import watched
    from lis_sim.training.live import follow

    folder = prepared.folder.path
    with watched(prepared, console, lambda: live.newest_us) as watch:
        with live_report(folder, console):
            live.start()
            follow(live, stop, once, _teller(live, console))
        watch.stop_progress()
        watch.leave() if stop.is_set() else watch.linger()


@contextmanager
def stopping(console: Console) -> Iterator[threading.Event]:
    """Yield an event that the first SIGINT or SIGTERM sets; a second one ends at once."""
    stop = threading.Event()
    found = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    # A shell lets its background jobs ignore Ctrl-C; so it stays.
    before = {one: handler for one, handler in found.items() if handler is not signal.SIG_IGN}

    def asked(number: int, frame: FrameType | None) -> None:
        stop.set()
        restore()

    def restore() -> None:
        for one, handler in before.items():
            signal.signal(one, handler)

    for one in before:
        signal.signal(one, asked)
    try:
        yield stop
    finally:
        restore()
        if stop.is_set():
            console.print("stopped; the same command goes on from here", highlight=False)


def _teller(live: LiveRun, console: Console) -> Callable[[int], None]:
    """Return what says, once each, what is being waited for: files and cuts of tables."""
    said: set[str] = set()

    def tell(played: int) -> None:
        for what, sentence in _awaited(live):
            if what not in said:
                said.add(what)
                console.print(sentence, highlight=False)

    return tell


def _awaited(live: LiveRun) -> Iterator[tuple[str, str]]:
    """Yield what is being waited for, each with a sentence."""
    for name in live.waiting:
        yield (
            name,
            f"{name} has no Parquet footer yet: it is taken in when it is whole; files named "
            "after it wait for it",
        )
    for table in live.waiting_for:
        yield (
            table.name,
            f"nothing is played yet: representation {table.name} was trained until "
            f"{table.trained_until}, and no window of the log starts after that so far",
        )


def _announce(prepared: PreparedRun, live: LiveRun, console: Console) -> None:
    plan, rows = prepared.plan, live.status()["rows"]
    console.print(
        Text.assemble(
            (plan.config.name, "bold"),
            f": following {prepared.dataset.path}, {rows:,} events so far; "
            f"{len(plan.builder.arms)} arms, {plan.config.replicates} replicates, horizon "
            f"{plan.config.horizon}",
        ),
        highlight=False,
    )


def _ended(status: dict[str, object], prepared: PreparedRun) -> str:
    return (
        f"{status['windows']} windows committed of {status['rows']:,} events\n"
        f"run folder: {shown(prepared.folder.path)}"
    )
