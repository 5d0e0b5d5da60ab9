"""Which trials a search chooses: the best one, or the front where it has several objectives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from lis_sim.errors import RunError
from lis_sim.search.ledger import TrialRecord
from lis_sim.search.words import TRY_AGAIN


class Judging(Protocol):
    """What of an objective decides: its name, and whether more is better."""

    @property
    def name(self) -> str: ...
    @property
    def mode(self) -> str: ...


def winners(records: Sequence[TrialRecord], objectives: Sequence[Judging]) -> list[TrialRecord]:
    """Return the best trial, or with several objectives the Pareto front, best first.

    Only trials that reached the cut count: a stopped trial's score is of other windows. A trial
    is on the front when no other is at least as good in every objective and better in one. Of
    trials that are equal in every objective the earliest stands, so the config as written, trial
    0, wins a tie; the front is ordered by the first objective.

    Args:
        records: The trials of a search, in any order.
        objectives: What is searched for: ``name`` as in ``TrialRecord.objective``, ``mode``
            ``"max"`` or ``"min"``.

    Raises:
        RunError: no trial reached the cut with every objective defined.

    >>> from types import SimpleNamespace as Bare
    >>> def trial(number, **objective):
    ...     return Bare(trial=number, status="finished", objective=objective, error=None)
    >>> trials = [trial(0, auc=0.7, ais=0.2), trial(1, auc=0.8, ais=0.1), trial(2, auc=0.6, ais=0)]
    >>> [one.trial for one in winners(trials, [Bare(name="auc", mode="max")])]
    [1]
    >>> both = [Bare(name="ais", mode="max"), Bare(name="auc", mode="max")]
    >>> [one.trial for one in winners(trials, both)]
    [0, 1]
    """
    ranked = sorted(
        ((_values(one, objectives), one) for one in records if _counts(one, objectives)),
        # Best first by the first objective; all of them, so that equal trials stand together.
        key=lambda pair: (*(-value for value in pair[0]), pair[1].trial),
    )
    if not ranked:
        raise RunError(_nothing(records, objectives))
    if len(objectives) == 1:
        return [ranked[0][1]]
    front: list[tuple[tuple[float, ...], TrialRecord]] = []
    for values, record in ranked:
        # What comes later is never better in the first objective: only the front can beat it.
        if not any(_covers(other, values) for other, _ in front):
            front.append((values, record))
    return [record for _, record in front]


def _values(record: TrialRecord, objectives: Sequence[Judging]) -> tuple[float, ...]:
    """Return the trial's objectives, turned so that more is better."""
    return tuple(
        record.objective[one.name] * (1.0 if one.mode == "max" else -1.0) for one in objectives
    )


def _counts(record: TrialRecord, objectives: Sequence[Judging]) -> bool:
    values = [record.objective.get(one.name) for one in objectives]
    return record.status == "finished" and all(
        value is not None and math.isfinite(value) for value in values
    )


def _covers(one: Sequence[float], other: Sequence[float]) -> bool:
    """Return whether ``one`` is at least as good everywhere; of equals the earlier came first."""
    return all(a >= b for a, b in zip(one, other, strict=True))


def _nothing(records: Sequence[TrialRecord], objectives: Sequence[Judging]) -> str:
    names = " and ".join(one.name for one in objectives)
    failed = [one for one in records if one.status == "failed"]
    first = f"; the first failure was: {failed[0].error}" if failed else ""
    return (
        f"none of {len(records)} trials reached the cut with {names} defined ({len(failed)} "
        f"failed){first}; {TRY_AGAIN}; a larger search.until lets trials see more"
    )
