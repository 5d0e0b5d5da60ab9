"""A search folder is what its config says it is, or nothing of it is believed."""

from __future__ import annotations

from lis_sim.errors import ConfigError, RunError
from lis_sim.search.folder import SUMMARY, SearchFolder
from lis_sim.search.ledger_shape import check_trials
from lis_sim.search.settings import TuneConfig


def check_folder(tune: TuneConfig, folder: SearchFolder) -> None:
    """Raise :class:`RunError` for trials or winners in ``folder`` that are none of ``tune``.

    A folder that an earlier command began must go on from what it wrote, and from nothing else.
    """
    check_trials(tune, folder.ledger.records(), str(folder.ledger.path))
    if not folder.finished:
        return
    summary, where = folder.summary(), folder.path / SUMMARY
    told = [one["objective"] for one in summary["objectives"]]
    if told != [one.name for one in tune.objectives]:
        raise RunError(f"{where} is of other objectives ({', '.join(told)}); use --restart")
    for entry in summary["best"]:
        try:
            if entry["settings"]:
                tune.space.check(entry["settings"])
        except ConfigError as error:
            raise RunError(f"{where}: {error}; use --restart") from error
