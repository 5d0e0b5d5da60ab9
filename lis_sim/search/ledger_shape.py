"""What ``trials.jsonl`` must look like to be read, and to be of a certain search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lis_sim.errors import ConfigError, RunError
from lis_sim.plain.shape import COUNT, NUMBER, TEXT, Group, Maybe, Named, Shape, check_shape, one_of
from lis_sim.plain.values import why_not_plain

if TYPE_CHECKING:
    from lis_sim.search.ledger import TrialRecord
    from lis_sim.search.settings import TuneConfig

MOST_TRIALS = 10_000_000
_REPORT: dict[str, Shape] = {
    "trial": COUNT,
    "windows": COUNT,
    "events": COUNT,
    "seconds": NUMBER,
    "objective": Named(NUMBER),
}
_ENDING: dict[str, Shape] = {
    "status": one_of("finished", "stopped", "failed"),
    "error": Maybe(TEXT),
}
_BY_HAND = "the folder was changed by hand: use --restart"


def check_line(found: Any, where: str) -> None:
    """Raise :class:`RunError` unless ``found`` is a line of a ledger."""
    shape = Group(_REPORT | (_ENDING if "status" in found else {}))
    if "settings" in found:
        shape = Group({"trial": COUNT, "settings": Group({})})
    try:
        check_shape(found, shape, where, "search")
    except RunError as error:
        raise RunError(f"{error}; {_BY_HAND}") from error
    odd = why_not_plain(found)
    if odd is not None or found["trial"] > MOST_TRIALS:
        raise RunError(f"{where} is not what a search writes: {odd or 'its trial'}; {_BY_HAND}")


def check_trials(tune: TuneConfig, records: Sequence[TrialRecord], where: str) -> None:
    """Raise :class:`RunError` unless every trial is one of the search ``tune``."""
    names = {one.name for one in tune.objectives}
    for record in records:
        try:
            if record.settings:
                tune.space.check(record.settings)
        except ConfigError as error:
            raise RunError(f"{where}, trial {record.trial}: {error}; {_BY_HAND}") from error
        reported = [one.objective for one in record.reports]
        if record.status in ("finished", "stopped"):
            reported.append(record.objective)
        if any(one.keys() != names for one in reported):
            raise RunError(
                f"{where}, trial {record.trial}: a report is not of the objectives "
                f"{', '.join(sorted(names))}; {_BY_HAND}"
            )
