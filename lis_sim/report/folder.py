"""The report of a run folder, written beside the records it is made of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lis_sim.errors import RunError
from lis_sim.report.html import render_report

REPORT_FILE = "report.html"
PROFILES_FILE = "preferences.json"


def write_report(folder: Path) -> Path:
    """Write ``report.html`` of a finished run and return its path.

    Reads ``summary.json`` and, where they exist, ``windows.jsonl``, ``config.yaml`` and
    ``preferences.json``. The page appears whole or not at all.

    Raises:
        RunError: there is no ``summary.json``, or a file is not what a run writes.
    """
    summary_path, config_path = folder / "summary.json", folder / "config.yaml"
    if not summary_path.exists():
        raise RunError(
            f"{folder} has no summary.json; a report needs a finished run. Give a run folder, or "
            f"finish this one by giving its `lis-sim run` command again"
        )
    summary = _decode(summary_path, summary_path.read_text())
    config_text = config_path.read_text() if config_path.exists() else None
    profiles = _profiles(folder / PROFILES_FILE)
    page = render_report(summary, _records(folder / "windows.jsonl"), config_text, profiles)
    unfinished = folder / f".{REPORT_FILE}.unfinished"
    unfinished.write_text(page, encoding="utf-8")
    return unfinished.replace(folder / REPORT_FILE)


def _records(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield _decode(path, line)


def _profiles(path: Path) -> list[dict[str, Any]]:
    """Return the profiles of the run's preference data, none where they were not kept."""
    return list(_decode(path, path.read_text())["preferences"]) if path.exists() else []


def _decode(path: Path, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise RunError(f"{path} is not JSON as a run writes it: {error}") from error
    if not isinstance(value, dict):
        raise RunError(f"{path} holds a {type(value).__name__}, not a JSON object as a run writes")
    return value
