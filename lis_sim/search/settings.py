"""A tune config: a run's config and one group more, ``search``, read and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lis_sim.config import RunConfig, parse_config
from lis_sim.errors import ConfigError
from lis_sim.plain import placed, plain, shown
from lis_sim.plain.overrides import override_value
from lis_sim.search.cautions import cautions
from lis_sim.search.edges import check_edges
from lis_sim.search.group import SEARCH, TRIALS, SearchConfig, read_group
from lis_sim.search.objective import Objective
from lis_sim.search.objectives import parse_objectives
from lis_sim.search.paths import preference_at, with_settings
from lis_sim.search.refused import refuse
from lis_sim.search.space import Settings, Space
from lis_sim.training.given import Given, given_settings
from lis_sim.training.plan import check_settings

_IN_SPACE = f"{SEARCH}.space."


@dataclass(frozen=True, slots=True)
class TuneConfig:
    """A search, read and checked: what is changed, of which config, and what is looked for."""

    base: RunConfig
    raw: Mapping[str, Any]  # plain settings of the base, as written
    search: SearchConfig
    space: Space
    objectives: tuple[Objective, ...]

    @property
    def name(self) -> str:
        return self.base.name

    @property
    def trials(self) -> int:
        """How many trials the search runs beside the baseline."""
        if self.search.algorithm == "grid":
            return sum(not self.same_as_baseline(settings) for settings in self.space.grid())
        return self.search.trials or TRIALS

    @property
    def trial_engine(self) -> Literal["local", "ray"]:
        """On what a trial trains: ``ray`` where it has several workers or wants a GPU."""
        training = self.base.training
        nested = (training.workers or 1) > 1 or training.device == "cuda"
        if self.search.engine != "auto":
            nested = self.search.engine == "nested"
        return "ray" if nested else "local"

    @property
    def cautions(self) -> tuple[str, ...]:
        """What whoever reads the result should know of this search, in sentences."""
        return cautions(self.space, self.objectives)

    def config_of(self, settings: Settings) -> RunConfig:
        """Return the run's config with ``settings`` put in; ``{}`` gives the base."""
        return parse_config(with_settings(self.raw, settings), self.name)

    def same_as_baseline(self, settings: Settings) -> bool:
        """Return whether a candidate is the config as written."""
        return self.config_of(settings) == self.base


def load_tune(given: Given, overrides: Sequence[str] = ()) -> TuneConfig:
    """Read a tune config and apply ``a.b=c`` overrides, to either part of it.

    ``given`` is its YAML file, the name of one that comes with lis-sim, or its settings.

    ``search.space.PATH={...}`` draws one more setting, or one in another way. Raises
    :class:`ConfigError` for everything that can be told without the log: unknown settings, values
    of the space that no run would take, objectives that the config has no arms for.
    """
    in_space = [one for one in overrides if one.startswith(_IN_SPACE)]
    raw, where = given_settings(given, [one for one in overrides if one not in in_space])
    if SEARCH not in raw:
        raise ConfigError(
            f"{where} has no group `{SEARCH}`: it is a run's config, for `lis-sim run`; a search "
            "needs one, as in configs/tune-preference.yaml"
        )
    search = raw.pop(SEARCH)
    for override in in_space:
        search = _with_dimension(search, override)
    with placed(where):
        return parse_tune(raw, search, where)


def parse_tune(raw: Mapping[str, Any], search: object, where: str = "config") -> TuneConfig:
    """Check the two parts of a tune config, plain settings both.

    >>> tune = parse_tune(
    ...     {"name": "a", "data": {"synthetic": {}}, "preferences": [{"name": "co_click"}]},
    ...     {"space": {"preferences.co_click.settings.rank": {"integer": [2, 8]}}},
    ... )
    >>> tune.trials, tune.trial_engine, [one.name for one in tune.objectives]
    (32, 'local', ['lis_crossfit'])
    """
    base = parse_config(raw, where)
    if base.training.user_shards > 1:
        raise ConfigError(
            f"training.user_shards is {base.training.user_shards}; accepted in a search: 1, since "
            "trials beside each other use the workers already"
        )
    if base.output.scores:
        raise ConfigError(
            "output.scores is true, and a search plays many runs; leave it out, and give best.yaml "
            "to `lis-sim run --set output.scores=true`"
        )
    read = read_group(search, where)
    space = Space.parse(read.space)
    for dimension in space.dimensions:
        refuse(dimension)
    tune = TuneConfig(base, plain(raw), read, space, parse_objectives(read.objective, base))
    _check_reach(tune)
    check_edges(space, lambda settings: check_settings(tune.config_of(settings)))
    if read.algorithm == "grid":
        space.grid()  # a range without steps has none
    return tune


def _check_reach(tune: TuneConfig) -> None:
    """Raise :class:`ConfigError` for a dimension that cannot change any objective."""
    arms = {arm for objective in tune.objectives for arm in objective.arms(tune.base)}
    for dimension in tune.space.dimensions:
        with_settings(tune.raw, {dimension.path: dimension.edges()[0]})  # is it a setting at all?
        name = preference_at(tune.raw, dimension.path)
        if name is not None and not any(arm.endswith(f":{name}") for arm in arms):
            raise ConfigError(
                f"search.space: {dimension.path} cannot change "
                f"{', '.join(one.name for one in tune.objectives)}: no arm of "
                f"preference '{name}' is in it; accepted: an objective of '{name}', or other "
                "dimensions"
            )


def _with_dimension(search: object, override: str) -> object:
    path, equals, text = override.removeprefix(_IN_SPACE).partition("=")
    if not equals or not path or not isinstance(search, Mapping):
        raise ConfigError(f"--set {shown(override)}; accepted: {_IN_SPACE}PATH={{choice: [1, 2]}}")
    definition = override_value(override, text)
    space = search.get("space") or {}
    return {**search, "space": {**space, path: definition}}
