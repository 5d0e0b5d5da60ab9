"""Dotted paths of settings: where they lead in a config, and a config with some of them changed."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from lis_sim.config import PreferenceConfig, RunConfig
from lis_sim.errors import ConfigError, nearest
from lis_sim.search.space import Settings

_PREFERENCES = "preferences"


def with_settings(raw: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Return a copy of a config's plain settings with those at some paths put in.

    ``raw`` is left alone. The preference data sets are entered by ``name``; groups that the
    config leaves out are made; None takes a setting out, so that its default holds. Whole groups
    go in before what lies inside them. A path that leads to no setting raises
    :class:`ConfigError` with the nearest that does; whether the values are accepted is for
    :func:`~lis_sim.config.parse_config` to say.

    >>> raw = {"name": "a", "preferences": [{"name": "co_click", "settings": {"rank": 4}}]}
    >>> changed = with_settings(
    ...     raw, {"preferences.co_click.settings.rank": None, "stream.history": 5}
    ... )
    >>> changed["preferences"], changed["stream"]
    ([{'name': 'co_click', 'settings': {}}], {'history': 5})
    >>> with_settings(raw, {"preferences.co_klick.settings.rank": 8})
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: preferences.co_klick.settings.rank: the config has no preference \
'co_klick'; it has: co_click; did you mean 'co_click'?
    """
    changed: dict[str, Any] = copy.deepcopy(dict(raw))
    for path in sorted(settings, key=lambda path: (path.count("."), path)):
        group, key = _entered(changed, path)
        value = copy.deepcopy(settings[path])
        if isinstance(key, int):
            _replace(group, key, value, path)
        elif value is None:
            group.pop(key, None)
        else:
            group[key] = value
    return changed


def preference_at(raw: Mapping[str, Any], path: str) -> str | None:
    """Return the name of the preference data set that a path leads into; None: into none.

    >>> preference_at({"preferences": [{"name": "a.b"}]}, "preferences.a.b.settings.rank")
    'a.b'
    """
    if not path.startswith(f"{_PREFERENCES}."):
        return None
    names = [name for name in _names(raw) if _inside(path, name)]
    return max(names, key=len, default=None)


def _entered(changed: dict[str, Any], path: str) -> tuple[Any, str | int]:
    """Return the group that holds the setting at ``path``, and its key there."""
    name = preference_at(changed, path)
    if path.startswith(f"{_PREFERENCES}.") and name is None:
        asked = path.split(".")[1]
        known = list(_names(changed))
        raise ConfigError(
            f"{path}: the config has no preference '{asked}'; it has: "
            f"{', '.join(known) or 'none'}{nearest(asked, known)}"
        )
    if name is None:
        return _into(changed, RunConfig, path.split("."), path)
    entries = changed[_PREFERENCES]
    at = next(i for i, one in enumerate(entries) if one.get("name") == name)
    rest = path[len(f"{_PREFERENCES}.{name}.") :]
    return _into(entries[at], PreferenceConfig, rest.split("."), path) if rest else (entries, at)


def _into(
    group: dict[str, Any], fields: type[BaseModel] | None, keys: list[str], path: str
) -> tuple[dict[str, Any], str]:
    """Go down ``keys``; ``fields`` are what the group may have, None: anything."""
    for at, key in enumerate(keys):
        known = [] if fields is None else list(fields.model_fields)
        if not key or (fields is not None and key not in known):
            place = path[: len(path) - len(".".join(keys[at:]))].removesuffix(".")
            raise ConfigError(
                f"{path!r} is not a setting: no {key!r} in {place or 'the config'}"
                f"{nearest(key, known)}; accepted here: {', '.join(known) or 'a name'}"
            )
        if at == len(keys) - 1:
            break
        inside = group.get(key)
        fields = None if fields is None else _group(fields, key, path)
        group[key] = inside = {} if inside is None else inside
        if not isinstance(inside, dict):
            raise ConfigError(
                f"{path} is not a setting: {key} is {inside!r} in the config, not a group of "
                f"settings; accepted: {path.partition(key)[0]}{key} itself"
            )
        group = inside
    return group, keys[-1]


def _group(fields: type[BaseModel], key: str, path: str) -> type[BaseModel] | None:
    """Return what a group inside ``fields`` may have; None: anything."""
    annotation = fields.model_fields[key].annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if "Mapping" in str(annotation):
        return None
    raise ConfigError(
        f"{path} is not a setting: {key} is no group of settings; accepted: "
        f"{path.partition(key)[0]}{key} itself"
    )


def _replace(entries: list[Any], at: int, value: object, path: str) -> None:
    if not isinstance(value, dict):
        raise ConfigError(
            f"{path} is {value!r}; accepted: a whole preference data set without its name, as in "
            "{kind: co_click, settings: {rank: 8}}"
        )
    entries[at] = {**value, "name": entries[at]["name"]}


def _names(raw: Mapping[str, Any]) -> Iterator[str]:
    entries = raw.get(_PREFERENCES) or []
    yield from (str(one["name"]) for one in entries if isinstance(one, Mapping) and "name" in one)


def _inside(path: str, name: str) -> bool:
    return f"{path}.".startswith(f"{_PREFERENCES}.{name}.")
