"""What DuckDB finds wrong with raw files, in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from lis_sim.data.storing import storage_error
from lis_sim.errors import DataError

_LINES = 3
_ADVICE = ("Try ", "Possible fixes", "LINE ")  # DuckDB's own settings, and our SQL
_LONGEST = 400  # characters: DuckDB shows whole lines of the file
_TEXT = "the same number of fields in every line, as the header or `columns` says, one kind of line"


@contextmanager
def readable(where: str) -> Iterator[None]:
    """Turn DuckDB's complaint about the files ``where`` into a :class:`DataError`.

    What is of the disk or of the memory limit passes: others tell it.
    """
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise
    except (duckdb.Error, UnicodeDecodeError) as error:
        if storage_error(error, Path(where)) is not None:
            raise
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        lines = [line for line in lines if not line.startswith(_ADVICE)]
        said = "; ".join(lines[:_LINES]).removeprefix("Invalid Input Error: ")
        said = said if len(said) <= _LONGEST else f"{said[:_LONGEST]}..."
        raise DataError(
            f"{where} cannot be read: {said}; accepted: {_TEXT} end, quotes closed, UTF-8, lines "
            "of at most 2,000,000 bytes; one JSON object of at most 16 MiB a line; or whole "
            "Parquet files"
        ) from error
