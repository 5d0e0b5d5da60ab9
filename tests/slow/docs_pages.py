"""The pages of the documentation: their code blocks, and what each says about being run.

A block of a language that can be run is run by ``test_docs.py``, in the order of the page, in one
folder of its own, unless a comment right above it says otherwise:

    <!-- run by tests/unit/scoring/test_docs.py -->       another test runs it
    <!-- not run: needs a cluster -->                      nobody does, and why

A ``text`` block after one that is run is what it must print.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BESIDE = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "benchmarks/README.md", "deploy/README.md")
PAGES = (*sorted((ROOT / "docs").rglob("*.md")), *(ROOT / name for name in BESIDE))
RUNNABLE = ("bash", "console", "sh", "shell", "python", "pycon", "py", "sql")
# Written by commands, which do not write comments for our tests.
WRITTEN = {"docs/validation.md": "not run: hours; tests/slow/test_validate.py plays a few worlds"}
_BLOCK = re.compile(
    r"(?:^[ ]*<!-- (?P<mark>[^>]*?) -->\n)?^(?P<margin>[ ]*)```(?P<language>\w*)\n"
    r"(?P<text>.*?)^(?P=margin)```$",
    flags=re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, text, and the comment above it."""

    page: str
    line: int
    language: str
    text: str
    mark: str

    @property
    def runnable(self) -> bool:
        return self.language in RUNNABLE

    @property
    def run_here(self) -> bool:
        return self.runnable and not self.mark.startswith(("run by ", "not run: "))

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[Block]:
    return list(blocks_of(name_of(page), page.read_text(encoding="utf-8")))


def blocks_of(name: str, text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page in order."""
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start("language")) + 1
        mark = (found["mark"] or WRITTEN.get(name, "")).strip()
        inside = "".join(
            one.removeprefix(found["margin"]) for one in found["text"].splitlines(keepends=True)
        )
        yield Block(name, line, found["language"], inside, mark)


def runs(page: Path) -> list[tuple[Block, str | None]]:
    """Return the blocks that are run here, each with what it must print, if the page says."""
    every = blocks(page)
    after = [*every, None][1:]
    return [
        (one, follower.text if follower is not None and follower.language == "text" else None)
        for one, follower in zip(every, after, strict=True)
        if one.run_here
    ]


def prose(text: str) -> str:
    """Return a page without its fenced blocks."""
    return re.sub(r"^( *)```.*?^\1```$", "", text, flags=re.DOTALL | re.MULTILINE)
