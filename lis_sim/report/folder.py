"""What a run folder holds, read for a report, and the report written beside it."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from lis_sim.errors import RunError
from lis_sim.report.html import render_page
from lis_sim.report.run_records import RunRecords
from lis_sim.report.series import Series, collect
from lis_sim.report.unfinished import so_far
from lis_sim.training.folder import CONFIG, IDENTITY, PROFILES, REPORT, SUMMARY, WINDOWS

REFRESH_SECONDS = 10  # how often an open tab looks for a newer page of an unfinished run


def write_report(folder: Path) -> Path:
    """Write ``report.html`` of a run, finished or not, and return its path.

    The page appears whole or not at all. That of an unfinished run loads itself again in an open
    tab, because the run writes it anew as it goes on.

    Raises:
        RunError: the folder holds no run, or a file is not what a run writes.
    """
    return write_own_page(read_run(folder), folder)


def write_own_page(run: RunRecords, folder: Path) -> Path:
    """Write the page of ``run`` to where its own command keeps writing it."""
    refresh = None if run.finished else REFRESH_SECONDS
    return write_whole(folder / REPORT, render_page([run], refresh))


def read_run(folder: Path) -> RunRecords:
    """Return what ``folder`` holds of a run; an unfinished one needs only ``run.json``."""
    if not folder.is_dir():
        raise RunError(f"{folder} is not a folder; give a run folder, as `lis-sim run` names it")
    found = [name for name in (SUMMARY, WINDOWS, IDENTITY) if (folder / name).is_file()]
    if not found:
        raise RunError(
            f"{folder} holds no run: it has neither {SUMMARY} nor {WINDOWS} nor {IDENTITY}; "
            "give a run folder, as `lis-sim run` names it"
        )
    return described(folder, collect(_records(folder / WINDOWS, SUMMARY in found)))


def described(folder: Path, series: Series) -> RunRecords:
    """Return the run in ``folder`` whose records were taken in as ``series``."""
    config_text = _text(folder / CONFIG)
    summary = _decoded(folder / SUMMARY)
    if summary is None:
        identity = _decoded(folder / IDENTITY) or {}
        name = folder.resolve().name
        unfinished = so_far(name, identity, _settings(folder, config_text), series.last)
        unfinished["warmup_windows"] = int(series.warmup.sum())
        return RunRecords(unfinished, series, config_text, finished=False)
    profiles = _decoded(folder / PROFILES) or {}
    return RunRecords(summary, series, config_text, profiles.get("preferences", ()))


def write_whole(path: Path, page: str) -> Path:
    """Write ``page`` to ``path``, all of it at once: a reader never sees a part.

    Several writers at a time, such as a run and ``lis-sim report``, do not meet: the last one's
    page stays.
    """
    writer = f"{os.getpid()}-{threading.get_ident()}"
    unfinished = path.with_name(f".{path.name}.{writer}.unfinished")
    try:
        unfinished.write_text(page, encoding="utf-8")
        return unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def _records(path: Path, finished: bool) -> Iterator[dict[str, Any]]:
    """Yield the committed records; the last line of an unfinished run may still be written."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if finished or line.endswith("\n"):
                yield _object(path, line)


def _settings(folder: Path, config_text: str | None) -> dict[str, Any]:
    try:
        found = yaml.safe_load(config_text or "") or {}
    except yaml.YAMLError as error:
        raise RunError(f"{folder / CONFIG} is not YAML as a run writes it: {error}") from error
    return found if isinstance(found, dict) else {}


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _decoded(path: Path) -> dict[str, Any] | None:
    text = _text(path)
    return None if text is None else _object(path, text)


def _object(path: Path, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise RunError(f"{path} is not JSON as a run writes it: {error}") from error
    if not isinstance(value, dict):
        raise RunError(f"{path} holds a {type(value).__name__}, not a JSON object as a run writes")
    return value
