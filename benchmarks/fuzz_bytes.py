"""``python -m benchmarks.fuzz_bytes [READER] [--seconds 60] [--seed 1] [--json]``: odd bytes.

Atheris (coverage-guided: it keeps what reached a new branch, and changes that further) against the
readers that are our own Python, each in a process of its own for so many seconds. Whatever a
reader raises but a :class:`LisSimError` that can be printed is a failure, printed with its bytes;
the exit code is 1 then. It needs the extra ``fuzz``; nothing else here does.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

from benchmarks.fuzz_bytes_part import FAILURES, INPUT
from benchmarks.fuzz_readers import READERS
from lis_sim.errors import nearest
from lis_sim.experiments.figure import Figure

MISSING = (
    "atheris is missing, which fuzzes by coverage; install it: pip install 'atheris>=3' (the extra "
    "'fuzz'; there are wheels for Linux on x86_64)"
)
_ROOT = Path(__file__).resolve().parents[1]
_START = 120.0  # seconds for imports, and for an end
_MOST_BYTES = 2_000  # of an input that are printed


@dataclass
class Fuzzed:
    """What became of one reader: inputs tried, branches reached, failures in words."""

    reader: str
    runs: int = 0
    branches: int = 0
    failures: list[str] = field(default_factory=list)


def fuzz(name: str, seconds: int, seed: int) -> Fuzzed:
    """Fuzz the reader ``name`` for so many seconds."""
    with TemporaryDirectory(prefix="lis-sim-fuzz-") as folder:
        command = [sys.executable, "-m", "benchmarks.fuzz_bytes_part", name, str(seconds)]
        try:
            done = subprocess.run(
                [*command, str(seed), folder],
                cwd=_ROOT,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=seconds + _START,
            )
            code, said = f"ended with {done.returncode}", done.stderr
        except subprocess.TimeoutExpired as error:
            # Bytes, whatever `text` says: it did not come to decoding them.
            code, said = "did not end", (error.stderr or b"").decode("utf-8", "replace")
        return _result(name, Path(folder), code, said)


def _result(name: str, folder: Path, code: str, said: str) -> Fuzzed:
    found = Fuzzed(name, _last(r"stat::number_of_executed_units: (\d+)", said))
    found.runs = found.runs or _last(r"^#(\d+)\s", said)
    found.branches = _last(r" cov: (\d+)", said)
    path = folder / FAILURES
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        one = json.loads(line)
        data = _printed(bytes.fromhex(one["bytes"]))
        found.failures.append(f"{name}: {one['place']}\n{one['message'].strip()}\ninput: {data}")
    if code != "ended with 0":
        inputs = [_printed(one.read_bytes()) for one in sorted(folder.glob(f"{INPUT}*"))]
        found.failures.append(
            f"{name}: the process {code}\n{said[-2_000:]}\ninput: {', '.join(inputs) or 'unknown'}"
        )
    return found


def _last(pattern: str, text: str) -> int:
    return int((re.findall(pattern, text, re.MULTILINE) or ["0"])[-1])


def _printed(data: bytes) -> str:
    more = f" and {len(data) - _MOST_BYTES:,} bytes more" if len(data) > _MOST_BYTES else ""
    return f"{data[:_MOST_BYTES]!r}{more}"


def figures_of(found: Sequence[Fuzzed]) -> list[Figure]:
    """Return ``fuzz_bytes_runs`` and ``fuzz_bytes_failures``."""
    runs = ", ".join(f"{one.reader}: {one.runs:,} ({one.branches:,} branches)" for one in found)
    failures = [failure for one in found for failure in one.failures]
    first = "; ".join(failure.splitlines()[0] for failure in failures)
    return [
        Figure("fuzz_bytes_runs", float(sum(one.runs for one in found)), detail=runs),
        Figure("fuzz_bytes_failures", float(len(failures)), target="<= 0", detail=first),
    ]


def main(arguments: Sequence[str] | None = None, out: TextIO = sys.stdout) -> int:
    """Fuzz the readers asked for; return the exit code: 0 when nothing failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz_bytes", description=__doc__)
    parser.add_argument("reader", nargs="?", help=f"one of {', '.join(READERS)}; without: all")
    parser.add_argument("--seconds", type=int, default=60, help="for each reader")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one object on stdout")
    given = parser.parse_args(arguments)
    if given.reader is not None and given.reader not in READERS:
        accepted = f"{nearest(given.reader, READERS)}; accepted: {', '.join(READERS)}"
        parser.error(f"no reader is called '{given.reader}'{accepted}")
    if given.seconds < 1 or given.seed < 1:  # 0 means for ever, and any seed, to libFuzzer
        parser.error("--seconds and --seed; accepted: whole numbers from 1")
    if importlib.util.find_spec("atheris") is None:
        print(MISSING, file=sys.stderr)
        return 1
    found = []
    for name in READERS if given.reader is None else (given.reader,):
        found.append(fuzz(name, given.seconds, given.seed))
        said = f"{found[-1].runs:,} inputs, {found[-1].branches:,} branches"
        print(f"{name}: {said}, {len(found[-1].failures)} failures", file=sys.stderr)
        for failure in found[-1].failures:
            print(failure, file=sys.stderr)
    figures = figures_of(found)
    if given.json:
        print(json.dumps({"figures": [one.record() for one in figures]}), file=out)
    else:
        for one in figures:
            print(f"{one.name} {one.value:,.0f} {one.target} {one.detail}".rstrip(), file=out)
    return 1 if any(one.failures for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
