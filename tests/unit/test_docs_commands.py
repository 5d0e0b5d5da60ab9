"""No page shows a command that is neither run nor marked, or that does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from benchmarks.__main__ import NAMES, ON_REQUEST
from benchmarks.bars import BARS
from lis_sim.cli import app
from tests.slow.docs_pages import PAGES, ROOT, Block, blocks, blocks_of, name_of, prose

# What begins a command that somebody would paste.
_COMMAND = re.compile(
    r"^ {4,}(?:\$ )?(?:\.venv/bin/|lis-sim |python |pip |make \w|curl |docker |export |apt)",
    flags=re.MULTILINE,
)
_LIS_SIM = re.compile(r"(?:^|[\s(`])(?:\.venv/bin/)?lis-sim ((?:[^\s`]|[ \t]|\\\n)+)")
_MODULE = re.compile(r"python -m (benchmarks[\w.]*)((?: --only \w+)?)")
_MAKE = re.compile(r"(?:^|`)make ((?:[a-z-]+ ?)+)", flags=re.MULTILINE)
FIGURES = {*NAMES, *ON_REQUEST, *(bar.name for bar in BARS)}
by_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


def unmarked(name: str, text: str) -> list[str]:
    """Return what is wrong with the blocks of a page."""
    found = [
        f"{name}: a command that is no fenced block, so that no test sees it: {one[0].strip()}"
        for one in _COMMAND.finditer(prose(text))
    ]
    for block in blocks_of(name, text):
        if block.mark.startswith("run by "):
            test = block.mark.removeprefix("run by ").split(",")[0].strip()
            if not (ROOT / test).is_file() or Path(name).stem not in (ROOT / test).read_text():
                found.append(f"{block.where}: {test} is no test that names this page")
        elif block.mark.startswith("not run") and not re.fullmatch(r"not run: .{5,}", block.mark):
            found.append(f"{block.where}: not run, and no reason")
        elif not block.language and _COMMAND.search("    " + block.text):
            found.append(f"{block.where}: a command in a block without a language")
    return found


@by_page
def test_every_block_is_run_or_says_why_not(page: Path) -> None:
    assert unmarked(name_of(page), page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Type\n\n    lis-sim run quickstart\n", "no fenced block"),
        ("```\npython -m benchmarks\n```\n", "without a language"),
        ("<!-- not run: -->\n```bash\nmake soak\n```\n", "no reason"),
        ("<!-- run by tests/none.py -->\n```bash\nmake soak\n```\n", "is no test that names"),
        ("<!-- run by tests/slow/test_ray.py -->\n```bash\nls\n```\n", "is no test that names"),
    ],
)
def test_the_test_sees_what_it_should(text: str, said: str) -> None:
    (found,) = unmarked("docs/no_such_page.md", text)
    assert said in found


def test_blocks_are_found_with_their_marks() -> None:
    text = "a\n<!-- not run: too long -->\n```bash\nls\n```\n\n1. b\n   ```python\n   x\n   ```\n"
    first, second = blocks_of("p.md", text)
    assert first == Block("p.md", 3, "bash", "ls\n", "not run: too long")
    assert (second.text, second.run_here, first.run_here) == ("x\n", True, False)


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words behind each `lis-sim` of a page, comments left out."""
    for found in _LIS_SIM.finditer(text):
        yield found[1].replace("\\\n", " ").partition(" #")[0].split()


@by_page
def test_commands_and_options_exist(page: Path) -> None:
    """Also of blocks that are not run, and of commands named in a sentence."""
    top = get_command(app)
    fenced = "\n".join(one.text for one in blocks(page))
    inline = "\n".join(re.findall(r"`[^`]+`", prose(page.read_text(encoding="utf-8"))))
    for words in [*commands(fenced), *commands(inline)]:
        command, path = top, ["lis-sim"]
        while words and (inner := getattr(command, "commands", None)) is not None:
            name = words.pop(0)
            if name.startswith("-"):
                break
            if name == "COMMAND" or not re.match(r"\w", name):
                words.clear()
                break
            assert name in inner, f"{name_of(page)}: {' '.join(path)} {name}"
            command = inner[name]
            path.append(name)
        known = {one for parameter in command.params for one in parameter.opts} | {"--help"}
        for word in words:
            option = re.match(r"--[a-z][a-z-]*", word)
            if option and not getattr(command, "commands", None):
                assert option[0] in known, f"{name_of(page)}: {' '.join(path)} {option[0]}"


@by_page
def test_benchmarks_and_targets_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z][a-z -]*):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    known = {name for line in targets for name in line.split()}
    for module, only in _MODULE.findall(text):
        path = ROOT / module.rstrip(".").replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file(), f"{name_of(page)}: {module}"
        if only:
            assert only.split()[1] in FIGURES, f"{name_of(page)}: {only}"
    for names in _MAKE.findall("\n".join(one.text for one in blocks(page))):
        assert names.split()[0] in known, f"{name_of(page)}: make {names}"
