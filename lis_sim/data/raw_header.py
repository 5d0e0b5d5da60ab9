"""The first line of a text file: the names of its columns, or what the file really is."""

from __future__ import annotations

import csv
from pathlib import Path

from lis_sim.data.import_spec import RawTable
from lis_sim.data.raw_files import unpacked
from lis_sim.errors import DataError

LONGEST_LINE = 1_000_000  # bytes; a line of the file may be as long, too
UNNAMED = "unnamed"  # a first column without a name: pandas writes its index so
_BOM = b"\xef\xbb\xbf"
_OTHERS = {
    b"PAR1": "a Parquet file: give the format parquet",
    b"\x1f\x8b": "compressed twice (gzip): unpack it once",
    b"PK\x03\x04": "a zip archive or a spreadsheet: unpack it, or save it as CSV",
    b"\x28\xb5\x2f\xfd": "compressed twice (zstd): unpack it once",
    b"BZh": "compressed (bzip2): unpack it first",
    b"\xfd7zXZ": "compressed (xz): unpack it first",
    b"\xff\xfe": "UTF-16 text: convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)",
    b"\xfe\xff": "UTF-16 text: convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)",
    b"{": "JSON: give the format jsonl, where every line is one object",
    b"[{": "a JSON list: write one object a line (jq -c '.[]') and give the format jsonl",
}
_ACCEPTED = "UTF-8 text with one name per column in its first line"


def header_names(path: Path, table: RawTable) -> list[str]:
    """Return the names in the first line of ``path``; :class:`DataError` when it has none."""
    with unpacked(path) as file:
        start = file.read(LONGEST_LINE + 1)
    if not start:
        raise DataError(f"{path} is empty; accepted: a header line and at least one row")
    refuse_other(path, start, _ACCEPTED)
    line = _line(path, start.removeprefix(_BOM), table.encoding)
    first, *others = _names(path, line, table.delimiter)
    return [first or UNNAMED, *others]


def refuse_other(path: Path, start: bytes, accepted: str) -> None:
    """Raise :class:`DataError` where the first bytes of ``path`` are those of something else."""
    for magic, what in _OTHERS.items():
        if start.startswith(magic):
            raise DataError(f"{path} is {what}; accepted: {accepted}")


def _line(path: Path, start: bytes, encoding: str) -> str:
    line = start.replace(b"\r", b"\n").partition(b"\n")[0]
    if len(line) >= LONGEST_LINE:
        raise DataError(
            f"{path}: the first {LONGEST_LINE:,} bytes have no line end; accepted: {_ACCEPTED}"
        )
    if b"\0" in line:
        raise DataError(
            f"{path}: its first line holds NUL characters, as UTF-16 text and binary files do; "
            f"accepted: {_ACCEPTED}"
        )
    if not line.strip():
        raise DataError(f"{path}: its first line is blank; accepted: {_ACCEPTED}")
    try:
        return line.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not UTF-8 text: byte {line[error.start]:#04x} near its start; "
            "accepted: UTF-8 (convert with iconv, or give the encoding latin-1); for Parquet give "
            "the format"
        ) from error


def _names(path: Path, line: str, delimiter: str) -> list[str]:
    # Quotes are an idea of comma-separated files; elsewhere they belong to the text.
    if delimiter != ",":
        names = line.split(delimiter)
        # Some writers put names, or some of them, in quotes there as well.
        return [_without_quotes(name) for name in names]
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        raise DataError(
            f"{path}: its first line cannot be read ({error}); accepted: {_ACCEPTED}, quotes closed"
        ) from error


def _without_quotes(name: str) -> str:
    return name[1:-1] if len(name) > 2 and name[0] == name[-1] == '"' else name
