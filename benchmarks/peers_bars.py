"""lis-sim's whole program against other programs that learn from a log, in turn on one core.

The log is the built-in world of 50,000 users and 20,000 items with four more categorical fields.
Ours is one clean arm of DeepFM (16 numbers per factor, perceptron 64-32) from the dataset to the
files of the run. ``PEERS_EVENTS`` is the length of the log. See ``benchmarks/README.md``.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.bars import BARS, Bar
from benchmarks.interleaved import PAIRS
from benchmarks.peer_process import Played, check_installed, ours, peer
from benchmarks.peers.measured import read
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.experiments.figure import Figure
from lis_sim.scores.auc import auc

EVENTS = int(os.environ.get("PEERS_EVENTS", "2000000"))
SHORT_EVENTS = 30_000  # for River, which takes seconds for as many
_MODULES = {
    "fuxictr": "fuxictr_deepfm",
    "vw": "vowpal_wabbit",
    "recbole": "recbole_deepfm",
    "river": "river_fm",
}
_SHORT = ("river",)

Rounds = Mapping[str, Sequence[Played]]  # every pass of a program, by peer or by kernel
Windows = Sequence[tuple[int, bool]]  # events, and whether in the warm-up


@dataclass(frozen=True, slots=True)
class Logs:
    """The log, and a short one for those who would take minutes."""

    long: Path
    short: Path

    def of(self, peer: str) -> Path:
        return self.short if peer in _SHORT else self.long


def figures(only: str | None = None) -> list[Figure]:
    """Return two figures a bar: times as fast, and the AUC's difference; ``only`` names a bar."""
    check_installed()
    bars = [bar for bar in BARS if only in (None, bar.name)]
    found: dict[str, list[Figure]] = {}
    with tempfile.TemporaryDirectory(prefix="lis-peers-") as folder:
        logs = Logs(_log(Path(folder) / "long", EVENTS), _log(Path(folder) / "short", SHORT_EVENTS))
        for batch in sorted({bar.batch for bar in bars}, reverse=True):
            own = [bar for bar in bars if bar.batch == batch]
            rounds = _played(own, logs, Path(folder))
            for bar in own:
                aucs = _aucs(bar, rounds, logs, Path(folder))
                found[bar.name] = judged(bar, rounds[bar.kernel], rounds[bar.peer], aucs)
    return [figure for bar in bars for figure in found[bar.name]]


def _log(folder: Path, events: int) -> Path:
    return write_synthetic(SyntheticSpec(events=events, users=50_000, items=20_000), folder).path


def _played(bars: Sequence[Bar], logs: Logs, folder: Path) -> Rounds:
    """Play all that the bars of one batch name, in turn, :data:`PAIRS` times."""
    batch = bars[0].batch
    plays: dict[str, Callable[[], Played]] = {}
    for bar in bars:
        scores = folder / f"{bar.peer}.npy"
        plays[bar.peer] = partial(peer, _MODULES[bar.peer], logs.of(bar.peer), scores, batch)
    for bar in bars:
        plays[bar.kernel] = partial(ours, logs.long, batch, bar.kernel)
    rounds: dict[str, list[Played]] = {name: [] for name in plays}
    for turn in range(PAIRS):
        for name, play in plays.items():
            print(f"  batches of {batch}, round {turn + 1} of {PAIRS}: {name}", file=sys.stderr)
            rounds[name].append(play())
    return rounds


def _aucs(bar: Bar, rounds: Rounds, logs: Logs, folder: Path) -> tuple[float, float]:
    """Return the AUC of ours and of theirs, over the same windows of the same events."""
    own = rounds[bar.kernel][-1]
    if bar.peer in _SHORT:
        own = ours(logs.short, bar.batch, bar.kernel)
    assert own.auc is not None
    label = read(logs.of(bar.peer)).label
    return own.auc, windowed_auc(np.load(folder / f"{bar.peer}.npy"), label, own.windows)


def windowed_auc(
    scores: NDArray[np.float32], label: NDArray[np.float32], windows: Windows
) -> float:
    """Return the AUC of the windows after the warm-up, weighed by their events, as ours is.

    >>> score, label = np.array([0, 1, 0, 1], np.float32), np.array([1, 0, 0, 1], np.float32)
    >>> windowed_auc(score, label, [(2, True), (2, False)])
    1.0
    """
    end, total, events = 0, 0.0, 0
    for size, warmup in windows:
        begin, end = end, end + size
        value = auc(scores[begin:end], label[begin:end]).value
        if not warmup and value is not None:
            total, events = total + size * value, events + size
    return total / events


def judged(
    bar: Bar, own: Sequence[Played], their: Sequence[Played], aucs: tuple[float, float]
) -> list[Figure]:
    """Return how many times as fast ours is (the median over rounds), and the AUC's difference."""
    ratios = [_rate(a) / _rate(b) for a, b in zip(own, their, strict=True)]
    cpu = statistics.median(
        (a.events / a.cpu_seconds) / (b.events / b.cpu_seconds)
        for a, b in zip(own, their, strict=True)
    )
    rates = [f"{statistics.median(map(_rate, each)):,.0f}" for each in (own, their)]
    peaks = [f"{statistics.median(one.peak_mb for one in each):.0f}" for each in (own, their)]
    told = (
        f"{rates[0]} against {rates[1]} events/s; {len(ratios)} pairs in turn; AUC {aucs[0]:.4f} "
        f"against {aucs[1]:.4f}; peak {peaks[0]} against {peaks[1]} MB; by processor time {cpu:.2f}"
    )
    middle = statistics.median(ratios)
    ahead = Figure(f"{bar.name}_auc", aucs[0] - aucs[1], target=f">= {bar.better:g}")
    return [
        Figure(bar.name, middle, min(ratios), max(ratios), f">= {bar.least:g}", told),
        ahead,
    ]


def _rate(played: Played) -> float:
    return played.events / played.seconds
