"""What checkpoints cost a run whose embedding table has ten million rows.

``CHECKPOINT_EVENTS`` is the length of its log.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from safetensors.numpy import save_file

from lis_sim.config import parse_config
from lis_sim.data.dataset import Dataset
from lis_sim.data.sync import sync
from lis_sim.data.writer import DatasetWriter, describe_events
from lis_sim.experiments.figure import Figure
from lis_sim.hashing import generator
from lis_sim.training.api import PreparedRun, claimed, prepare
from lis_sim.training.checkpoints.checkpoints import Checkpoints
from lis_sim.training.local import LocalSession
from lis_sim.training.worker import FAMILY, STREAM, part_of
from lis_sim.types import Int64

ITEMS = 10_000_000
EVENTS = int(os.environ.get("CHECKPOINT_EVENTS", "10000000"))
WINDOWS = 20
EVERY_WINDOW = 8  # windows of the run that writes a checkpoint after every one
SHARE = "<= 0.05"
_USERS = 20_000
_EXPONENT = 1.1  # of Zipf's law: a third of the events are of a thousand items
_SPREAD = 2_654_435_761  # a prime: neighbours in popularity lie far apart in the table
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Measured:
    """A run's seconds, and what its checkpoints were."""

    seconds: float
    writing: float  # of them, while the run stood still for a checkpoint
    sizes: Sequence[float]  # MB of every checkpoint
    whole: float  # seconds to write the last state as one file a part
    reading: float  # seconds to check and read the last checkpoint
    most: int  # windows between two checkpoints, at most
    longest: float  # seconds between two checkpoints, at most

    @property
    def share(self) -> float:
        return self.writing / self.seconds


def figures() -> list[Figure]:
    """Return the shares of a run's time that checkpoints took.

    ``checkpoint_share``: with the default ``training.checkpoint_windows``, over a log whose items
    are drawn by Zipf's law from ten million, all of which have rows from the first window on; those
    that would take more than ``training.checkpoint_share`` come later.
    ``checkpoint_share_every_window``: the same log's first windows, with one after every window.
    ``checkpoint_share_whole``: what the first would be if each checkpoint held the whole state,
    written, synced and read again for its checksum before the next window.
    """
    with _log(EVENTS) as log:
        usual = _measured(log, None, None)
        often = _measured(log, 1, EVERY_WINDOW)
    _say("")
    count = len(usual.sizes)
    before = count * usual.whole / (usual.seconds - usual.writing + count * usual.whole)
    return [
        Figure("checkpoint_share", usual.share, None, None, SHARE, _detail(usual)),
        Figure("checkpoint_share_every_window", often.share, detail=_detail(often)),
        Figure(
            "checkpoint_share_whole",
            before,
            detail=f"{count} checkpoints of {usual.whole:.1f} s each",
        ),
    ]


def _detail(run: Measured) -> str:
    sizes = ", ".join(f"{size:,.0f}" for size in run.sizes)
    return (
        f"{run.writing:.1f} of {run.seconds:.0f} s for {len(run.sizes)} checkpoints of {sizes} MB; "
        f"{run.reading:.1f} s to check and read the last; no longer than {run.most} windows, "
        f"{run.longest:.0f} s, without one"
    )


@contextmanager
def _log(events: int) -> Iterator[Dataset]:
    """Make the log for as long as the block runs."""
    _say(f"a log of {events:,} events")
    draw = generator(0, "checkpoint benchmark")
    with tempfile.TemporaryDirectory(prefix="lis-checkpoints-") as folder:
        with DatasetWriter(Path(folder) / "log") as writer:
            for start in range(0, events, _BLOCK):
                rows = min(_BLOCK, events - start)
                writer.events.append(_events(draw, start, rows))
            writer.events.close()
            one = {name: pa.array([name]) for name in ("user", "item")}
            record = describe_events(writer.events, "zipf", one, (), ())
            out = writer.finish(replace(record, users=_USERS, items=ITEMS))
        yield Dataset.open(out)


def _events(draw: np.random.Generator, start: int, rows: int) -> pa.Table:
    rank: Int64 = draw.zipf(_EXPONENT, rows).astype(np.int64) - 1
    item = rank % ITEMS * _SPREAD % ITEMS
    if start == 0:
        item[0] = ITEMS - 1  # all rows are there from the beginning
    columns: dict[str, Any] = {
        "user": draw.integers(0, _USERS, rows, dtype=np.int32),
        "item": item.astype(np.int32),
        "time": np.arange(start, start + rows, dtype=np.int64) * 1_000,
        "label": (draw.random(rows) < 0.3).astype(np.float32),
    }
    return pa.table(columns)


def _measured(log: Dataset, every: int | None, windows: int | None) -> Measured:
    """Play the first ``windows`` windows of ``log``, a checkpoint after ``every`` of them."""
    training = {"engine": "local", "device": "cpu"}
    how = {} if every is None else {"checkpoint_windows": every, "checkpoint_share": 1.0}
    config = parse_config(
        {
            "name": "checkpoints",
            "data": {"source": str(log.path)},
            "stream": {"window": {"count": WINDOWS}, "first_windows": windows},
            "arms": ["clean"],
            "replicates": 1,
            "training": training | how,
        }
    )
    with tempfile.TemporaryDirectory(prefix="lis-checkpoints-") as folder:
        prepared = prepare(config, Path(folder) / "run")
        with claimed(prepared):
            return _played(prepared)


def _played(prepared: PreparedRun) -> Measured:
    plan, folder = prepared.plan, prepared.folder
    sizes: list[float] = []
    began = time.perf_counter()
    before, most, last, longest = -1, 0, began, 0.0
    session = LocalSession(plan, folder, "cpu")
    session.start(0)
    for window in range(len(plan.windows)):
        _say(f"window {window + 1} of {len(plan.windows)}")
        due = session.due(window)
        last_window = window + 1 == len(plan.windows)
        session.play(window, due, beside=True)
        longest = max(longest, time.perf_counter() - last)
        most = max(most, window - before)
        if due:
            before, last = before if last_window else window, time.perf_counter()
            files = folder.checkpoints.path(window + 1).glob("*.safetensors")
            sizes.append(sum(file.stat().st_size for file in files) / 1e6)
    waiting = time.perf_counter()
    session.settle()
    seconds, waiting = time.perf_counter() - began, time.perf_counter() - waiting
    timings = (folder.path / "timings.jsonl").read_text().splitlines()
    writing = waiting + sum(json.loads(line)["stages"]["write"] for line in timings)
    del session
    parts = [*(part_of(cell) for cell in plan.cells), STREAM, FAMILY]
    whole, reading = _at_rest(folder.checkpoints, parts, before + 1)
    return Measured(seconds, writing, sizes, whole, reading, most, longest)


def _at_rest(checkpoints: Checkpoints, parts: Sequence[str], window: int) -> tuple[float, float]:
    """Return the seconds to write the state before ``window`` whole, and to check and read it."""
    began = time.perf_counter()
    assert checkpoints.newest() is not None
    states = {part: checkpoints.read_part(window, part) for part in parts}
    reading = time.perf_counter() - began
    began = time.perf_counter()
    for part, state in states.items():
        path = checkpoints.folder / f"{part.replace(':', '@')}.safetensors"
        save_file(state, path)
        sync(path)
        with path.open("rb") as file:
            hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16))
    return time.perf_counter() - began, reading


def _say(what: str) -> None:
    print(f"\r\033[K{what}", end="", file=sys.stderr, flush=True)
