"""Presets and import options that no log could have: refused, or used as they are."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import yaml

from lis_sim.data.label_rule import LabelRule
from lis_sim.data.presets import load_preset, parse_spec, preset_names
from lis_sim.data.spec_file import spec_mapping
from lis_sim.data.synthetic import parse_synthetic
from tests.fuzz import nasty
from tests.fuzz.case import Case
from tests.fuzz.scratch import scratch

GOOD: dict[str, Any] = {
    "name": "fuzzed",
    "files": ["log.csv"],
    "format": "csv",
    "separator": ",",
    "header": True,
    "columns": ["user", "item", "time", "label"],
    "user": "user",
    "item": "item",
    "time": "time",
    "time_unit": "s",
    "label": "rating >= 4",
    "label_time": "known",
    "conversion_window": "7d",
    "id_type": "string",
    "categorical": ["place", {"name": "tab", "missing": "none"}],
    "numeric": [{"name": "price", "missing": 0.0}],
    "outcomes": ["paid"],
    "ignored": ["row"],
    "drop_duplicates": False,
    "items": {"files": ["items.csv"], "item": "item", "categorical": ["genre"], "unknown": "drop"},
    "representations": [{"name": "v", "file": "v.parquet", "trained_until": "2024-01-31"}],
    "homepage": "https://example.org",
    "encoding": "utf-8",
    "time_origin": "2024-01-01",
    "joined": {"user": ["device", "network"]},
    "request": "session",
    "negatives": {"per_positive": 4, "seed": 1},
}
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**70, 1.5, float("nan"), float("inf"), "", " ", "x", "a\0b"),
    *([], [None], [1], ["x", "x"], [["x"]], {}, {"x": 1}, {1: 2}, [{}], [{"name": 1}], "../../x"),
    *("label", "\n", "::", '"', "x" * 100_000, ["x"] * 20_000, "0001-01-01", "9999-12-31T23:59:59"),
    *([{"name": "x", "missing": [1]}], [{"name": "x", "missing": "abc"}], "a > b", "x >= 1e999"),
)
SYNTHETIC = ("events", "users", "items", "days", "seed", "drift", "signals", "label_rate", "noise")


def check_spec(content: object) -> None:
    """What is accepted must read back as itself."""
    spec = parse_spec(content, "preset.yaml")
    assert parse_spec(spec_mapping(spec), "preset, written") == spec
    assert isinstance(spec.drop_duplicates, bool)
    assert isinstance(spec.rule, LabelRule)


def check_text(content: bytes, folder: Path) -> None:
    """Read a preset from a file."""
    with scratch(folder) as place:
        (place / "preset.yaml").write_bytes(content)
        load_preset(str(place / "preset.yaml"))


def corpus(folder: Path) -> Iterator[Case]:
    """Yield every value under every key, one level down as well, and odd YAML."""
    for path in _paths(GOOD):
        for value in VALUES:
            content = changed(path, value)
            yield Case("preset", f"{path} is {value!r:.60}", partial(check_spec, content), "preset")
    texts: dict[str, bytes] = {
        "empty": b"", "no YAML": b"{", "tab": b"\tname: x", "NUL": b"name: a\0b",
        "not UTF-8": b"name: \xff", "UTF-16": "name: x".encode("utf-16"), "a list": b"[1]",
        "a tag": b"!!python/object/apply:os.system ['true']", "twice": b"name: a\nname: b",
        "deep": b"[" * 20_000, "aliases": b"a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b]",
        "a date that is none": b"name: 2024-13-45", "a huge number": b"name: " + b"9" * 9_999,
        "two documents": b"name: a\n---\nname: b", "merge": b"<<: {name: x}",
    }  # fmt: skip
    for name, text in texts.items():
        yield Case("preset", name, partial(check_text, text, folder), "preset", refused=True)
    for key in SYNTHETIC:
        for value in VALUES:
            run = partial(parse_synthetic, {key: value})
            yield Case("synthetic", f"{key} is {value!r:.60}", _silent(run), "")


def changed(path: tuple[Any, ...], value: object) -> dict[str, Any]:
    """Return the good mapping with another value at ``path``."""
    content = copy.deepcopy(GOOD)
    node: Any = content
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return content


def mutated(random: Random, folder: Path) -> Case:
    """Return a preset with several odd values, or with damaged text."""
    if random.random() < 0.5:
        preset = load_preset(random.choice(preset_names()))
        text = yaml.safe_dump(spec_mapping(preset), sort_keys=False).encode()
        text = nasty.damaged(text, random)
        return Case("preset", f"{text!r}", partial(check_text, text, folder), "preset")
    paths, content = list(_paths(GOOD)), copy.deepcopy(GOOD)
    for _ in range(random.randint(1, 3)):
        path = random.choice([one for one in paths if len(one) == 1])
        content[path[0]] = random.choice((*VALUES, nasty.field(random)))
    return Case("preset", f"{content!r:.500}", partial(check_spec, content), "preset")


def _paths(node: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    keys = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in keys:
        yield (*before, key)
        if isinstance(value, dict | list):
            yield from _paths(value, (*before, key))


def _silent(run: partial[Any]) -> Any:
    def quiet() -> None:
        run()

    return quiet
