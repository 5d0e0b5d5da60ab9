"""What to know of a search before its winner is believed."""

from __future__ import annotations

from collections.abc import Sequence

from lis_sim.search.objective import OF_ARMS, Objective
from lis_sim.search.space import Space

_OF_THE_BASELINE = ("policy.", "policy", "stream.history", "content")
_LOOKING_AHEAD = ("lis", "lis_crossfit", "lis_crossfit_over_placebo", "self_leak")


def cautions(space: Space, objectives: Sequence[Objective]) -> tuple[str, ...]:
    """Return in sentences what could make the winner of such a search look good.

    >>> space = Space.parse({"policy.settings.dim": {"integer": [2, 32]}})
    >>> cautions(space, [Objective("auc", arm="clean")])
    ()
    >>> (one,) = cautions(space, [Objective("lis_crossfit", "co_click")])
    >>> one.startswith("policy.settings.dim changes the clean arm too")
    True
    """
    paths = [dimension.path for dimension in space.dimensions]
    differences = [one for one in objectives if one.score not in OF_ARMS]
    found = []
    shared = [p for p in paths if p.startswith(_OF_THE_BASELINE[0]) or p in _OF_THE_BASELINE]
    if shared and len(differences) == len(objectives):
        found.append(
            f"{', '.join(shared)} change{'s' * (len(shared) == 1)} the clean arm too, and a weak "
            f"clean arm makes {differences[0].score} larger: search for a fair baseline first, "
            "with objective auc:clean, or add auc:clean to the objectives"
        )
    ahead = [one for one in differences if one.score in _LOOKING_AHEAD]
    if "horizon" in paths and ahead:
        found.append(
            f"horizon says how far ahead the data may look, so a longer one brings more of "
            f"{ahead[0].score} whatever the data: of two horizons the longer one wins"
        )
    shares = [path for path in paths if path.endswith(".until")]
    if shares:
        found.append(
            f"{shares[0]} as a share is one of the log that is played: in the search of its part "
            "up to the cut, in what is reported of all of it; a date means the same in both"
        )
    return tuple(found)
