"""Cases of the settings of parts: every field with odd values, played where they are accepted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from lis_sim.cli.run import checked_config
from lis_sim.config import DriftConfig, MetricsConfig, StreamConfig
from lis_sim.data.synthetic import SyntheticSpec, parse_synthetic
from lis_sim.preference.co_click_settings import CoClickSettings
from lis_sim.preference.selection import Selection
from lis_sim.preference.sparse_id_settings import SparseIdSettings
from lis_sim.training.api import execute, prepare
from policies.catalogue import POLICIES, default_settings
from policies.settings import TowerRates
from tests.fuzz.case import Case
from tests.fuzz.settings_damage import odd_value
from tests.fuzz.settings_yaml import dumped, survives


def part_cases(seed: int, folder: Path) -> Iterator[Case]:
    """Yield, for ever, settings of which one of a part has an odd value: all parts, all fields."""
    world = {"events": 400, "users": 20, "items": 15, "seed": 1}
    base: dict[str, Any] = {
        "name": "part",
        "data": {"synthetic": world, "cache": str(folder / "cache")},
    }
    base |= {
        "stream": {"window": {"count": 3}, "step_events": 200},
        "training": {"engine": "local"},
    }
    base |= {"replicates": 1, "monitoring": {"enabled": False}}
    number = 0
    while True:
        random = Random(f"{seed} part {number}")
        value = odd_value(random)
        kind, settings = random.choice(_PARTS)
        field = random.choice(settings)
        part = {field: value}
        yield Case(
            "part", f"{number} {kind}.{field}", partial(_play_part, base, kind, part, folder)
        )
        number += 1


_PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    *((name, tuple(default_settings(name))) for name in POLICIES),
    ("tower", tuple(one.name for one in fields(TowerRates))),
    ("co_click", tuple(one.name for kind in (CoClickSettings, Selection) for one in fields(kind))),
    (
        "sparse_id",
        tuple(one.name for kind in (SparseIdSettings, Selection) for one in fields(kind)),
    ),
    ("synthetic", tuple(one.name for one in fields(SyntheticSpec))),
    ("stream", tuple(StreamConfig.model_fields)),
    ("drift", tuple(DriftConfig.model_fields)),
    ("metrics", tuple(MetricsConfig.model_fields)),
    ("run", ("horizon", "folds", "seed", "tower_dim", "minimum_effect", "arms", "form", "content")),
)


def _play_part(base: dict[str, Any], kind: str, part: dict[str, Any], folder: Path) -> None:
    """Read the settings of a part, and play them on a tiny world if they are accepted."""
    raw = {**base, "policy": {"name": "popularity"}}
    if kind in POLICIES:
        raw["policy"] = {"name": kind, "settings": part}
    elif kind == "tower":
        raw["policy"] = {"name": "deepfm", "settings": {"tower": part}}
    elif kind in ("co_click", "sparse_id"):
        raw["preferences"] = [{"name": "p", "kind": kind, "settings": part}]
    elif kind == "synthetic":
        parse_synthetic(base["data"]["synthetic"] | part)
        return
    elif kind == "run":
        raw |= part
    else:
        raw[kind] = {**base.get(kind, {}), **part}
    raw.setdefault("preferences", [{"name": "p", "settings": {"rank": 2, "extra": 2}}])
    file = folder / "part.yaml"
    file.write_bytes(dumped(raw, Random(0)))
    config = checked_config(file, [])
    survives(config, file)
    execute(prepare(config, folder / "part"), restart=True)
