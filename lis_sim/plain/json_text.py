"""JSON as our own folders hold it: one object a file, or one a line, and no surprises in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lis_sim.errors import RunError


def read_object(path: Path, writer: str = "run") -> dict[str, Any]:
    """Return the JSON object in the file ``path``.

    Args:
        path: A file that is there.
        writer: Who writes such files, for the message: ``run`` or ``search``.

    Raises:
        RunError: it is not UTF-8, not JSON, no object, or nested too deep.
    """
    return as_object(path.read_bytes(), str(path), writer)


def as_object(text: bytes | str, where: str, writer: str = "run") -> dict[str, Any]:
    """Return the JSON object that ``text`` is; ``where`` it stands is said in the error.

    >>> as_object('{"window": 3}', "windows.jsonl, line 4")
    {'window': 3}
    >>> as_object('{"value": NaN}', "windows.jsonl, line 4")
    Traceback (most recent call last):
    lis_sim.errors.RunError: windows.jsonl, line 4 is not JSON as a run writes it: NaN is no JSON
    """
    try:
        given = text if isinstance(text, str) else text.decode("utf-8")
        value = json.loads(given, parse_constant=_refuse)
    except UnicodeDecodeError as error:
        problem = f"byte {error.start} is not UTF-8"
        raise RunError(f"{where} is not JSON as a {writer} writes it: {problem}") from error
    except RecursionError as error:
        problem = "it is nested too deep"
        raise RunError(f"{where} is not JSON as a {writer} writes it: {problem}") from error
    except ValueError as error:
        problem = str(error)[:200]
        raise RunError(f"{where} is not JSON as a {writer} writes it: {problem}") from error
    if not isinstance(value, dict):
        raise RunError(
            f"{where} holds a {type(value).__name__}, not a JSON object as a {writer} writes"
        )
    return value


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")
