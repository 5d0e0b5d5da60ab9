"""docs/frames.md: every column of every frame, with its type and words, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lis_sim.training.frames.columns import FRAMES, Frame
from lis_sim.training.frames.compared import COMPARED

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "frames.md").read_text(encoding="utf-8")
EVERY = {f"run.{name}()": frame for name, frame in FRAMES.items()} | {
    f"comparison.{name}()": frame for name, frame in COMPARED.items()
}


def table(frame: Frame) -> str:
    """Return the Markdown of a frame's columns."""
    kinds = {"timestamp[us, tz=UTC]": "time", "string": "text", "double": "float64"}
    kinds["list<item: double>"] = "list of float64"
    rows = "".join(
        f"| `{one.name}` | {kinds.get(str(one.kind), one.kind)} | {one.words} |\n"
        for one in frame.columns
    )
    return f"One row: {frame.row}.\n\n| column | type | what it is |\n|---|---|---|\n{rows}"


def page() -> str:
    """Return the sections of all frames, as the page must have them."""
    return "\n".join(f"## {name}\n\n{table(frame)}" for name, frame in EVERY.items())


@pytest.mark.parametrize("name", EVERY)
def test_the_page_has_the_very_columns(name: str) -> None:
    expected = f"## {name}\n\n{table(EVERY[name])}"
    assert expected in PAGE, f"docs/frames.md should have:\n{expected}"


def test_the_page_has_no_other_frame() -> None:
    assert re.findall(r"^## ((?:run|comparison)\.\w+\(\))$", PAGE, flags=re.MULTILINE) == [*EVERY]
