"""Names, texts and files as DuckDB reads them in SQL."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

_PATTERN = re.compile(r"([*?\[])")


def quoted(name: str) -> str:
    """Return ``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: object) -> str:
    """Return ``value`` as an SQL string literal."""
    return "'" + str(value).replace("'", "''") + "'"


def raw_value(name: str) -> str:
    """Return SQL for what a message shows of a column: its text, whatever its type."""
    return f"left(CAST({quoted(name)} AS VARCHAR), 300)"


def file_list(paths: Sequence[Path]) -> str:
    """Return ``paths`` as an SQL list of files."""
    return "[" + ", ".join(text(literal(path)) for path in paths) + "]"


def literal(path: Path) -> str:
    """Return ``path`` as DuckDB finds that file alone: `*`, `?` and `[` are patterns to it.

    >>> literal(Path("log[1].csv"))
    'log[[]1].csv'
    """
    return _PATTERN.sub(r"[\1]", str(path))
