"""A name on the terminal is shown: no style, no escape sequence, no line turned round."""

from __future__ import annotations

import re
import unicodedata
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.panel import Panel
from rich.progress import Progress, TextColumn
from rich.table import Table
from rich.text import Text

from lis_sim.cli.terminal import Terminal, harmless
from lis_sim.report.compare_table import comparison_tables
from lis_sim.report.preference import preference_table
from lis_sim.report.search_table import search_tables
from lis_sim.report.table import summary_table
from tests.unit.data.logs import FIRST_S
from tests.unit.data.test_data_cli import run
from tests.unit.report import example
from tests.unit.report.test_preference import PROFILE
from tests.unit.security.test_html import renamed

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e[/x][red]:bomb:\r\x08"
ROOT = Path(__file__).resolve().parents[3]


def shown(*what: object, colour: bool = False) -> str:
    out = StringIO()
    console = Terminal(file=out, width=200, force_terminal=colour)
    for one in what:
        console.print(one)
    return out.getvalue()


def controls(text: str) -> set[str]:
    return {one for one in text if unicodedata.category(one) in ("Cc", "Cf", "Cs")} - {"\n"}


@given(st.text(max_size=40))
def test_what_a_terminal_obeys_is_replaced_sign_by_sign(text: str) -> None:
    found = harmless(text)
    assert len(found) == len(text)
    assert controls(found.replace("\t", "")) == set()
    assert harmless(found) == found
    if text.isascii() and text.isprintable():
        assert found == text


def test_a_name_is_a_name_wherever_rich_takes_one() -> None:
    table = Table(HOSTILE, title=HOSTILE, caption=HOSTILE)
    table.add_row(HOSTILE)
    text = shown(HOSTILE, table, Panel(HOSTILE, title=Text(HOSTILE)), Text(HOSTILE))
    assert controls(text) == set()
    assert text.count("[red]:bomb:") >= 6


def test_styles_of_ours_are_kept() -> None:
    text = shown(Text.assemble(("leak", "red"), f" {HOSTILE}"), colour=True)
    assert text.startswith("\x1b[31mleak\x1b[0m ")
    assert "\x1b]" not in text
    assert "\x1b[2J" not in text


def test_neither_do_a_spinner_and_a_bar() -> None:
    out = StringIO()
    console = Terminal(file=out, width=100, force_terminal=True)
    with console.status(f"reading {HOSTILE}"):
        pass
    with Progress(TextColumn("{task.description}", markup=False), console=console) as bar:
        bar.add_task(HOSTILE, total=1)
    assert "owned" in out.getvalue()
    assert "\x1b]0" not in out.getvalue()
    assert "\x9b" not in out.getvalue()


def test_tables_of_results_show_hostile_names() -> None:
    summary = renamed(example.summary(), HOSTILE)
    tables = [summary_table(summary), preference_table(renamed(PROFILE, HOSTILE))]
    text = shown(*tables)
    assert controls(text) == set()
    assert "owned" in text
    assert callable(comparison_tables)
    assert callable(search_tables)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log whose columns are called as no column should be."""
    rows = [f"u{n % 3},i{n % 4},{FIRST_S + n},{n % 2},{n},{n % 2}" for n in range(24)]
    text = "\n".join(["user,item,time,click,[/x],[red]", *rows])
    (tmp_path / "log.csv").write_text(text + "\n")
    return tmp_path


def test_a_log_with_hostile_columns_is_described(log: Path) -> None:
    """A column called [/x] was a traceback of Rich's."""
    columns = ("--user", "user", "--item", "item", "--time", "time", "--label", "click")
    features = ("--numeric", "[/x]", "--numeric", "[red]")
    source = ("--source", str(log), "--file", "log.csv")
    said = run("import", str(log / "out"), *source, *columns, *features)
    said += run("describe", str(log / "out"))
    assert "[/x]" in said
    assert "leak [red] alone reaches an AUC of 1.0000" in " ".join(said.split())
    assert controls(said) == set()


def test_every_command_uses_it() -> None:
    for path in (ROOT / "lis_sim" / "cli").glob("*.py"):
        text = path.read_text()
        assert " Console(" not in text, f"{path.name}: Terminal of lis_sim.cli.terminal"
        assert "[/" not in text or path.name == "terminal.py", f"{path.name}: Text, not markup"
        for column in re.findall(r"TextColumn\(([^()]*)\)", text):
            assert "{" not in column or "markup=False" in column, path.name
