"""Candidates from Optuna's tree-structured Parzen estimators, through Ray's OptunaSearch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from lis_sim.hashing import generator
from lis_sim.search.candidate import digits
from lis_sim.search.ledger import TrialRecord, TrialReport
from lis_sim.search.searchers import Next, is_new
from lis_sim.search.settings import TuneConfig
from lis_sim.search.space import Settings

_ATTEMPTS = 20  # suggestions of what was played before; then one is drawn at random
_DRAWS = 1_000


class NumberedTPE(BaseSampler):
    """TPE whose luck is that of the trial's number alone, or settings that are given.

    A generator that runs through the whole search would make a search that goes on after a kill
    another one than a search that was never killed.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._given: Mapping[str, Any] | None = None
        self._sampler = TPESampler(seed=seed % 2**32)  # numpy's limit

    def begin(self, trial: int, attempt: int, given: Mapping[str, Any] | None = None) -> None:
        """Make ready for a trial; with ``given`` it has these parameters."""
        luck = int(generator(self._seed, "search", trial, attempt).integers(2**31))
        self._sampler = TPESampler(seed=luck)
        self._given = given

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return what is sampled together."""
        if self._given is not None:
            return {}
        return self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Sample what is sampled together."""
        return self._sampler.sample_relative(study, trial, search_space) if search_space else {}

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Sample one parameter on its own, or return what is given."""
        if self._given is not None:
            return self._given[param_name]
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        """Hand on that a trial ended."""
        self._sampler.after_trial(study, trial, state, values)


class OptunaCandidates:
    """Suggests by TPE; of several objectives at once by their Pareto front.

    A trial that was stopped early is told as pruned, with what it had on its way: as a score it
    would be compared with those of whole trials. What was played before is never suggested
    again: TPE would like to, where the space is small.

    Parameters:
        tune: The search.
        in_order: Whether trial ``n`` is suggested knowing the ends of all trials up to
            ``n - lag`` and of no other: then which of them ends first does not matter. Where a
            rule stops trials it matters anyway, and waiting would only cost time.
        lag: How many trials play at once.
    """

    def __init__(self, tune: TuneConfig, in_order: bool, lag: int) -> None:
        from ray.tune.search.optuna import OptunaSearch

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        names = [one.name for one in tune.objectives]
        modes: list[str] = [one.mode for one in tune.objectives]
        several = len(names) > 1
        self._tune = tune
        self._metric = None if several else names[0]
        self._in_order, self._lag = in_order, lag
        self._sampler = NumberedTPE(tune.search.seed)
        self._search = OptunaSearch(
            space=tune.space.define,
            metric=names if several else names[0],
            mode=modes if several else modes[0],
            sampler=self._sampler,
        )
        self._keys: dict[int, str] = {}  # Optuna's names of the trials
        self._known: dict[str, int] = {}  # digits of settings
        self._waiting: dict[int, TrialRecord] = {}  # ended, not told yet
        self._told = 0  # all trials up to here
        self._over: set[str] = set()  # keys of which Optuna knows the end

    @property
    def most(self) -> int:
        """As many as are asked for."""
        return self._tune.trials

    def suggest(self, trial: int) -> Next:
        """Return what TPE thinks of next, and nobody has played."""
        if not self._tell_up_to(trial - self._lag):
            return "wait"
        for attempt in range(_ATTEMPTS):
            settings = self._ask(trial, attempt)
            if is_new(self._tune, settings, self._known):
                self._known[digits(settings)] = trial
                return settings
            self._drop(trial)
        drawn = self._drawn(trial)
        if drawn is None:
            return "end"
        self.again(trial, drawn)
        return drawn

    def again(self, trial: int, settings: Settings) -> None:
        """Make a trial of Optuna's that has these settings."""
        if not settings:
            return  # the baseline need not be of the space
        self._tell_up_to(trial - self._lag)
        self._waiting.pop(trial, None)  # that it failed: it is tried again
        self._drop(trial)
        self._ask(trial, _ATTEMPTS + len(self._keys), self._tune.space.encode(settings))
        self._known[digits(settings)] = trial

    def reported(self, trial: int, report: TrialReport) -> None:
        """Take a step of a trial; Optuna has none when there are several objectives."""
        if self._metric is None or trial == 0:
            return
        step = {"training_iteration": report.windows, self._metric: report.objective[self._metric]}
        self._search.on_trial_result(self._keys[trial], step)

    def ended(self, record: TrialRecord) -> None:
        """Tell how a trial ended; in order: not before it is the turn of its number."""
        if record.trial == 0:
            return
        if self._in_order and record.trial > self._told:
            self._waiting[record.trial] = record
        else:
            self._tell(record)

    def _tell_up_to(self, trial: int) -> bool:
        """Tell the ends of all trials up to ``trial``, and no more; False: one has not ended."""
        while self._in_order and self._told < trial and self._told + 1 in self._waiting:
            self._told += 1
            self._tell(self._waiting.pop(self._told))
        return not self._in_order or self._told >= trial

    def _tell(self, record: TrialRecord) -> None:
        key = self._keys[record.trial]
        self._over.add(key)
        whole = dict(record.objective) if record.status == "finished" else None
        self._search.on_trial_complete(key, result=whole, error=record.status == "failed")

    def _drop(self, trial: int) -> None:
        """End what Optuna has of a trial as failed, unless it has ended, or there is nothing."""
        key = self._keys.get(trial)
        if key is not None and key not in self._over:
            self._over.add(key)
            self._search.on_trial_complete(key, error=True)

    def _ask(self, trial: int, attempt: int, given: Mapping[str, Any] | None = None) -> Settings:
        self._keys[trial] = f"{trial}.{attempt}"
        self._sampler.begin(trial, attempt, given)
        return self._tune.space.decode(self._search.suggest(self._keys[trial]) or {})

    def _drawn(self, trial: int) -> Settings | None:
        rng = generator(self._tune.search.seed, "search", trial)
        draws = (self._tune.space.draw(rng) for _ in range(_DRAWS))
        return next((one for one in draws if is_new(self._tune, one, self._known)), None)
