"""Cases of settings files: refused with the file's name, or written so that they read the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import yaml

from lis_sim.cli.run import checked_config
from lis_sim.config import (
    RunConfig,
    load_config,
    parse_config,
    read_settings,
)
from lis_sim.search.folder import config_text
from lis_sim.search.settings import TuneConfig, load_tune
from tests.fuzz.case import Case
from tests.fuzz.settings_damage import changed, damaged, odd_value

SHIPPED = sorted((Path(__file__).resolve().parents[2] / "configs").glob("*.yaml"))
# Every group and every kind of setting, so that a change may hit any of them.
WHOLE: dict[str, Any] = {
    "name": "whole",
    "data": {"synthetic": {"events": 2000, "users": 50, "items": 40, "seed": 1}, "cache": "c"},
    "stream": {"window": {"duration": "12h"}, "step_events": 64, "history": 5, "warmup": 0.25}
    | {"warmup_windows": 2, "first_windows": 6, "cold_support": 3, "recent_half_life": 4.0},
    "policy": {"name": "deepfm", "settings": {"dim": 4, "hidden": [8]}},
    "preferences": [
        {"name": "co", "kind": "co_click", "per_user": 9, "settings": {"rank": 4, "until": 0.9}},
        {"name": "sid", "kind": "sparse_id", "settings": {"passes": 1, "rate": 0.1}},
    ],
    "representations": ["content"],
    "form": "residual",
    "horizon": "12h",
    "folds": 3,
    "replicates": 2,
    "seed": 7,
    "tower_dim": 8,
    "minimum_effect": 0.002,
    "drift": {"detectors": ["adwin"], "psi": 0.1, "reference_windows": 5},
    "training": {
        "engine": "local",
        "workers": 1,
        "device": "cpu",
        "checkpoint_windows": 2,
        "checkpoint_share": 1.0,
    },
    "monitoring": {"enabled": False, "port": 0, "pushgateway": "http://localhost:9091"},
    "monitor": {"poll_seconds": 1.5},
}


def config_cases(seed: int, folder: Path) -> Iterator[Case]:
    """Yield, for ever, settings of which something is changed: in values, or in the text."""
    texts = [path.read_bytes() for path in SHIPPED] + [yaml.safe_dump(WHOLE).encode()]
    values = [yaml.safe_load(text) for text in texts]
    number = 0
    while True:
        random = Random(f"{seed} config {number}")
        at = random.randrange(len(texts))
        if number % 2:
            text = dumped(changed(values[at], random), random)
        else:
            text = damaged(texts[at], random)
        yield _file_case("config", number, folder, text)
        number += 1


def override_cases(seed: int, folder: Path) -> Iterator[Case]:
    """Yield, for ever, ``--set`` with odd paths and odd values."""
    whole = folder / "whole.yaml"
    whole.write_text(yaml.safe_dump(WHOLE))
    number = 0
    while True:
        random = Random(f"{seed} override {number}")
        base = random.choice((whole, *SHIPPED))
        overrides = [_override(random) for _ in range(random.choice((1, 1, 2)))]
        file = folder / "override.yaml"

        def run(base: Path = base, overrides: list[str] = overrides, file: Path = file) -> None:
            file.write_bytes(base.read_bytes())
            _read(file, overrides)

        yield Case("override", f"{number} {base.stem}", run)
        number += 1


def _override(random: Random) -> str:
    paths = [".".join(path) for path in _paths(WHOLE)]
    paths += [
        "search.space.policy.settings.dim",
        "search.trials",
        "search.until",
        "a",
        "",
        "..",
        "=",
    ]
    path = random.choice(paths)
    if random.random() < 0.4:
        return f"{path}={_flow(_value_at(path))}"
    value = odd_value(random)
    written = random.choice((_flow(value), "[", "{a: 1, a: 2}", "&a [*a]", "!!set {a}", "010"))
    return f"{path}={written}" if random.random() < 0.97 else written


def _paths(value: dict[str, Any], before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, inner in value.items():
        yield (*before, key)
        if isinstance(inner, dict):
            yield from _paths(inner, (*before, key))


def _value_at(path: str) -> Any:
    """Return an ordinary value of the setting at ``path``; None for what is none."""
    found: Any = WHOLE
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _flow(value: Any) -> str:
    return (
        yaml.safe_dump(value, default_flow_style=True, width=10**9).removesuffix("\n...\n").strip()
    )


def dumped(value: Any, random: Random) -> bytes:
    """Return a value as somebody may write it into a settings file."""
    if random.random() < 0.2:
        return json.dumps(value).encode()  # YAML too, nearly
    return yaml.safe_dump(value, allow_unicode=random.random() < 0.5, sort_keys=False).encode(
        "utf-8", "surrogatepass"
    )


def _file_case(kind: str, number: int, folder: Path, text: bytes) -> Case:
    file = folder / "fuzzed.yaml"

    def run() -> None:
        file.write_bytes(text)
        _read(file, [])

    return Case(kind, str(number), run, says=re.escape(file.name))


def _read(file: Path, overrides: list[str]) -> None:
    """Read settings as ``run`` or ``tune`` does; what is accepted must survive being written."""
    raw = read_settings(file, overrides)
    if "search" in raw:
        _survives_tune(load_tune(file, overrides), file)
    else:
        config = checked_config(file, overrides)
        survives(config, file)


def survives(config: RunConfig, file: Path) -> None:
    """Check that settings that were accepted read the same when they are written."""
    json.dumps(config.deciding(), allow_nan=False)
    written = file.with_name("written.yaml")
    # As RunFolder.claim does.
    written.write_text(yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False), "utf-8")
    again = load_config(written)
    assert again.model_dump(mode="json") == config.model_dump(mode="json")
    assert parse_config(config.model_dump(mode="json")) == again


def _survives_tune(tune: TuneConfig, file: Path) -> None:
    written = file.with_name("written.yaml")
    written.write_text(config_text(tune), encoding="utf-8")
    again = load_tune(written)
    assert (again.base, again.search, again.objectives) == (tune.base, tune.search, tune.objectives)
    assert again.space.dimensions == tune.space.dimensions
