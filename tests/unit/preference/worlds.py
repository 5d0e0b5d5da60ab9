"""Small logs for the tests of ``lis_sim.preference``, and what a builder shows of them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lis_sim.arms import Arm, default_arms
from lis_sim.data import representations
from lis_sim.data.dataset import Dataset
from lis_sim.data.windows import WindowRule, plan_windows
from lis_sim.data.writer import DatasetWriter, describe_events
from lis_sim.preference import Builder, BuilderPlan, Horizon, PreferenceSpec
from lis_sim.preference.builder import Shown
from lis_sim.preference.evidence import Evidence
from lis_sim.preference.source import fitted
from lis_sim.types import (
    Bool,
    Float32,
    Float64,
    Int32,
    Int64,
    RepresentationTable,
    Window,
)

USERS, ITEMS, COLOURS = 12, 9, 3
FIRST_US = 1_700_000_000_000_000
SMALL = {"rank": 3, "extra": 2, "first_rounds": 3}
CO_CLICK = PreferenceSpec("co_click", settings=SMALL)


@dataclass(frozen=True)
class Log:
    """A log in memory that can be garbled and written; item ``i`` has colour ``i % COLOURS``."""

    user: Int32
    item: Int32
    time_us: Int64
    label: Float32
    seconds: Float64  # an outcome
    negatives: str | None = None
    label_time_us: Int64 | None = None

    def garbled(self, rows: Bool, users: bool = False) -> Log:
        """Change item, label and outcome (and on request user) of every one of ``rows``."""
        return replace(
            self,
            item=np.where(rows, (self.item + 1) % ITEMS, self.item).astype(np.int32),
            label=np.where(rows, 1.0 - self.label, self.label).astype(np.float32),
            seconds=np.where(rows, 60.0 - self.seconds, self.seconds),
            user=np.where(rows & users, (self.user + 5) % USERS, self.user).astype(np.int32),
        )

    def write(self, *tables: RepresentationTable) -> Dataset:
        """Write it as a dataset folder that is removed when Python ends."""
        out = Path(tempfile.mkdtemp(dir=_FOLDER.name)) / "log"
        with DatasetWriter(out) as writer:
            late = self.label_time_us
            columns: dict[str, pa.Array[Any]] = {
                "user": pa.array(self.user),
                "item": pa.array(self.item),
                "time": pa.array(self.time_us),
                "label": pa.array(self.label),
                **({} if late is None else {"label_time": pa.array(late)}),
                "colour": pa.array((self.item % COLOURS).astype(np.int32)),
                "seconds": pa.array(self.seconds),
                "long": pa.array(self.seconds >= 30),
                "remark": pa.array(["none"] * len(self.user)),
            }
            writer.events.append(pa.table(columns))
            writer.events.close()
            ids: dict[str, pa.Array[Any]] = {
                "user": pa.array(np.arange(USERS)),
                "item": pa.array(np.arange(ITEMS)),
                "colour": pa.array(["red", "green", "blue"]),
            }
            colour = np.arange(ITEMS, dtype=np.int32) % COLOURS
            writer.side_table("items", {"colour": pa.array(colour)})
            for name, values in ids.items():
                writer.vocabulary(name, values)
            record = describe_events(writer.events, "small", ids, ["colour"], [])
            outcomes = ("seconds", "long", "remark")
            record = replace(record, outcomes=outcomes, negatives=self.negatives)
            path = writer.finish(replace(record, label_time=late is not None))
        for vectors in tables:
            (path / "representations").mkdir(exist_ok=True)
            file = path / "representations" / f"{vectors.name}.parquet"
            representations.write_table(file, vectors)
        return Dataset.open(path)


_FOLDER = tempfile.TemporaryDirectory()


def random_log(seed: int, events: int = 180) -> Log:
    """Return a log in which ties in time and repeated (user, item) pairs are common."""
    random = np.random.default_rng(seed)
    return Log(
        user=random.integers(0, USERS, events).astype(np.int32),
        item=random.integers(0, ITEMS, events).astype(np.int32),
        time_us=FIRST_US + np.cumsum(random.integers(0, 3, events)),
        label=random.integers(0, 2, events).astype(np.float32),
        seconds=random.integers(0, 61, events).astype(np.float64),
    )


def late_log(seed: int, longest_us: int = 60) -> Log:
    """Return a log whose labels come up to ``longest_us`` after their events, ties among them."""
    log = random_log(seed)
    delay = np.random.default_rng(seed + 1).integers(0, longest_us + 1, len(log.user))
    return replace(log, label_time_us=log.time_us + delay)


def windows_of(log: Log, count: int = 5) -> tuple[Window, ...]:
    """Cut a log into windows."""
    return plan_windows(log.write(), WindowRule(count=count))


def plan_of(
    windows: Sequence[Window],
    horizon: Horizon,
    preferences: tuple[PreferenceSpec, ...] = (CO_CLICK,),
    arms: tuple[Arm, ...] | None = None,
) -> BuilderPlan:
    """Return a plan of two replicates and three folds with every arm there is."""
    arms = arms or default_arms([p.name for p in preferences], [])
    return BuilderPlan(arms, preferences, tuple(windows), (3, 4), horizon, folds=3, tower_dim=4)


def shown_by(builder: Builder, first: int = 0, last: int | None = None) -> list[Shown]:
    """Return what arms see in windows ``[first, last)``: what changed over what was shown."""
    seen: Shown = {}
    found = []
    for window in range(first, len(builder.plan.windows) if last is None else last):
        seen = seen | builder.build(window)
        found.append(seen)
    return found


def served(log: Log, plan: BuilderPlan, windows: int | None = None) -> list[Shown]:
    """Return what arms see in the first ``windows`` windows of ``log``."""
    builder = Builder(plan, log.write())
    builder.start(0)
    return shown_by(builder, 0, windows)


def same(left: Shown, right: Shown, *kinds: str) -> bool:
    """Are all arms (of ``kinds``) shown the same bytes?"""
    assert left.keys() == right.keys()
    keys = [key for key in left if not kinds or Arm.parse(key[0]).kind in kinds]
    assert keys
    return all(
        left[key].vectors.tobytes() == right[key].vectors.tobytes()
        and left[key].supported.tobytes() == right[key].supported.tobytes()
        for key in keys
    )


def of_all(shown: Shown) -> Shown:
    """Return representations that say of every item what was shown, nothing of those not met.

    Garbling may let another item be met before the horizon; how many are is no secret.
    """
    return {key: fitted(one, ITEMS) for key, one in shown.items()}


def evidence_from(user: Int64, item: Int64, label: Int64) -> Evidence:
    """Group events by user."""
    order = np.argsort(user, kind="stable")
    sizes = np.bincount(user)
    start = np.concatenate([[0], np.cumsum(sizes[sizes > 0])]).astype(np.int64)
    return Evidence(item[order].astype(np.int32), label[order].astype(np.float32), start)
