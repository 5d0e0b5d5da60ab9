"""Bad input by the thousand: every case ends in success or in one error of ours.

The cases of data (``tests/fuzz/data_*.py``) and of settings and folders (``settings_*.py``) run in
a process each, so that one which crashes or never returns counts as one failure.
``FUZZ_CASES`` (12,000) and ``FUZZ_SEED`` (0) are environment variables; the same ones try the same
cases.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lis_sim.errors import ConfigError
from lis_sim.experiments.figure import Figure

PARTS = ("data", "settings")
_ROOT = Path(__file__).resolve().parents[1]
_MOST_SHOWN = 20
_MOST_CRASHES = 50


@dataclass
class Found:
    """What became of the cases of one part: counts by kind and outcome, and what failed."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")


def figures() -> list[Figure]:
    """Return ``fuzz_cases`` and ``fuzz_failures``."""
    count, seed = _number("FUZZ_CASES", 12_000), _number("FUZZ_SEED", 0)
    with TemporaryDirectory(prefix="lis-sim-fuzz-") as folder, ThreadPoolExecutor() as threads:
        # One process a part: the two of them keep two cores busy.
        counts = dict(zip(PARTS, (count - count // 2, count // 2), strict=True))
        trying = [threads.submit(_tried, part, counts[part], seed, Path(folder)) for part in PARTS]
        found = [one.result() for one in trying]
    return [_cases(found, seed), _failures(found)]


def _cases(found: list[Found], seed: int) -> Figure:
    outcomes = sum((one.outcomes for one in found), Counter[tuple[str, str]]())
    kinds = sorted({kind for kind, _ in outcomes})
    said = ", ".join(
        f"{kind}: {outcomes[kind, 'accepted']:,} accepted {outcomes[kind, 'refused']:,} refused"
        for kind in kinds
    )
    slowest = max(one.slowest for one in found)
    detail = f"seed {seed}; {said}; the slowest took {slowest[0]:.1f} s ({slowest[1]:.80})"
    return Figure("fuzz_cases", float(sum(outcomes.values())), target=">= 10000", detail=detail)


def _failures(found: list[Found]) -> Figure:
    failures = [one for part in found for one in part.failures]
    for one in failures[:_MOST_SHOWN]:
        print(one, file=sys.stderr)
    detail = "; ".join(one.splitlines()[0][:200] for one in failures[:_MOST_SHOWN])
    return Figure("fuzz_failures", float(len(failures)), target="<= 0", detail=detail)


def _tried(part: str, count: int, seed: int, folder: Path) -> Found:
    """Run the cases of ``part``; one that ends its process is a failure, and the next goes on."""
    found, start = Found(), 0
    results = folder / f"{part}.jsonl"
    while start < count:
        command = [sys.executable, "-m", "benchmarks.fuzz_part", part, str(seed), str(count)]
        done = subprocess.run(
            [*command, str(start), str(folder / part), str(results)],
            cwd=_ROOT,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        lines = results.read_text(encoding="utf-8").splitlines() if results.is_file() else []
        results.unlink(missing_ok=True)
        for line in lines:
            _count(found, json.loads(line))
        start += len(lines)
        if start < count:
            # The case that was running; what it wrote last says where it stood.
            found.outcomes["crashed", "failed"] += 1
            found.failures.append(
                f"{part}, case {start} of seed {seed}: the process ended with {done.returncode}\n"
                f"{done.stderr[-3_000:]}"
            )
            start += 1
        if found.outcomes["crashed", "failed"] >= _MOST_CRASHES:
            break
    return found


def _count(found: Found, result: dict[str, Any]) -> None:
    found.outcomes[result["kind"], result["status"]] += 1
    found.slowest = max(found.slowest, (result["seconds"], f"{result['kind']}: {result['name']}"))
    if result["status"] == "failed":
        found.failures.append(f"{result['kind']}: {result['name']}: {result['message']}")


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, str(default))
    if not text.isascii() or not text.isdigit():
        raise ConfigError(f"{name} is {text!r}; accepted: a whole number")
    return int(text)
