"""The long haul: three commands at full speed side by side, watched from outside every second.

``SOAK_MINUTES`` (32): how long; ``SOAK_PARTS`` (run,monitor,ray): which; ``SOAK_KEEP``: a folder
that keeps what they wrote and ``samples.jsonl``. A run and a Ray run play one month of a world over
and over, so nobody new comes; a monitor's log grows as it gets on. Full speed: nothing waits, the
machine is busy all the time.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from benchmarks.soak_figures import figures_of
from benchmarks.soak_log import Months
from benchmarks.soak_parts import COMMANDS, Part, begun
from lis_sim.errors import ConfigError, nearest
from lis_sim.experiments.figure import Figure

_EVERY_S = 1.0
_SAY_S = 60.0


def figures() -> list[Figure]:
    """Soak for ``SOAK_MINUTES`` and return what grew."""
    minutes, names = _minutes(), _names()
    with _folder() as folder:
        months = Months(folder)
        # Ray keeps sockets in its temporary folder, whose path must be short.
        with tempfile.TemporaryDirectory(prefix="soak") as temporary:
            parts: list[Part] = []
            try:
                for name in names:
                    own = Path(temporary) / str(len(parts))
                    parts.append(begun(name, months, folder / name, own, minutes))
                _watch(parts, months, 60.0 * minutes)
            finally:
                for part in parts:
                    part.end()
        _keep(parts, folder)
        return figures_of(parts)


def _watch(parts: Sequence[Part], months: Months, seconds: float) -> None:
    began = said = time.monotonic()
    while (now := time.monotonic()) - began < seconds:
        for part in parts:
            part.look(time.monotonic() - began)
            if part.name == "monitor":
                part.feed(months)
        if now - said >= _SAY_S:
            said = now
            print(f"{(now - began) / 60:.0f} min: {_state(parts)}", file=sys.stderr)
        time.sleep(max(0.0, now + _EVERY_S - time.monotonic()))


def _state(parts: Sequence[Part]) -> str:
    found = []
    for part in parts:
        last = part.samples[-1]
        windows = 0 if last.page is None else last.page.windows
        found.append(f"{part.name} {windows} windows, {last.own.uss:.0f} MB, {last.own.fds} files")
    return "; ".join(found)


def _keep(parts: Sequence[Part], folder: Path) -> None:
    for part in parts:
        lines = (json.dumps(asdict(one)) + "\n" for one in part.samples)
        (folder / part.name / "samples.jsonl").write_text("".join(lines))


@contextmanager
def _folder() -> Iterator[Path]:
    kept = os.environ.get("SOAK_KEEP")
    if kept is None:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    folder_kept = Path(kept).resolve()
    if folder_kept.exists() and any(folder_kept.iterdir()):
        raise ConfigError(f"SOAK_KEEP is {kept}, which is not empty; accepted: a new folder")
    folder_kept.mkdir(parents=True, exist_ok=True)
    yield folder_kept


def _minutes() -> float:
    given = os.environ.get("SOAK_MINUTES", "32")
    try:
        minutes = float(given)
    except ValueError:
        minutes = 0.0
    if not 0.5 <= minutes <= 10_000:
        raise ConfigError(f"SOAK_MINUTES is {given!r}; accepted: a number from 0.5 on")
    return minutes


def _names() -> tuple[str, ...]:
    names = tuple(os.environ.get("SOAK_PARTS", ",".join(COMMANDS)).split(","))
    for name in names:
        if name not in COMMANDS or names.count(name) > 1:
            raise ConfigError(
                f"SOAK_PARTS has {name!r}{nearest(name, COMMANDS)}; accepted: each once of "
                f"{', '.join(COMMANDS)}"
            )
    return names
