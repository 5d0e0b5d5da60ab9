"""The recommenders by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from lis_sim.errors import ConfigError, nearest
from lis_sim.plain import own_code
from lis_sim.types import Schema
from policies.base import Recommender
from policies.dcn import DCN
from policies.deepfm import DeepFM
from policies.din import DIN
from policies.exchange import ALONE, Exchange
from policies.fm import FM, MF, Logistic
from policies.online import OnlineRanker
from policies.own import check_shards, make_own
from policies.popularity import Popularity
from policies.settings import TowerRates, check_whole

T = TypeVar("T")
NEURAL: dict[str, type[OnlineRanker[Any]]] = {
    "deepfm": DeepFM,
    "dcn_v2": DCN,
    "din": DIN,
    "fm": FM,
    "mf": MF,
    "logistic": Logistic,
}
POLICIES = (*NEURAL, "popularity")
FORMS = ("residual", "joint")


def make_policy(
    name: str,
    schema: Schema,
    *,
    seed: int,
    dimensions: int | None = None,
    settings: Mapping[str, Any] | None = None,
    device: str = "cpu",
    exchange: Exchange = ALONE,
) -> Recommender:
    """Return a fresh recommender.

    ``dimensions`` is the width of the representation an arm of the joint form sees, None for
    ``clean`` and wherever the ``residual`` form takes a representation in over the logit;
    ``settings`` are those of :func:`default_settings`; of another name see
    :func:`policies.own.make_own`. ``exchange``: the other shards, where the users of an arm are
    split.
    """
    given = dict(settings or {})
    if dimensions is not None:
        check_whole("dimensions", dimensions, 1)
    own_path = own_policy(name)
    if own_path is not None:
        return make_own(
            own_path,
            schema,
            seed=seed,
            dimensions=dimensions,
            settings=given,
            device=device,
            exchange=exchange,
        )
    if name in NEURAL:
        kind = NEURAL[name]
        given["tower"] = _checked(TowerRates, given.get("tower", {}), "policy.tower")
        own = _checked(kind.settings_type, given, "policy")
        return kind(
            schema,
            seed=seed,
            dimensions=dimensions,
            settings=own,
            device=device,
            exchange=exchange,
        )
    if name == "popularity":

        def popularity(strength: float = 20.0) -> Popularity:
            return Popularity(strength, exchange)

        return _checked(popularity, given, "policy")
    raise ConfigError(
        f"policy '{name}' is not known; accepted: {', '.join(POLICIES)}{nearest(name, POLICIES)}"
        "; or a class of your own, as my_package.my_module:MyRanker"
    )


def default_settings(name: str) -> Mapping[str, Any]:
    """Return the settings of a recommender with their defaults; none for an unknown name.

    >>> default_settings("mf")["batch_events"], default_settings("popularity")
    (256, {'strength': 20.0})
    """
    if name in NEURAL:
        return asdict(NEURAL[name].settings_type())
    parameters = inspect.signature(Popularity).parameters
    return {"strength": parameters["strength"].default} if name == "popularity" else {}


def own_policy(name: str) -> str | None:
    """Return the import path of a policy that is not ours, of a plug-in as well; None: it is ours.

    Nothing is imported.
    """
    return own_code.import_path(name, own_code.POLICIES, POLICIES)


def check_user_shards(name: str) -> None:
    """Raise :class:`ConfigError` for a policy that cannot learn from shards of the users."""
    own_path = own_policy(name)
    if own_path is not None:
        check_shards(own_path)


def check_form(form: str) -> None:
    """Raise :class:`ConfigError` unless ``form`` is one of :data:`FORMS`."""
    if form not in FORMS:
        raise ConfigError(
            f"form '{form}' is not known; accepted: {', '.join(FORMS)}{nearest(form, FORMS)}"
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
