"""The settings in which two runs differ, by their dotted names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lis_sim.scores.compare_names import NamePairs

# What a run is called decides no number; preference data are listed set by set.
_NAMES = ("name", "preferences")


def differing(
    first: Mapping[str, Any],
    second: Mapping[str, Any],
    names: NamePairs,
    only_compared: bool = False,
) -> list[dict[str, Any]]:
    """Return ``setting``, ``first`` and ``second`` of every setting that is not the same.

    ``first`` and ``second`` are contents of ``run.json``: deciding settings, fingerprints of
    tables and the version. Settings of preference data that are compared under two names stand
    beside each other; what only one run has is None in the other. ``only_compared`` leaves out
    preference data that are not compared.

    >>> names = NamePairs(preferences=(("a", "b"),), representations=())
    >>> one = {"folds": 5, "preferences": [{"name": "a", "kind": "co_click"}]}
    >>> other = {"folds": 5, "preferences": [{"name": "b", "kind": "pairs"}]}
    >>> differing({"settings": one, "data": {}}, {"settings": other, "data": {}}, names)
    [{'setting': 'preferences.a=b.kind', 'first': 'co_click', 'second': 'pairs'}]
    """
    ours = _flat(first, {a: _joined(a, b) for a, b in names.preferences}, only_compared)
    theirs = _flat(second, {b: _joined(a, b) for a, b in names.preferences}, only_compared)
    return [
        {"setting": key, "first": ours.get(key), "second": theirs.get(key)}
        for key in dict.fromkeys([*ours, *theirs])
        if ours.get(key) != theirs.get(key)
    ]


def _joined(first: str, second: str) -> str:
    return first if first == second else f"{first}={second}"


def _flat(
    identity: Mapping[str, Any], called: Mapping[str, str], only_compared: bool
) -> dict[str, Any]:
    settings = {k: v for k, v in identity["settings"].items() if k not in _NAMES}
    found = dict(_leaves(settings, ""))
    for one in identity["settings"].get("preferences", ()):
        rest = {key: value for key, value in one.items() if key != "name"}
        if one["name"] in called:
            found |= _leaves(rest, f"preferences.{called[one['name']]}.")
        elif not only_compared:
            found[f"preferences.{one['name']}"] = rest
    for folder, digests in identity["data"].items():
        if isinstance(digests, Mapping):  # else the fingerprint of the events
            found |= {f"file {folder}/{name}": digest for name, digest in digests.items()}
    return found | {"version of lis_sim": identity.get("lis_sim")}


def _leaves(group: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in group.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        elif value != {}:
            yield f"{prefix}{key}", value
