"""Settings that are no dimensions of a search, and why."""

from __future__ import annotations

from collections.abc import Mapping

from lis_sim.errors import ConfigError
from lis_sim.search.dimension import Dimension

_LUCK = (
    "a seed is luck, not a setting: the best of several seeds is the luckiest; raise `replicates`"
)
_MEASURE = "changes what is measured, not what is searched for"
_GROUPS: Mapping[str, str] = {
    "name": "is what the search is called; it changes no number but the run's folder",
    "data": f"{_MEASURE}: trials on other logs have nothing to compare; run a search per log",
    "stream": f"{_MEASURE}: other events are scored, or the same ones learned from in another "
    "order; accepted of it: stream.history",
    "preferences": "is a list: enter it by name, as in preferences.co_click.settings.rank; "
    "several data sets are compared in one run, paired, without a search",
    "representations": "is what a run compares, paired, without a search: name them all in one "
    "config",
    "arms": f"{_MEASURE}: they are derived from the objective",
    "form": f"{_MEASURE}: its scores are of another form, and are not to be compared",
    "folds": f"{_MEASURE}: with more folds a user's arm sees more of the other users",
    "replicates": f"{_MEASURE}: a trial has search.replicates of them",
    "minimum_effect": f"{_MEASURE}: it says which differences are worth acting on",
    "drift": f"{_MEASURE}: trials watch for no drift",
    "training": "is where a run trains, and changes no number",
    "monitoring": "is what a run exports, and changes no number",
    "output": "is what a run keeps beside its numbers, and changes none",
    "monitor": "is how a growing log is followed, and changes no number",
}
_ACCEPTED = ("stream.history",)


def refuse(dimension: Dimension) -> None:
    """Raise :class:`ConfigError` for a dimension that is none, with the reason.

    >>> refuse(Dimension("policy.settings.seed", "integer", low=0, high=9))
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: search.space: policy.settings.seed: a seed is luck, not a setting: \
the best of several seeds is the luckiest; raise `replicates`
    """
    path = dimension.path
    inside = [key for value in dimension.choices for key in _keys(value)]
    if any(map(_is_seed, [*path.split("."), *inside])):
        raise ConfigError(f"search.space: {path}: {_LUCK}")
    if path in _ACCEPTED:
        return
    group = path.partition(".")[0]
    if group == "preferences" and group != path:
        if path.endswith(".name"):
            raise ConfigError(
                f"search.space: {path} is what a preference data set is called; it changes no score"
            )
        return
    if group in _GROUPS:
        raise ConfigError(f"search.space: {path} {_GROUPS[group]}")


def _is_seed(key: str) -> bool:
    return key == "seed" or key.endswith(("_seed", "random_state"))


def _keys(value: object) -> list[str]:
    """Return the keys of a group, and of the groups in it."""
    if isinstance(value, Mapping):
        return [*value, *(key for one in value.values() for key in _keys(one))]
    if isinstance(value, list):
        return [key for one in value for key in _keys(one)]
    return []
