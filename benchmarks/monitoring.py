"""What watching costs: a scrape of 1,000 series, and the share of a run that scrapes take."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from benchmarks.made_run import MadeRun
from lis_sim.config import parse_config
from lis_sim.experiments.figure import Figure
from lis_sim.monitoring import Exporter, RunFollower
from lis_sim.training.api import claimed, play, prepare

_SERIES = 1_000
_EVERY_S = 1.0  # Prometheus' own default is a minute, many set 15 seconds
_MADE = MadeRun(preferences=("co_click", "dwell", "shares", "follows"), slices=("all", "cold"))
_RUN = {
    "name": "watched",
    "data": {"synthetic": {"events": 60_000, "users": 800, "items": 400, "seed": 0}},
    "stream": {"window": {"count": 60}, "step_events": 1_000},
    "preferences": [{"name": "co_click"}],
    "replicates": 1,
    "training": {"engine": "local", "device": "cpu"},
}


def figures() -> list[Figure]:
    """Return the milliseconds of a scrape, and scrapes' share of a run in processor time.

    Every scrape goes through HTTP and comes after a new window was committed, so that nothing
    can be shown again; the milliseconds are the median's, for 1,000 series in proportion.
    """
    with tempfile.TemporaryDirectory() as temporary:
        return [_scrape(Path(temporary) / "made"), _share(Path(temporary) / "run")]


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


def _share(folder: Path) -> Figure:
    data = _RUN["data"] | {"cache": str(folder.parent / "cache")}  # type: ignore[operator]
    prepared = prepare(parse_config(_RUN | {"data": data}), folder)
    with claimed(prepared), _served(folder) as exporter, _scraped(exporter) as cost:
        began = time.perf_counter()
        play(prepared)
        seconds = time.perf_counter() - began
    detail = f"{cost.scrapes} scrapes, {1e3 * cost.seconds:.0f} ms in a run of {seconds:.1f} s"
    return Figure("monitoring_share", cost.seconds / seconds, target="<= 0.01", detail=detail)


@contextmanager
def _served(folder: Path) -> Iterator[Exporter]:
    follower = RunFollower(folder)
    one = Exporter(
        folder.name, follower.latest, follower.stage_seconds, account=follower.account, port=0
    )
    with one as exporter:
        yield exporter


@dataclass(slots=True)
class _Cost:
    """Processor seconds of so many scrapes."""

    seconds: float = 0.0
    scrapes: int = 0


@contextmanager
def _scraped(exporter: Exporter) -> Iterator[_Cost]:
    """Scrape every second while the block runs; HTTP apart, whose client would count too."""
    cost, over = _Cost(), threading.Event()

    def scrape() -> None:
        while not over.wait(_EVERY_S):
            began = time.thread_time()
            exporter.render()
            cost.seconds += time.thread_time() - began
            cost.scrapes += 1

    thread = threading.Thread(target=scrape)
    thread.start()
    try:
        yield cost
    finally:
        over.set()
        thread.join()
