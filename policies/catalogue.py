"""The recommenders by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from lis_sim.errors import ConfigError, nearest
from lis_sim.types import Schema
from policies.base import Recommender
from policies.deepfm import DeepFM, check_form
from policies.popularity import Popularity
from policies.settings import DeepFMSettings, TowerRates, check_whole

T = TypeVar("T")
POLICIES = ("deepfm", "popularity")


def make_policy(
    name: str,
    schema: Schema,
    *,
    seed: int,
    dimensions: int | None = None,
    settings: Mapping[str, Any] | None = None,
    form: str = "residual",
    device: str = "cpu",
) -> Recommender:
    """Return a fresh recommender.

    ``dimensions`` is the width of the representation the arm sees, None for ``clean``;
    ``settings`` are the fields of :class:`DeepFMSettings` or the arguments of
    :class:`Popularity`.
    """
    given = dict(settings or {})
    check_form(form)
    if dimensions is not None:
        check_whole("dimensions", dimensions, 1)
    if name == "deepfm":
        given["tower"] = _checked(TowerRates, given.get("tower", {}), "policy.tower")
        own = _checked(DeepFMSettings, given, "policy")
        return DeepFM(
            schema, seed=seed, dimensions=dimensions, settings=own, form=form, device=device
        )
    if name == "popularity":
        return _checked(Popularity, given, "policy")
    raise ConfigError(
        f"policy '{name}' is not known; accepted: {', '.join(POLICIES)}{nearest(name, POLICIES)}"
    )


def _checked(kind: Callable[..., T], settings: object, where: str) -> T:
    accepted = list(inspect.signature(kind).parameters)
    if not isinstance(settings, Mapping):
        raise ConfigError(
            f"{where} is {settings!r}; accepted: settings by name: {', '.join(accepted)}"
        )
    for key in settings:
        if key not in accepted:
            raise ConfigError(
                f"{where}.{key} is not a setting; accepted: {', '.join(accepted)}"
                f"{nearest(key, accepted)}"
            )
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()})
