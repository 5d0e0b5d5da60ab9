"""The config's own value of a setting that is searched over: where the baseline stands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from lis_sim.config import PreferenceConfig
from lis_sim.preference import PreferenceSpec
from lis_sim.preference.co_click_settings import co_click_settings
from lis_sim.preference.co_click_settings import selection_of as co_click_selection
from lis_sim.preference.pairs_settings import pairs_settings
from lis_sim.preference.sparse_id_settings import selection_of as sparse_id_selection
from lis_sim.preference.sparse_id_settings import sparse_id_settings
from lis_sim.search.dimension import Dimension
from lis_sim.search.paths import preference_at
from lis_sim.search.results_columns import ABSENT
from lis_sim.search.settings import TuneConfig
from policies.catalogue import default_settings

_POLICY, _PREFERENCES = "policy.settings", "preferences"


def own_value(tune: TuneConfig, dimension: Dimension) -> object:
    """Return what the config has at a dimension's path, as a plain value.

    What is written there; else null where the dimension has that as a choice, for null leaves a
    setting out; else the default of the config, of the kind of preference data or of the policy.
    :data:`~lis_sim.search.results_columns.ABSENT` where there is none (a user's own builder), and
    where a range has no place for it.

    >>> from lis_sim.search.settings import parse_tune
    >>> rank, path = "preferences.co_click.settings.rank", "preferences.co_click.settings.max_age"
    >>> tune = parse_tune(
    ...     {"name": "a", "data": {"synthetic": {}}, "preferences": [{"name": "co_click"}]},
    ...     {"space": {rank: {"integer": [2, 6]}, path: {"choice": [None, "7d"]}}},
    ... )
    >>> [own_value(tune, dimension) for dimension in tune.space.dimensions]
    [8, None]
    """
    value = _written(tune.raw, dimension.path)
    if value is ABSENT or value is None:
        if None in dimension.choices:
            return None
        value = _default(tune, dimension.path)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if dimension.kind == "choice" or number else ABSENT


def _written(settings: Mapping[str, Any], path: str) -> object:
    """Return what stands at a path; preference data sets are entered by name."""
    name = preference_at(settings, path)  # a name may have dots in it
    if name is None:
        return _at(settings, path.split("."))
    (own,) = (one for one in settings[_PREFERENCES] if one["name"] == name)
    rest = _inside(path, f"{_PREFERENCES}.{name}")
    return _at(own, rest.split(".")) if rest else own


def _default(tune: TuneConfig, path: str) -> object:
    base = tune.base
    name = preference_at(tune.raw, path)
    if name is not None:
        (one,) = (one for one in base.preferences if one.name == name)
        key = _inside(path, f"{_PREFERENCES}.{name}.settings")
        if key:
            return _at(_of_kind(one), key.split("."))
    elif key := _inside(path, _POLICY):
        return _at(_as_yaml(default_settings(base.policy.name)), key.split("."))
    return _written(base.model_dump(mode="json"), path)


def _of_kind(one: PreferenceConfig) -> Mapping[str, Any]:
    """Return all settings of a preference data set, defaults included."""
    spec = PreferenceSpec(one.name, one.kind, one.settings, one.per_user)
    if one.kind == "co_click":
        return _plain(co_click_settings(spec), co_click_selection(spec))
    if one.kind == "sparse_id":
        return _plain(sparse_id_settings(spec), sparse_id_selection(spec))
    return _plain(pairs_settings(spec)) if one.kind == "pairs" else {}


def _plain(*settings: Any) -> dict[str, Any]:
    """Return fields of dataclasses as YAML would have them."""
    return _as_yaml({key: value for one in settings for key, value in asdict(one).items()})


def _as_yaml(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return plain values: lists for tuples, text for dates."""
    plain: dict[str, Any] = json.loads(json.dumps(settings, default=str))
    return plain


def _inside(path: str, group: str) -> str:
    """Return the part of a path below ``group``; empty if it is not below it."""
    return path[len(group) + 1 :] if path.startswith(f"{group}.") else ""


def _at(node: object, keys: Iterable[str]) -> object:
    for key in keys:
        node = node.get(key, ABSENT) if isinstance(node, Mapping) else ABSENT
    return node
