"""A recommender of the user's own: ``policy: my_package.my_module:MyRanker``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import fields
from typing import Any

import torch

from lis_sim.errors import ConfigError, nearest
from lis_sim.plain.own_code import imported
from lis_sim.plain.values import shown
from lis_sim.types import Schema
from policies.base import Recommender
from policies.exchange import ALONE, Exchange
from policies.own_calls import theirs
from policies.own_module import OwnModule
from policies.own_settings import ModuleSettings
from policies.settings import TowerRates

ACCEPTED = (
    "package.module:Class, a torch.nn.Module with forward(batch) -> logits, or a class with the "
    "methods of policies.base.Recommender"
)
METHODS = ("score", "update", "see", "state_dict", "load_state_dict")
GIVEN = ("seed", "dimensions", "device", "exchange")  # what a Recommender may take beside settings


def own_class(path: str) -> type[Any]:
    """Import the class at ``path``; :class:`ConfigError` says what is off."""
    where = f"policy is {shown(path)}"
    found = imported(path, where, ACCEPTED)
    if not inspect.isclass(found):
        raise ConfigError(f"{where}, which is no class but {_what(found)}; accepted: {ACCEPTED}")
    if not issubclass(found, torch.nn.Module):
        lacking = [name for name in METHODS if not callable(getattr(found, name, None))]
        if lacking:
            raise ConfigError(
                f"{where}, which is no torch.nn.Module and lacks {', '.join(lacking)}; accepted: "
                f"{ACCEPTED}"
            )
    return found


def is_recommender(kind: type[Any]) -> bool:
    """Whether a class is a whole recommender, not a module that is still to become one."""
    return all(callable(getattr(kind, name, None)) for name in METHODS)


def takes(path: str, name: str) -> bool:
    """Whether the constructor of the recommender at ``path`` names ``name``."""
    return name in _parameters(own_class(path), path)


def make_own(
    path: str,
    schema: Schema,
    *,
    seed: int,
    dimensions: int | None = None,
    settings: Mapping[str, Any],
    device: str = "cpu",
    exchange: Exchange = ALONE,
) -> Recommender:
    """Return a fresh recommender of the class at ``path``.

    A module is made as ``MyRanker(schema, **settings)`` and becomes an :class:`OwnModule`. A class
    with the methods of :class:`Recommender` is made as ``MyRecommender(schema, **settings)``, with
    those of ``seed``, ``dimensions``, ``device`` and ``exchange`` that its constructor names.
    """
    kind = own_class(path)
    given = deepcopy(dict(settings))  # of this arm alone
    if not is_recommender(kind):
        if not exchange.shard.whole:
            raise _no_shards(path)
        return _module(kind, path, schema, given, seed=seed, dimensions=dimensions, device=device)
    accepted = _parameters(kind, path)
    beside = {"seed": seed, "dimensions": dimensions, "device": device, "exchange": exchange}
    if dimensions is not None and "dimensions" not in accepted:
        raise ConfigError(
            f"policy {path} takes no 'dimensions', so it cannot look at a representation; "
            "accepted: form residual, which stands on its logit, or a constructor that takes them"
        )
    if not exchange.shard.whole and "exchange" not in accepted:
        raise _no_shards(path)
    _check_names(given, [name for name in accepted if name not in GIVEN], accepted, path)
    own = {name: value for name, value in beside.items() if name in accepted}
    with theirs(f"{path}(...)", ConfigError):
        made: object = kind(schema, **own, **given)
    assert isinstance(made, Recommender), "its class has the methods"
    return made


def check_shards(path: str) -> None:
    """Raise :class:`ConfigError` for a policy that cannot learn from shards of the users."""
    kind = own_class(path)
    if not is_recommender(kind) or not takes(path, "exchange"):
        raise _no_shards(path)


def _no_shards(path: str) -> ConfigError:
    return ConfigError(
        f"policy {path} cannot learn from a part of the users; accepted: training.user_shards 1, "
        "or a class with the methods of policies.base.Recommender that takes `exchange`"
    )


def _module(
    kind: type[torch.nn.Module],
    path: str,
    schema: Schema,
    given: dict[str, Any],
    *,
    seed: int,
    dimensions: int | None,
    device: str,
) -> OwnModule:
    ours = [one.name for one in fields(ModuleSettings)]
    accepted = _parameters(kind, path)
    if taken := [name for name in accepted if name in ours]:
        raise ConfigError(
            f"{path}'s constructor takes '{taken[0]}', which is the platform's setting; accepted: "
            f"any names but {', '.join(ours)}"
        )
    _check_names(given, [*accepted, *ours], accepted, path)
    # Its class may say what suits it; a config has the last word.
    around = {name: getattr(kind, name) for name in ours if hasattr(kind, name)}
    around |= {name: given.pop(name) for name in ours if name in given}
    if isinstance(around.get("tower"), Mapping):
        _check_names(around["tower"], [one.name for one in fields(TowerRates)], {}, "tower")
        around["tower"] = TowerRates(**around["tower"])

    def make(sized: Schema) -> torch.nn.Module:
        made: torch.nn.Module = kind(sized, **given)
        return made

    own = ModuleSettings(**around)
    return OwnModule(
        make, path, schema, seed=seed, dimensions=dimensions, settings=own, device=device
    )


def _parameters(kind: Callable[..., Any], path: str) -> dict[str, bool]:
    """Return what a constructor takes after the schema: whether each must be given.

    ``**`` stands for any other names.
    """
    try:
        found = list(inspect.signature(kind).parameters.values())
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{path}: its constructor has no signature ({error})") from error
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if not found or found[0].kind not in positional:
        raise ConfigError(
            f"{path}'s constructor takes {inspect.signature(kind)}; accepted: the schema first, "
            "then settings by name, as in __init__(self, schema, rank=8)"
        )
    named: dict[str, bool] = {}
    for one in found[1:]:
        if one.kind is inspect.Parameter.VAR_KEYWORD:
            named["**"] = False
        elif one.kind is not inspect.Parameter.VAR_POSITIONAL:
            named[one.name] = one.default is inspect.Parameter.empty
    return named


def _check_names(
    given: Mapping[str, Any], accepted: list[str], required: Mapping[str, bool], path: str
) -> None:
    names = [name for name in accepted if name != "**"]
    for key in given:
        if key not in names and "**" not in accepted:
            raise ConfigError(
                f"policy.{key} is not a setting of {path}; accepted: {', '.join(names) or 'none'}"
                f"{nearest(key, names)}"
            )
    for name, needed in required.items():
        if needed and name not in given and name not in GIVEN:
            raise ConfigError(
                f"{path} needs the setting '{name}'; give it as policy.settings.{name}, or give "
                "its constructor a default"
            )


def _what(found: object) -> str:
    if inspect.isroutine(found):
        return "a function"
    return f"of type {type(found).__name__}"
