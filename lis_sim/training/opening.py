"""Whether a folder is one of a run; what it is instead."""

from __future__ import annotations

from pathlib import Path

from lis_sim.data.record import RECORD_FILE
from lis_sim.errors import RunError
from lis_sim.training.folder import IDENTITY, WINDOWS
from lis_sim.training.owned_folder import SUMMARY

SEARCH = "search.json"  # what lis_sim.search marks its folders with
_ACCEPTED = "accepted: the folder of a run, as `lis-sim run` names it"
_SHOWN = 5


def folder_of_run(path: Path) -> Path:
    """Return ``path`` if it is the folder of a run, finished or not.

    Raises:
        RunError: it is not; says what it is, and names runs that lie in it.
    """
    if not path.exists():
        raise RunError(f"{path} does not exist; {_ACCEPTED}")
    if not path.is_dir():
        raise RunError(f"{path} is a file; {_ACCEPTED}: give the folder that it lies in")
    if (path / SEARCH).is_file():
        raise RunError(
            f"{path} is the folder of a search: lis_sim.Search.open takes it; its runs are "
            f"{path}/later/baseline, {path}/later/best and those in {path}/trials"
        )
    if any((path / name).is_file() for name in (IDENTITY, WINDOWS, SUMMARY)):
        return path
    raise RunError(
        f"{path} has none of {IDENTITY}, {WINDOWS} and {SUMMARY}: {_instead(path)}{_ACCEPTED}"
    )


def _instead(path: Path) -> str:
    if (path / RECORD_FILE).is_file():
        return "it holds a log; "
    runs = sorted(str(found.parent) for found in path.glob(f"*/{IDENTITY}"))
    if runs:
        more = f" and {len(runs) - _SHOWN} more" if len(runs) > _SHOWN else ""
        return f"it holds {', '.join(runs[:_SHOWN])}{more}, which are; "
    return "it holds no run; "
