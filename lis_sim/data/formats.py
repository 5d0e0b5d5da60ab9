"""Which formats raw files may have, and which one a file's name stands for."""

from __future__ import annotations

from pathlib import Path

FORMATS = {"csv": ",", "tsv": "\t", "jsonl": "", "parquet": ""}  # and what stands between fields
TEXT_FORMATS = ("csv", "tsv")
_OTHER_ENDINGS = {"pq": "parquet", "ndjson": "jsonl"}
_PACKED = (".gz", ".gzip", ".zst", ".zstd")


def format_of(path: Path) -> str:
    """Return the format that the name of ``path`` ends in, or that ending where it is none of ours.

    A folder has the format of its first part. Whether a file is compressed its bytes tell, not
    its name.

    >>> [format_of(Path(name)) for name in ("a.csv", "a.tsv.gz", "A.JSONL.zst", "a.pq", "a.dat")]
    ['csv', 'tsv', 'jsonl', 'parquet', 'dat']
    """
    if path.is_dir():
        parts = parts_of(path)
        return format_of(parts[0]) if parts else ""
    name = Path(path.name.lower())
    name = name.with_suffix("") if name.suffix in _PACKED else name
    ending = name.suffix.removeprefix(".")
    return _OTHER_ENDINGS.get(ending, ending)


def parts_of(folder: Path) -> list[Path]:
    """Return the files below ``folder`` by their paths; names that begin with . or _ do not count.

    Writers of parts leave such names beside them: ``_SUCCESS``, ``.part-0.csv.crc``.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name:
    ...     for file in ("b/part-0.csv", "a/part-1.csv", "_SUCCESS", "a/.part-1.csv.crc"):
    ...         (Path(name) / file).parent.mkdir(exist_ok=True)
    ...         (Path(name) / file).touch()
    ...     [str(path.relative_to(name)) for path in parts_of(Path(name))]
    ['a/part-1.csv', 'b/part-0.csv']
    """
    found = (path for path in folder.rglob("*") if path.is_file())
    shown = (path for path in found if not _hidden(path.relative_to(folder)))
    return sorted(shown, key=lambda path: path.relative_to(folder).parts)


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.parts)
