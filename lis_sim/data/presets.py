"""Import specs as YAML: the presets in ``configs/datasets`` and a user's own files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import yaml

from lis_sim.data.import_spec import (
    Feature,
    ImportSpec,
    ItemsSource,
    RawTable,
    RepresentationSource,
)
from lis_sim.errors import ConfigError, nearest

T = TypeVar("T")

_TABLE_KEYS = ("files", "format", "separator", "header", "columns")
_NAME_LISTS = ("outcomes", "ignored")
_SPEC_KEYS = (
    *_TABLE_KEYS,
    *("name", "user", "item", "time", "time_unit", "label", "label_time", "id_type"),
    *("categorical", "numeric", *_NAME_LISTS, "drop_duplicates", "items", "representations"),
    "homepage",
)
_REQUIRED = ("name", "files", "user", "item", "time", "label")
_ITEMS_KEYS = (*_TABLE_KEYS, "item", "categorical", "ignored", "unknown")
_REPRESENTATION_KEYS = (
    "name",
    "file",
    "item",
    "vector",
    "trained_until",
    "unknown_items",
    "optional",
)


def preset_folder() -> Path:
    """Return the folder of the presets: beside the package in a checkout, else packaged."""
    package = Path(__file__).resolve().parents[1]
    checkout = package.parent / "configs" / "datasets"
    return checkout if checkout.is_dir() else package / "configs" / "datasets"


def preset_names() -> tuple[str, ...]:
    """Return the names of the presets that come with lis-sim, sorted."""
    return tuple(sorted(path.stem for path in preset_folder().glob("*.yaml")))


def load_preset(name: str) -> ImportSpec:
    """Return the preset called ``name``, or the spec in the YAML file ``name``.

    >>> load_preset("movietweetings").label
    'rating >= 8'
    """
    is_file = name.endswith((".yaml", ".yml"))
    path = Path(name) if is_file else preset_folder() / f"{name}.yaml"
    if not path.is_file():
        known = preset_names()
        raise ConfigError(
            f"no preset {name!r}{nearest(name, known)}; accepted: {', '.join(known)}, "
            "or the path of a .yaml file"
        )
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not YAML: {error}") from error
    return parse_spec(content, str(path))


def parse_spec(content: object, where: str) -> ImportSpec:
    """Check a mapping as YAML gives it and return its :class:`ImportSpec`.

    Raises :class:`ConfigError` naming ``where``, the key, and the nearest key accepted.
    """
    settings = _mapping(content, _SPEC_KEYS, where)
    missing = [key for key in _REQUIRED if settings.get(key) is None]
    if missing:
        raise ConfigError(f"{where}: {missing[0]} is missing; required: {', '.join(_REQUIRED)}")
    plain = {key: value for key, value in settings.items() if key not in _TABLE_KEYS}
    plain |= {key: _names(plain[key], key, where) for key in _NAME_LISTS if key in plain}
    for key in ("categorical", "numeric"):
        plain[key] = _features(plain.get(key, ()), f"{where}: {key}")
    if plain.get("items") is not None:
        plain["items"] = _items(plain["items"], f"{where}: items")
    plain["representations"] = tuple(
        _representation(each, f"{where}: representations")
        for each in plain.get("representations") or ()
    )
    return _checked(ImportSpec, where, log=_table(settings, where), **plain)


def _table(settings: Mapping[str, Any], where: str) -> RawTable:
    given = {key: settings[key] for key in _TABLE_KEYS if key in settings}
    for key in ("files", "columns"):
        if key in given:
            given[key] = _names(given[key], key, where)
    return _checked(RawTable, where, **given)


def _items(content: object, where: str) -> ItemsSource:
    settings = _mapping(content, _ITEMS_KEYS, where)
    return _checked(
        ItemsSource,
        where,
        table=_table(settings, where),
        item=settings.get("item"),
        categorical=_features(settings.get("categorical", ()), where),
        ignored=_names(settings.get("ignored", ()), "ignored", where),
        unknown=settings.get("unknown", "error"),
    )


def _representation(content: object, where: str) -> RepresentationSource:
    settings = dict(_mapping(content, _REPRESENTATION_KEYS, where))
    cut = settings.get("trained_until")
    if isinstance(cut, date | datetime):  # YAML reads an unquoted date as one
        settings["trained_until"] = cut.isoformat()
    return _checked(RepresentationSource, where, **settings)


def _features(content: Any, where: str) -> tuple[Feature, ...]:
    features = []
    for each in content or ():
        if isinstance(each, str):
            features.append(Feature(each))
        else:
            settings = _mapping(each, ("name", "missing"), where)
            features.append(_checked(Feature, where, **settings))
    return tuple(features)


def _mapping(content: object, accepted: tuple[str, ...], where: str) -> Mapping[str, Any]:
    if not isinstance(content, Mapping):
        raise ConfigError(f"{where}: {content!r}; accepted: a mapping with {', '.join(accepted)}")
    for key in content:
        if key not in accepted:
            raise ConfigError(
                f"{where}: unknown key {key!r}{nearest(str(key), accepted)}; "
                f"accepted: {', '.join(accepted)}"
            )
    return content


def _names(value: object, key: str, where: str) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or not all(isinstance(each, str) for each in listed):
        raise ConfigError(f"{where}: {key} is {value!r}; accepted: a list of names")
    return tuple(listed)


def _checked(kind: Callable[..., T], where: str, **settings: Any) -> T:
    try:
        return kind(**settings)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error
    except TypeError as error:
        raise ConfigError(f"{where}: {error}") from error
