"""Which rule stops the trials of a search."""

from __future__ import annotations

from lis_sim.search.candidate import Cut
from lis_sim.search.halving import Halving
from lis_sim.search.settings import TuneConfig
from lis_sim.search.stopping import PlayAll, StoppingRule, asha, median


def rule_cautions(tune: TuneConfig, cut: Cut) -> tuple[str, ...]:
    """Return in a sentence that the rule stops nobody, where it cannot."""
    stopping, scored = tune.search.stopping, cut.windows - cut.warmup
    if stopping.kind == "none" or stopping.first < scored:
        return ()
    return (
        f"stopping {stopping.kind} stops no trial: it decides after {stopping.first} scored "
        f"windows, and a trial scores {scored}; give search.stopping.first less, search.until a "
        "later cut, or stream.window more windows",
    )


def rule_of(tune: TuneConfig, cut: Cut, candidates: int) -> StoppingRule:
    """Return the rule of a search whose trials end at ``cut``, ``candidates`` of them at most."""
    stopping, scored = tune.search.stopping, cut.windows - cut.warmup
    if stopping.kind == "halving":
        return Halving(candidates, stopping.first, stopping.reduction, scored)
    if stopping.kind == "asha":
        return asha(stopping.first, stopping.reduction, scored)
    return median(stopping.first, scored) if stopping.kind == "median" else PlayAll()
