"""What watching costs: a scrape of 1,000 series, and the share of a run that watching takes."""

from __future__ import annotations

import io
import json
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from unittest.mock import patch
from urllib.request import urlopen

from rich.console import Console

from benchmarks.made_run import MadeRun
from lis_sim.cli.live_report import live_report
from lis_sim.cli.watch import watched
from lis_sim.config import parse_config
from lis_sim.experiments.figure import Figure
from lis_sim.monitoring import Exporter, RunFollower, read_address
from lis_sim.training.api import claimed, play, prepare

_SERIES = 1_000
_EVERY_S = 5.0  # three times as often as deploy/prometheus/prometheus.yml has it
# Names of the threads that watch; each scrape has one of its own.
_WATCHING = tuple(f"lis-sim-{name}" for name in ("metrics", "push", "report", "progress"))
_REQUEST = "process_request_thread"
_OF_A_PERSON = ("report", "progress")  # what is no metrics
_MADE = MadeRun(preferences=("co_click", "dwell", "shares", "follows"), slices=("all", "cold"))
_RUN = {
    "name": "watched",
    "data": {"synthetic": {"events": 180_000, "users": 800, "items": 400, "seed": 0}},
    "stream": {"window": {"count": 120}, "step_events": 1_000},
    "preferences": [{"name": "co_click"}],
    "replicates": 1,
    "training": {"engine": "local", "device": "cpu"},
}


def figures() -> list[Figure]:
    """Return the milliseconds of a scrape, and the shares of a run that watching takes.

    Every scrape of the first goes through HTTP and comes after a new window was committed, so that
    nothing can be shown again; the milliseconds are the median's, for 1,000 series in proportion.
    ``monitoring_share`` is the processor time of metrics, scraped every five seconds and pushed,
    over the seconds of a run; ``watching_share`` that of every thread `lis-sim run` watches with.
    """
    with tempfile.TemporaryDirectory() as temporary:
        return [_scrape(Path(temporary) / "made"), *_shares(Path(temporary) / "run")]


def _scrape(folder: Path) -> Figure:
    folder.mkdir()
    records = [json.dumps(record) + "\n" for record in _MADE.records()]
    seconds, series, processor_s = [], 0, time.process_time()
    with _served(folder) as exporter, (folder / "windows.jsonl").open("a") as file:
        for record in records:
            file.write(record)
            file.flush()
            began = time.perf_counter()
            with urlopen(exporter.url, timeout=10) as answer:
                page = answer.read()
            seconds.append(time.perf_counter() - began)
            series = sum(not line.startswith(b"#") for line in page.splitlines())
    busy = 1e3 * (time.process_time() - processor_s) / len(seconds)
    seconds = sorted(seconds[_MADE.warmup + 8 :])  # with all values there
    median, slowest = (1e3 * seconds[k] * _SERIES / series for k in (len(seconds) // 2, -1))
    detail = f"{series} series, {len(seconds)} scrapes; slowest {slowest:.1f}, processor {busy:.1f}"
    return Figure("scrape_ms_1000_series", median, target="<= 10", detail=detail)


def _shares(folder: Path) -> list[Figure]:
    data = _RUN["data"] | {"cache": str(folder.parent / "cache")}  # type: ignore[operator]
    with _gateway() as gateway:
        monitoring = {"port": 0, "pushgateway": gateway, "last_scrape_seconds": 0}
        prepared = prepare(parse_config(_RUN | {"data": data, "monitoring": monitoring}), folder)
        console = Console(file=io.StringIO())
        began = time.perf_counter()
        with (
            _threads() as cost,
            claimed(prepared),
            watched(prepared, console) as watch,
            _scraped(folder),
        ):
            with live_report(folder, console):
                play(prepared)
            watch.stop_progress()
            watch.linger()
        seconds = time.perf_counter() - began
    parts = ", ".join(f"{name} {1e3 * spent:.0f}" for name, spent in sorted(cost.items()))
    detail = f"ms of processor in a run of {seconds:.1f} s: {parts}"
    metrics = sum(spent for name, spent in cost.items() if name not in _OF_A_PERSON)
    return [
        Figure("monitoring_share", metrics / seconds, target="<= 0.01", detail=detail),
        Figure("watching_share", sum(cost.values()) / seconds, detail="live page and bar as well"),
    ]


@contextmanager
def _served(folder: Path) -> Iterator[Exporter]:
    follower = RunFollower(folder)
    one = Exporter(
        folder.name, follower.latest, follower.stage_seconds, account=follower.account, port=0
    )
    with one as exporter:
        yield exporter


@contextmanager
def _threads() -> Iterator[dict[str, float]]:
    """Yield the processor seconds of the threads of watching that began and ended in the block."""
    cost: defaultdict[str, float] = defaultdict(float)
    run = threading.Thread.run

    def counted(thread: threading.Thread) -> None:
        run(thread)
        if _REQUEST in thread.name:
            cost["scrapes"] += time.thread_time()
        elif thread.name in _WATCHING:
            cost[thread.name.removeprefix("lis-sim-")] += time.thread_time()

    with patch.object(threading.Thread, "run", counted):
        yield cost


@contextmanager
def _scraped(folder: Path) -> Iterator[None]:
    """Scrape the run in ``folder`` every few seconds while the block runs."""
    address, over = read_address(folder), threading.Event()
    assert address is not None

    def scrape() -> None:
        while not over.wait(_EVERY_S):
            with urlopen(address.url, timeout=10) as answer:
                answer.read()

    with _beside(scrape):
        try:
            yield
        finally:
            over.set()


@contextmanager
def _gateway() -> Iterator[str]:
    """Yield the address of a pushgateway that takes everything and keeps nothing."""
    with HTTPServer(("127.0.0.1", 0), _Taker) as server, _beside(server.serve_forever):
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


class _Taker(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def _beside(do: Callable[[], None]) -> Iterator[None]:
    """Run ``do``, which the block tells to end, in a thread that counts as nobody's."""
    thread = threading.Thread(target=do)
    thread.start()
    try:
        yield
    finally:
        thread.join()
