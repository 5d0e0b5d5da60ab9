"""Cases of run folders: a file of one was changed, and commands and frames read it.

What a command accepts must be right: the page is written, and a run that goes on ends with the
bytes of an undisturbed one.
"""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console

from lis_sim.cli.preference import keep_profiles
from lis_sim.config import RunConfig, parse_config
from lis_sim.report import print_drift, print_summary, read_run, render_page
from lis_sim.report.compare_table import print_comparison
from lis_sim.training.api import Run, execute, prepare
from lis_sim.training.compare import compare_runs
from lis_sim.training.frames.columns import FRAMES
from tests.fuzz.case import Case
from tests.fuzz.settings_damage import changed, damaged

JSON = ("summary.json", "run.json", "preferences.json", "engine.json")
LINES = ("windows.jsonl", "timings.jsonl")
_WINDOWS = 6


@dataclass(frozen=True)
class Template:
    """A tiny finished run, and where its copies are damaged; made when it is first asked for."""

    folder: Path

    @cached_property
    def config(self) -> RunConfig:
        return parse_config(
            {
                "name": "tiny",
                "data": {
                    "synthetic": {"events": 600, "users": 30, "items": 20, "seed": 3},
                    "cache": str(self.folder / "cache"),
                },
                "stream": {"window": {"count": _WINDOWS}, "step_events": 100, "cold_support": 4},
                "policy": {"name": "popularity"},
                "preferences": [{"name": "co", "settings": {"rank": 2, "extra": 2}}],
                "replicates": 2,
                "drift": {"reference_windows": 4},
                "training": {"engine": "local", "checkpoint_windows": 2, "checkpoint_share": 1.0},
                "monitoring": {"enabled": False},
            }
        )

    @cached_property
    def run(self) -> Path:
        """The folder of the run as it ended."""
        prepared = prepare(self.config, self.folder / "template")
        keep_profiles(prepared, execute(prepared).folder)
        return self.folder / "template"

    def copy(self, finished: bool = True) -> Path:
        """Return a fresh copy of it; unfinished, as if it had been killed before its summary."""
        to = self.folder / "copy" / self.run.name  # its name stands in the summary
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.run, to, ignore=shutil.ignore_patterns("report.html"))
        if not finished:
            (to / "summary.json").unlink()
        return to


def run_folder_cases(seed: int, folder: Path) -> Iterator[Case]:
    """Yield, for ever, damaged run folders with the command that reads them."""
    template = Template(folder)
    template.copy()  # made now, not within the time limit of a case
    number = 0
    while True:
        random = Random(f"{seed} run folder {number}")
        name = random.choice((*JSON, *LINES, "config.yaml"))
        how = random.choice(("report", "report", "unfinished", "compare", "resume", "frames"))
        yield Case(
            f"run folder: {how}",
            f"{number} {name}",
            partial(_try, template, how, name, random),
            says=f"{re.escape(str(folder))}|tiny|settings",
        )
        number += 1


def _try(template: Template, how: str, name: str, random: Random) -> None:
    folder = template.copy(finished=how in ("report", "compare", "frames"))
    if (folder / name).is_file():
        damage(folder / name, random)
    if how == "compare":
        print_comparison(compare_runs(template.run, folder), _nowhere())
    elif how == "resume":
        resume(template, folder)
    elif how == "frames":
        _frames(folder)
    else:
        _report(folder)


def _report(folder: Path) -> None:
    """Do what ``lis-sim report`` does, short of writing the page."""
    run = read_run(folder)
    page = render_page([run])
    assert "nan" not in re.sub(r"<pre.*?</pre>", "", page, flags=re.DOTALL).split(), "nan is shown"
    page.encode("utf-8")
    if run.finished:
        print_summary(run.summary, _nowhere(), folder)
        print_drift([run.series.last] if run.series.last else [], _nowhere())


def _frames(folder: Path) -> None:
    """Make every table that a program could ask for; unfinished, too."""
    for _ in range(2):
        run = Run.open(folder)
        for name in FRAMES:
            getattr(run, name)().validate(full=True)
        (folder / "summary.json").unlink(missing_ok=True)


def resume(template: Template, folder: Path) -> None:
    """Let the run go on, as the same command does; it must end as the undisturbed one did.

    But for what ``engine.json`` says of the command before, which nobody else knows.
    """
    told = [(one / "engine.json").read_bytes() for one in (folder, template.run)]
    execute(prepare(template.config, folder))
    for name in ("windows.jsonl", "summary.json"):
        ended, undisturbed = ((one / name).read_bytes() for one in (folder, template.run))
        if name == "summary.json" and told[0] != told[1]:
            ended, undisturbed = (_without_engine(one) for one in (ended, undisturbed))
        assert ended == undisturbed, f"other {name}"


def _without_engine(summary: bytes) -> bytes:
    content = json.loads(summary)
    return json.dumps(content | {"workers": None, "device": None}).encode()


def damage(path: Path, random: Random) -> None:
    """Change a file: its bytes, or, of JSON, the values in it."""
    data = path.read_bytes()
    if random.random() < 0.4 or path.suffix not in (".json", ".jsonl"):
        path.write_bytes(damaged(data, random))
    elif path.suffix == ".json":
        path.write_bytes(_written(changed(json.loads(data), random)))
    else:
        lines = data.splitlines()
        at = random.randrange(len(lines))
        lines[at] = _written(changed(json.loads(lines[at]), random))
        path.write_bytes(b"\n".join(lines) + b"\n")


def _written(value: Any) -> bytes:
    return json.dumps(value).encode()


def _nowhere() -> Console:
    return Console(file=io.StringIO(), width=120)
