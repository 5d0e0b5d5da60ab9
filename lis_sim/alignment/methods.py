"""The two methods of alignment, each from preference data at a row of cuts to vectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from lis_sim.alignment.choices import Shown
from lis_sim.alignment.content import Content
from lis_sim.alignment.contrastive import fit_head
from lis_sim.alignment.contrastive_settings import ContrastiveSettings
from lis_sim.alignment.ridge import RidgeSettings, fit_ridge, item_weight
from lis_sim.alignment.targets import targets_at
from lis_sim.data.dataset import Dataset
from lis_sim.errors import ConfigError, nearest
from lis_sim.preference import PreferenceSpec
from lis_sim.preference.co_click_settings import selection_of
from lis_sim.preference.material import ITEM
from lis_sim.preference.past import past_evidence
from lis_sim.types import Float64

METHODS: Mapping[str, type[RidgeSettings] | type[ContrastiveSettings]] = {
    "ridge": RidgeSettings,
    "contrastive": ContrastiveSettings,
}


def method_settings(
    method: str, settings: Mapping[str, Any]
) -> RidgeSettings | ContrastiveSettings:
    """Return the settings of ``method``; :class:`ConfigError` names an unknown one.

    >>> method_settings("ridge", {"fold": 3})
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: 'fold' is not a setting of ridge; did you mean 'folds'?; \
accepted: dimensions, rank, folds, strength, sureness
    """
    if method not in METHODS:
        raise ConfigError(
            f"method is '{method}'; accepted: {', '.join(METHODS)}{nearest(method, METHODS)}"
        )
    kind = METHODS[method]
    accepted = [field.name for field in fields(kind)]
    for key in settings:
        if key not in accepted:
            raise ConfigError(
                f"'{key}' is not a setting of {method}{nearest(key, accepted)}; accepted: "
                f"{', '.join(accepted)}"
            )
    return kind(**settings)


@dataclass(frozen=True, slots=True)
class Fit:
    """What a method found by one cut."""

    vectors: Float64  # (I, d)
    items: int
    dimensions: int
    explained: float
    sureness: float


def by_ridge(
    dataset: Dataset,
    content: Content,
    spec: PreferenceSpec,
    cuts_us: Sequence[int],
    settings: RidgeSettings,
    seed: int,
) -> Iterator[Fit]:
    """Yield, for each cut, the preference data's item vectors as content predicts them."""
    for targets in targets_at(dataset, spec, cuts_us, seed, settings.rank):
        weight = item_weight(targets.events, settings.strength)
        used = targets.supported & content.known & (weight > 0)
        inputs = content.standardised(used).vectors
        fit = fit_ridge(inputs[used], targets.vectors[used], weight[used], settings, seed)
        explained = fit.explained if fit.rank else 0.0
        yield Fit(inputs @ fit.weights, int(used.sum()), fit.rank, explained, fit.sureness)


def by_head(
    dataset: Dataset,
    content: Content,
    spec: PreferenceSpec,
    cuts_us: Sequence[int],
    settings: ContrastiveSettings,
    seed: int,
) -> Iterator[Fit]:
    """Yield, for each cut, what a contrastive head gives that learned from users' choices."""
    _check_choices(spec)
    for cut_us in cuts_us:
        shown = Shown.of(past_evidence(dataset, spec, cut_us, seed), content.known)
        used = np.bincount(shown.item, minlength=len(content.known)) > 0
        fit = fit_head(content.standardised(used).vectors, shown, settings, seed)
        explained = fit.explained if fit.rank else 0.0
        yield Fit(fit.vectors, int(used.sum()), fit.rank, explained, fit.sureness)


def _check_choices(spec: PreferenceSpec) -> None:
    """Raise :class:`ConfigError` unless users chose among items in this preference data."""
    if spec.kind == "co_click":
        selection = selection_of(spec)
        if selection.taken.exposure:
            why = "its behaviour is exposure, so that nothing was passed over"
        elif selection.level != ITEM:
            why = f"its level is '{selection.level}', and choices are among items"
        else:
            return
    else:
        why = f"it is of kind '{spec.kind}', which holds no choices"
    raise ConfigError(
        f"preference '{spec.name}' cannot be learned from by method contrastive: {why}; accepted: "
        "kind co_click of items with a label or an outcome as behaviour, or method ridge"
    )
