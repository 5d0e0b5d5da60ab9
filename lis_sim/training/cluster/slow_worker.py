"""A worker that all others wait for, window after window."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

_TIMES = 2.0  # as long as the others take for as many cells
_WINDOWS = 10  # in a row, or what is said would change with every window
_SECONDS = 30.0  # lost in them; less is not worth a line


class SlowWorker:
    """Finds it in ``timings.jsonl``, which holds the seconds each worker took for a window."""

    def __init__(self, timings: Path, cells: Sequence[int]) -> None:
        """``cells``: how many each worker trains."""
        self._timings = timings
        self._cells = tuple(cells)
        self._read = 0  # bytes
        self._recent: list[list[float]] = []
        self._said: set[int] = set()

    def look(self) -> str | None:
        """Read what is new; return a sentence about a worker that was not spoken of before."""
        for line in self._fresh():
            seconds = json.loads(line).get("workers", [])
            # Other workers' times, of a command before this one, say nothing.
            self._recent = [*self._recent, seconds] if len(seconds) == len(self._cells) else []
        self._recent = self._recent[-_WINDOWS:]
        if len(self._cells) < 2 or len(self._recent) < _WINDOWS:
            return None
        return self._sentence()

    def _fresh(self) -> Iterator[bytes]:
        if not self._timings.is_file():
            return
        with self._timings.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if line.endswith(b"\n"):
                    self._read += len(line)
                    yield line

    def _sentence(self) -> str | None:
        each = [[s / n for s, n in zip(one, self._cells, strict=True)] for one in self._recent]
        latest = {max(range(len(one)), key=one.__getitem__) for one in each}
        if len(latest) > 1 or latest <= self._said:
            return None
        (rank,) = latest
        usual = [median(s for other, s in enumerate(one) if other != rank) for one in each]
        times = sum(one[rank] for one in each) / sum(usual)
        others = [max(s for k, s in enumerate(one) if k != rank) for one in self._recent]
        lost = sum(one[rank] for one in self._recent) - sum(others)
        if times < _TIMES or lost < _SECONDS:
            return None
        self._said.add(rank)
        return (
            f"worker {rank} is slow: in the last {_WINDOWS} windows it took {times:.1f} times as "
            f"long as the others for as many arms, and they waited {lost:.0f} s for it; the result "
            "is the same"
        )
