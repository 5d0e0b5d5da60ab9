"""docs/formats.md: its examples are specs, and import what they say; every preset is named."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lis_sim.data.importing import import_log
from lis_sim.data.presets import load_preset, parse_spec, preset_names
from lis_sim.plain import parse_yaml
from tests.unit.data.logs import FIRST_S

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "formats.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)

ROWS: dict[str, list[dict[str, Any]]] = {
    "events": [
        {"device": "d", "network": n, "item_id": "i", "at": "14/Nov/2023:22:13:20 +0000",
         "clicked": n == 1, "debug_a": {"x": [1]}}
        for n in range(3)
    ],
    "requests": [
        {"user_id": "u", "timestamp": FIRST_S + n, "request_id": f"r{n}", "shown": ["a", "b"],
         "clicked": ["b"], "surface": "feed"}
        for n in range(3)
    ],
}  # fmt: skip


@pytest.mark.parametrize("text", BLOCKS)
def test_the_examples_import(text: str, tmp_path: Path) -> None:
    spec = parse_spec(parse_yaml(text, "docs/formats.md"), "docs/formats.md")
    (file,) = spec.log.files
    (tmp_path / file).mkdir()
    lines = "".join(json.dumps(row) + "\n" for row in ROWS[file])
    (tmp_path / file / "part-0.jsonl").write_text(lines)
    log = import_log(spec.at(tmp_path), tmp_path / "out")
    users, rows = {"events": (3, 3), "requests": (1, 6)}[file]
    assert (log.record.users, log.rows, log.start_us) == (users, rows, FIRST_S * 1_000_000)


def test_there_are_examples() -> None:
    assert len(BLOCKS) == len(ROWS)


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_named_with_its_files(name: str) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("|") and f"`{name}`" in line)
    spec = load_preset(name)
    files = [*spec.log.files, *(spec.items.table.files if spec.items else ())]
    if name == "movielens_csv":
        files = []  # the same as in the row before
    assert [file for file in files if f"`{file}`" not in row] == []
    assert (spec.negatives is not None) == ("sampled negatives" in row)
