"""What is to be seen of a run while it goes: a progress bar and metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from lis_sim.cli.progress import window_progress
from lis_sim.monitoring import Exporter, Pusher, RunFollower, Tls, remove_address

if TYPE_CHECKING:
    from lis_sim.config import MonitoringConfig
    from lis_sim.training.api import PreparedRun


@dataclass(frozen=True, slots=True)
class Watch:
    """How to end both: the bar before results are printed, the metrics after.

    ``linger`` and ``leave`` both show that the run has ended, ``leave`` to who scraped before and
    no longer than that: for somebody who asked it to stop.
    """

    stop_progress: Callable[[], None]
    linger: Callable[[], None]
    leave: Callable[[], None]


@contextmanager
def watched(
    prepared: PreparedRun,
    console: Console,
    newest_us: Callable[[], int | None] | None = None,
) -> Iterator[Watch]:
    """Show progress and serve metrics while the block runs.

    Begin once the folder is claimed and before the run goes back to a checkpoint: the records
    of a replaced run are gone then, and those committed before a kill still count.
    ``newest_us`` returns the time of the newest event of the log; default: the end of the last
    window planned.
    """
    with ExitStack() as served:
        stay: Callable[[float], None] = _nothing
        if prepared.plan.config.monitoring.enabled:
            stay = served.enter_context(_metrics(prepared, console, newest_us))
        else:
            remove_address(prepared.folder.path)  # of a run that was killed
        with window_progress(prepared, console) as stop:
            linger_seconds = prepared.plan.config.monitoring.linger_seconds
            yield Watch(stop, lambda: stay(linger_seconds), lambda: stay(0.0))


@contextmanager
def _metrics(
    prepared: PreparedRun, console: Console, newest_us: Callable[[], int | None] | None
) -> Iterator[Callable[[float], None]]:
    """Serve, and push where asked to, while the block runs; yields how to end and stay a while."""
    config, folder = prepared.plan.config.monitoring, prepared.folder.path
    follower = RunFollower(folder)
    follower.account()  # what was committed before a kill is about to be cut away
    exporter = _exporter(prepared, follower, newest_us or (lambda: _last_us(prepared)))
    pusher = _pusher(config, exporter, follower, folder.name, console)
    exporter.start()
    console.print(f"metrics: {exporter.url}", highlight=False)

    def stay(linger_seconds: float) -> None:
        follower.end()
        if pusher is not None:
            pusher.push()
        if linger_seconds:
            text = f"metrics stay at {exporter.url} for {linger_seconds:g} s; Ctrl-C ends it"
            console.print(text, highlight=False)
        elif exporter.was_scraped and config.last_scrape_seconds:
            seconds = f"{config.last_scrape_seconds:g} s at most"
            text = f"metrics stay for one more scrape, {seconds}; Ctrl-C ends it"
            console.print(text, highlight=False)
        exporter.linger(linger_seconds)

    try:
        if pusher is not None:
            pusher.start()
        yield stay
    finally:
        if pusher is not None:
            pusher.close()
        exporter.close()


def _exporter(
    prepared: PreparedRun, follower: RunFollower, newest_us: Callable[[], int | None]
) -> Exporter:
    config, folder = prepared.plan.config, prepared.folder
    one = config.monitoring
    return Exporter(
        folder.path.name,
        follower.latest,
        follower.stage_seconds,
        {
            "horizon": config.horizon,
            "folds": config.folds,
            "form": config.form,
            "engine": config.training.engine,
            "live": str(prepared.live).lower(),
        },
        account=follower.account,
        newest_us=newest_us,
        cooldown_windows=config.drift.cooldown,
        port=one.port,
        last_scrape_seconds=one.last_scrape_seconds,
        address=one.address,
        tls=_tls(one),
        folder=folder.path,
    )


def _tls(config: MonitoringConfig) -> Tls | None:
    if config.tls_certificate is None or config.tls_key is None:
        return None
    return Tls(Path(config.tls_certificate), Path(config.tls_key))


def _pusher(
    config: MonitoringConfig, exporter: Exporter, follower: RunFollower, run: str, console: Console
) -> Pusher | None:
    if config.pushgateway is None:
        return None

    def committed() -> object:
        record = follower.latest()
        return follower.finished(), None if record is None else record["window"]

    def say(text: str) -> None:
        console.print(text, highlight=False)

    pusher = Pusher(
        exporter.registry,
        config.pushgateway,
        run,
        committed,
        delete=config.pushgateway_delete,
        say=say,
    )
    exporter.registry.register(pusher)
    return pusher


def _last_us(prepared: PreparedRun) -> int:
    return prepared.plan.windows[-1].end_us


def _nothing(linger_seconds: float) -> None:
    """Without metrics there is nothing to stay for."""
