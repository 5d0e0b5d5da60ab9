"""Cases of live runs' folders: a file was changed, and ``lis-sim monitor --once`` goes on."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from random import Random

from lis_sim.config import RunConfig, parse_config
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.training.api import claimed
from lis_sim.training.live import LiveRun, follow, prepare_live
from tests.fuzz.case import Case
from tests.fuzz.settings_run_folder import damage

FILES = ("log.jsonl", "log.jsonl", "live.json", "windows.jsonl", "timings.jsonl", "run.json")


@dataclass(frozen=True)
class LiveTemplate:
    """A live run that has played what is due, and where its copies are damaged."""

    folder: Path

    @cached_property
    def config(self) -> RunConfig:
        world = SyntheticSpec(events=600, users=30, items=20, seed=3)
        log = write_synthetic(world, self.folder / "world", replace=True)
        return parse_config(
            {
                "name": "tiny",
                "data": {"source": str(log.path)},
                "stream": {"window": {"events": 120}, "step_events": 60, "cold_support": 4}
                | {"warmup_windows": 1},
                "policy": {"name": "popularity"},
                "preferences": [{"name": "co", "settings": {"rank": 2, "extra": 2}}],
                "horizon": "1h",
                "replicates": 1,
                "training": {"engine": "local", "checkpoint_windows": 2, "checkpoint_share": 1.0},
                "monitoring": {"enabled": False},
            }
        )

    @cached_property
    def run(self) -> Path:
        """The folder of the run as it was when nothing more was due."""
        self.watch(self.folder / "live")
        return self.folder / "live"

    def watch(self, folder: Path) -> None:
        """Do what ``monitor --once`` does."""
        prepared = prepare_live(self.config, folder)
        with claimed(prepared):
            live = LiveRun(prepared)
            live.start()
            follow(live, threading.Event(), True, lambda played: None)

    def copy(self) -> Path:
        to = self.folder / "copy" / self.run.name
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.run, to)
        return to


def live_folder_cases(seed: int, folder: Path) -> Iterator[Case]:
    """Yield, for ever, damaged folders of live runs."""
    template = LiveTemplate(folder / "live")
    template.copy()  # made now, not within the time limit of a case
    number = 0
    while True:
        random = Random(f"{seed} live folder {number}")
        name = random.choice(FILES)
        yield Case(
            "live folder",
            f"{number} {name}",
            partial(_try, template, name, random),
            says=re.escape(str(template.folder)),
        )
        number += 1


def _try(template: LiveTemplate, name: str, random: Random) -> None:
    folder = template.copy()
    damage(folder / name, random)
    template.watch(folder)
    windows = (folder / "windows.jsonl").read_bytes()
    assert windows == (template.run / "windows.jsonl").read_bytes(), "other windows"
