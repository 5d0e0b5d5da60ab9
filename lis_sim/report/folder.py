"""What a run folder holds, read for a report, and the report written beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lis_sim.errors import ConfigError, RunError
from lis_sim.plain import as_object, parse_yaml, read_object
from lis_sim.report.html import render_page
from lis_sim.report.identity_shape import check_config, check_identity
from lis_sim.report.profile_shape import check_profiles
from lis_sim.report.run_records import RunRecords
from lis_sim.report.series import Series, collect
from lis_sim.report.unfinished import so_far
from lis_sim.report.whole_page import write_whole
from lis_sim.training.folder import CONFIG, IDENTITY, PROFILES, REPORT, SUMMARY, WINDOWS, timed
from lis_sim.training.record_shape import check_summary, check_window

REFRESH_SECONDS = 10  # how often an open tab looks for a newer page of an unfinished run


def write_report(folder: Path) -> Path:
    """Write ``report.html`` of a run, finished or not, and return its path.

    The page appears whole or not at all. That of an unfinished run loads itself again in an open
    tab, because the run writes it anew as it goes on.

    Raises:
        RunError: the folder holds no run, or a file is not what a run writes.
        StorageError: the page cannot be written.
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
        check_identity(identity, str(folder / IDENTITY))
        name = folder.resolve().name
        unfinished = so_far(name, identity, _settings(folder, config_text), series.last)
        unfinished["warmup_windows"] = int(series.warmup.sum())
        return RunRecords(unfinished, series, config_text, finished=False)
    check_summary(summary, str(folder / SUMMARY))
    profiles = _decoded(folder / PROFILES)
    if profiles is not None:
        check_profiles(profiles, str(folder / PROFILES))
    whole = timed(folder, summary)
    return RunRecords(whole, series, config_text, (profiles or {}).get("preferences", ()))


def _records(path: Path, finished: bool) -> Iterator[dict[str, Any]]:
    """Yield the committed records; the last line of an unfinished run may still be written."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines):
            if finished or line.endswith(b"\n"):
                where = f"{path}, line {number + 1}"
                record = as_object(line, where)
                check_window(record, where, number)
                yield record


def _settings(folder: Path, config_text: str | None) -> dict[str, Any]:
    try:
        found = parse_yaml(config_text or "", str(folder / CONFIG)) or {}
    except ConfigError as error:
        raise RunError(f"{folder / CONFIG} is not YAML as a run writes it: {error}") from error
    check_config(found, str(folder / CONFIG))
    return dict(found)


def _text(path: Path) -> str | None:
    if not path.exists():
        return None
    # Shown as it is, whatever it is: an odd byte must not hide the scores beside it.
    return path.read_bytes().decode("utf-8", "replace")


def _decoded(path: Path) -> dict[str, Any] | None:
    return read_object(path) if path.exists() else None
