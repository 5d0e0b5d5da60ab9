"""JSON Lines as a DuckDB relation: one object a line, its keys the columns, every value as text."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import duckdb

from lis_sim.data.raw_files import compression, unpacked
from lis_sim.data.raw_header import refuse_other
from lis_sim.data.raw_sql import file_list, text
from lis_sim.data.readable import readable
from lis_sim.errors import DataError

_ACCEPTED = "one JSON object in every line, UTF-8"


def key_names(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> list[str]:
    """Return the keys of all objects of all files, sorted.

    A pass of its own over the files: a key that only the last line has needs a role as well.
    """
    for path in paths:
        _check_start(path)
    query = f"SELECT DISTINCT unnest(json_keys(json)) AS key FROM {objects(paths)} ORDER BY key"
    with readable(", ".join(path.name for path in paths)):
        found = [str(key) for (key,) in connection.execute(query).fetchall()]
    if not found:
        raise DataError(f"{paths[0]} has no keys; accepted: {_ACCEPTED}")
    return found


def objects(paths: Sequence[Path]) -> str:
    """Return SQL for the objects of the files in order, unread."""
    return f"read_ndjson_objects({_settings(paths)})"


def values(paths: Sequence[Path], names: Sequence[str], lists: Collection[str]) -> str:
    """Return SQL for the values of the keys ``names``: text, lists of text for those in ``lists``.

    A missing key and ``null`` are NULL; objects and other lists are their JSON.
    """
    kinds = {name: "VARCHAR[]" if name in lists else "VARCHAR" for name in names}
    columns = ", ".join(f"{text(name)}: {text(kind)}" for name, kind in kinds.items())
    return (
        f"read_json({_settings(paths)}, format='newline_delimited', auto_detect=false, "
        f"columns={{{columns}}})"
    )


def _settings(paths: Sequence[Path]) -> str:
    return f"{file_list(paths)}, hive_partitioning=false, compression={text(compression(paths))}"


def _check_start(path: Path) -> None:
    with unpacked(path) as file:
        start = bytes(file.read(65_536)).lstrip()
    if start and not start.startswith(b"{"):
        refuse_other(path, start, _ACCEPTED)
        raise DataError(
            f"{path} does not begin with an object ('{{'); accepted: {_ACCEPTED}; a list becomes "
            "lines by jq -c '.[]'"
        )
