"""Where a search has its candidates from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, TypeAlias

from lis_sim.errors import ConfigError
from lis_sim.hashing import generator
from lis_sim.search.candidate import digits
from lis_sim.search.ledger import TrialRecord, TrialReport
from lis_sim.search.settings import TuneConfig
from lis_sim.search.space import Settings

Next: TypeAlias = "Settings | Literal['wait', 'end']"
_MISSES = 1_000  # draws in a row that bring nothing new: then there is nothing new


class Searcher(Protocol):
    """Suggests candidates, trial by trial, and is told what comes of them.

    Trials of a ledger are told to it in the ledger's order: :meth:`again` takes the place of
    :meth:`suggest`, the rest is as it was.
    """

    @property
    def most(self) -> int:
        """How many candidates it suggests at most, the baseline not counted."""

    def suggest(self, trial: int) -> Next:
        """Return the settings of ``trial``, or why there are none."""

    def again(self, trial: int, settings: Settings) -> None:
        """Take that ``trial`` has these settings."""

    def reported(self, trial: int, report: TrialReport) -> None:
        """Take what a trial has so far."""

    def ended(self, record: TrialRecord) -> None:
        """Take how a trial ended."""


class Listed:
    """Candidates that are known from the start, so that nothing changes them."""

    def __init__(self, candidates: Sequence[Settings]) -> None:
        self._candidates = candidates

    @property
    def most(self) -> int:
        """The length of the list."""
        return len(self._candidates)

    def suggest(self, trial: int) -> Next:
        """Return the next of the list."""
        return self._candidates[trial - 1] if trial <= self.most else "end"

    def again(self, trial: int, settings: Settings) -> None:
        """Nothing follows."""

    def reported(self, trial: int, report: TrialReport) -> None:
        """Nothing follows."""

    def ended(self, record: TrialRecord) -> None:
        """Nothing follows."""


def drawn(tune: TuneConfig) -> list[Settings]:
    """Return as many distinct settings as asked for, drawn at random, or all that there are."""
    rng = generator(tune.search.seed, "search")
    found: dict[str, Settings] = {}
    missed = 0
    while len(found) < tune.trials and missed < _MISSES:
        settings = tune.space.draw(rng)
        missed = 0 if is_new(tune, settings, found) else missed + 1
        if not missed:
            found[digits(settings)] = settings
    return list(found.values())


def grid(tune: TuneConfig) -> list[Settings]:
    """Return all settings of the space but those of the config as written."""
    return [one for one in tune.space.grid() if is_new(tune, one, {})]


def most_trials(tune: TuneConfig) -> int:
    """Return how many candidates a search plays: fewer than asked for where the space is small."""
    if tune.search.algorithm == "random":
        return len(drawn(tune))
    size = tune.space.size
    if size is None or size > tune.trials + 1:  # the config as written may be one of them
        return tune.trials
    return min(tune.trials, len(grid(tune)))


def is_new(tune: TuneConfig, settings: Settings, known: Mapping[str, object]) -> bool:
    """Return whether nobody has played these settings: no trial known, nor the baseline."""
    if digits(settings) in known:
        return False
    try:
        return not tune.same_as_baseline(settings)
    except ConfigError:
        return True  # values that do not go together: a trial that fails, and says why


def searcher_of(tune: TuneConfig, concurrent: int) -> Searcher:
    """Return where the search has its candidates from; ``concurrent`` trials play at once."""
    if tune.search.algorithm == "random":
        return Listed(drawn(tune))
    if tune.search.algorithm == "grid":
        return Listed(grid(tune))
    from lis_sim.search.searchers_optuna import OptunaCandidates

    return OptunaCandidates(tune, tune.search.stopping.kind == "none", concurrent)
