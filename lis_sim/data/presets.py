"""Import specs as YAML: the presets in ``configs/datasets`` and a user's own files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from lis_sim.data.import_spec import (
    Feature,
    ImportSpec,
    ItemsSource,
    Joined,
    RawTable,
    RepresentationSource,
)
from lis_sim.data.negatives import Negatives
from lis_sim.data.slate import Slate
from lis_sim.data.spec_types import given, number
from lis_sim.errors import ConfigError, nearest
from lis_sim.plain import placed, read_yaml, shown

T = TypeVar("T")

_TABLE_KEYS = ("files", "format", "separator", "header", "columns", "encoding")
_NAME_LISTS = ("outcomes", "ignored")
_SPEC_KEYS = (
    *_TABLE_KEYS,
    *("name", "user", "item", "time", "time_unit", "label", "label_time", "id_type"),
    *("conversion_window", "time_format", "time_origin", "request", "slate", "joined", "negatives"),
    *("categorical", "numeric", *_NAME_LISTS, "drop_duplicates", "items", "representations"),
    "homepage",
)
_REQUIRED = ("name", "files", "user", "item", "time", "label")
_SLATE_KEYS = ("shown", "clicked", "mark", "separator")
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
    return parse_spec(read_yaml(path), str(path))


def parse_spec(content: object, where: str) -> ImportSpec:
    """Check a mapping as YAML gives it and return its :class:`ImportSpec`.

    Raises :class:`ConfigError` naming ``where``, the key, and the nearest key accepted.
    """
    with placed(where):
        return _spec(content, where)


def _spec(content: object, where: str) -> ImportSpec:
    settings = _mapping(content, _SPEC_KEYS, where)
    plain = {key: value for key, value in settings.items() if key not in _TABLE_KEYS}
    if "slate" in plain:
        plain |= _slate(plain, f"{where}: slate")
    if "negatives" in plain:
        plain["negatives"] = _negatives(plain["negatives"], f"{where}: negatives")
        plain.setdefault("label", "")  # every row is a positive
    missing = [key for key in _REQUIRED if key not in plain and key not in settings]
    if missing:
        raise ConfigError(f"{where}: {missing[0]} is missing; required: {', '.join(_REQUIRED)}")
    plain |= {key: _names(plain[key], key, where) for key in _NAME_LISTS if key in plain}
    if "joined" in plain:
        plain["joined"] = _joined(plain["joined"], f"{where}: joined")
    plain["categorical"] = _categorical(plain.get("categorical", ()), f"{where}: categorical")
    plain["numeric"] = _numeric(plain.get("numeric", ()), f"{where}: numeric")
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


def _joined(content: Mapping[Any, Any], where: str) -> tuple[Joined, ...]:
    return tuple(
        _checked(Joined, where, name=name, columns=_names(columns, str(name), where))
        for name, columns in content.items()
    )


def _negatives(content: object, where: str) -> Negatives:
    settings = _mapping(content, ("per_positive", "seed"), where)
    _needed(settings, "per_positive", where)
    return _checked(Negatives, where, **settings)


def _slate(plain: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return the slate, and the item and label that it stands for."""
    for key in ("item", "label"):
        if key in plain:
            raise ConfigError(
                f"{where} says what was shown and clicked, and {key} is {shown(plain[key])}; "
                f"accepted: one of the two. Leave {key} out"
            )
    settings = _mapping(plain["slate"], _SLATE_KEYS, where)
    _needed(settings, "shown", where)
    found = _checked(Slate, where, **settings)
    return {"slate": found, "item": found.shown, "label": found.label}


def _items(content: object, where: str) -> ItemsSource:
    settings = _mapping(content, _ITEMS_KEYS, where)
    _needed(settings, "files", where)
    return _checked(
        ItemsSource,
        where,
        table=_table(settings, where),
        item=_needed(settings, "item", where),
        categorical=_categorical(settings.get("categorical", ()), f"{where}: categorical"),
        ignored=_names(settings.get("ignored", ()), "ignored", where),
        unknown=settings.get("unknown", "error"),
    )


def _representation(content: object, where: str) -> RepresentationSource:
    settings = _mapping(content, _REPRESENTATION_KEYS, where)
    for key in ("name", "file"):
        _needed(settings, key, where)
    return _checked(RepresentationSource, where, **settings)


def _categorical(content: Any, where: str) -> tuple[Feature, ...]:
    found = _features(content, where)
    return tuple(
        feature if feature.missing is None else Feature(feature.name, str(feature.missing))
        for feature in found
    )


def _numeric(content: Any, where: str) -> tuple[Feature, ...]:
    found = _features(content, where)
    return tuple(
        feature
        if feature.missing is None
        else Feature(feature.name, number(feature.missing, f"{where}: {feature.name}"))
        for feature in found
    )


def _features(content: Any, where: str) -> list[Feature]:
    features = []
    for each in content or ():
        if isinstance(each, str):
            features.append(Feature(given({"name": each}, where)["name"]))
        else:
            settings = _mapping(each, ("name", "missing"), where)
            _needed(settings, "name", where)
            features.append(_checked(Feature, where, **settings))
    return features


def _needed(settings: Mapping[str, Any], key: str, where: str) -> Any:
    if key not in settings:
        raise ConfigError(f"{where}: {key} is missing; accepted: {key}, and what it is called")
    return settings[key]


def _mapping(content: object, accepted: tuple[str, ...], where: str) -> Mapping[str, Any]:
    if not isinstance(content, Mapping):
        raise ConfigError(
            f"{where}: {shown(content)}; accepted: a mapping with {', '.join(accepted)}"
        )
    for key in content:
        if key not in accepted:
            raise ConfigError(
                f"{where}: unknown key {shown(key)}{nearest(str(key)[:100], accepted)}; "
                f"accepted: {', '.join(accepted)}"
            )
    return given(content, where)


def _names(value: object, key: str, where: str) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or not all(isinstance(each, str) for each in listed):
        raise ConfigError(f"{where}: {key} is {shown(value)}; accepted: a list of names")
    if not all(listed):
        raise ConfigError(f"{where}: {key} has an empty name; accepted: a list of names")
    return tuple(listed)


def _checked(kind: Callable[..., T], where: str, **settings: Any) -> T:
    try:
        return kind(**settings)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error
