"""The file that keeps what a study has finished, so that the same command goes on."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from lis_sim.errors import RunError
from lis_sim.experiments.part import Part, Task
from lis_sim.experiments.scheduling import Outcome

RESULTS_FILE = "results.jsonl"
# Rooms whose code cannot change a result.
_SHOWING = ("cli", "monitoring", "report", "experiments", "__pycache__")


def fingerprint(part: Part, task: Task) -> str:
    """Return what a result depends on: the task's settings and the code that plays it.

    A result of other code is played again. Of the experiments only the modules that the part's
    own one takes functions and classes from count, so that work on one part leaves the results
    of the others valid.
    """
    asked = json.dumps([task.key, task.settings], sort_keys=True)
    text = asked + _code_hash() + _module_hash(type(part).__module__)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


@cache
def _module_hash(name: str) -> str:
    """Return the hash of a module and of those it takes from the experiments, and so on."""
    names, new = set[str](), {name}
    while new:
        names |= new
        owners = {
            str(getattr(value, "__module__", ""))
            for module in new
            for value in vars(sys.modules[module]).values()
        }
        new = {owner for owner in owners if owner.startswith(f"{__package__}.")} - names
    digest = hashlib.blake2b()
    for one in sorted(names):
        digest.update(Path(str(sys.modules[one].__file__)).read_bytes())
    return digest.hexdigest()


@cache
def _code_hash() -> str:
    root = Path(__file__).resolve().parents[2]
    digest = hashlib.blake2b()
    for package in ("lis_sim", "envs", "policies"):
        for path in sorted((root / package).rglob("*.py")):
            place = path.relative_to(root)
            if place.parts[:1] + place.parts[1:2] not in {("lis_sim", room) for room in _SHOWING}:
                digest.update(f"{place}".encode() + path.read_bytes())
    return digest.hexdigest()


class ResultsFile:
    """One line a finished task, flushed to the disk; failed ones are kept but played again.

    Raises :class:`RunError` for a file that holds something else.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / RESULTS_FILE
        folder.mkdir(parents=True, exist_ok=True)

    def finished(self) -> dict[str, Outcome]:
        """Return the outcomes with a result, by fingerprint."""
        found: dict[str, Outcome] = {}
        for record in self._records():
            if record["error"] is None:
                found[record["fingerprint"]] = Outcome(
                    record["key"], record["seconds"], record["result"]
                )
        return found

    def append(self, outcome: Outcome, of: str) -> None:
        """Keep an outcome under its fingerprint; it is on the disk when this returns."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"fingerprint": of, **asdict(outcome)}) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _records(self) -> list[Mapping[str, Any]]:
        if not self.path.is_file():
            return []
        *lines, last = self.path.read_bytes().split(b"\n")
        if last:  # a killed command left half a line
            os.truncate(self.path, self.path.stat().st_size - len(last))
        records = []
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
                if not {"fingerprint", "key", "seconds", "result", "error"} <= set(record):
                    raise ValueError(line)
            except (ValueError, TypeError) as error:
                raise RunError(
                    f"{self.path}, line {number} is not a result of a study; accepted: a file "
                    "that lis-sim validate wrote; give another --out"
                ) from error
            records.append(record)
        return records
