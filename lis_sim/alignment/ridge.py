"""Ridge regression of item vectors on content, of a rank that is cross-validated over items.

The fitted vectors are cut to the directions that content predicts best (reduced-rank
regression: Izenman 1975). Penalty and rank are those that predict items left out best; if even
those do not surely predict anything, nothing is learned. Without that rule a model aligned on
noise would still show some projection of the content, and any projection carries taste.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lis_sim.errors import ConfigError
from lis_sim.hashing import fold_of
from lis_sim.types import Bool, Float64, Int64


@dataclass(frozen=True, slots=True)
class RidgeSettings:
    """How the item vectors of preference data are regressed on content.

    Attributes:
        dimensions: Of the vectors given, at most.
        rank: Co-engagement directions the targets are made of, at least. More than an arm
            sees: what is noise among them, content averages away, and what it cannot express
            costs nothing.
        folds: Of items, for choosing penalty and rank.
        strength: Events of an item after which its vector weighs half as much as a sure one:
            weights are ``n / (n + strength)``.
        sureness: Something was learned if the squared error that content saves on items left
            out is at least so many standard errors, items being independent.

    >>> RidgeSettings(folds=1)
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: ridge.folds is 1; accepted: a whole number, 2 or more
    """

    dimensions: int = 16
    rank: int = 64
    folds: int = 5
    strength: float = 20.0
    sureness: float = 2.5

    def __post_init__(self) -> None:
        for name, least in (("dimensions", 1), ("rank", 1), ("folds", 2)):
            value: object = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise ConfigError(
                    f"ridge.{name} is {value!r}; accepted: a whole number, {least} or more"
                )
        for name in ("strength", "sureness"):
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not 0 < float(str(value)) < float("inf"):
                raise ConfigError(f"ridge.{name} is {value!r}; accepted: a number above 0")


PENALTIES = np.geomspace(1e-3, 1e2, 11)
"""Tried times the sum of the weights, so that they are of the size of content's variances."""


@dataclass(frozen=True, slots=True)
class RidgeFit:
    """What was learned: ``content @ weights`` are the fitted vectors, strongest direction first."""

    weights: Float64  # (p, d); columns from ``rank`` on are zero
    rank: int  # directions learned; 0: content says nothing sure of the targets
    penalty: float
    explained: float  # share of the targets' variance predicted for items left out
    sureness: float  # the same over its standard error


def fit_ridge(
    content: Float64, targets: Float64, weight: Float64, settings: RidgeSettings, seed: int = 0
) -> RidgeFit:
    """Regress ``targets`` on ``content``.

    Args:
        content: ``(m, p)``, dimensions of comparable size.
        targets: ``(m, t)``; their scales say how much each counts, their basis says nothing.
        weight: ``(m,)``, how much an item counts, above 0.
        settings: Dimensions ``d``, folds and when something counts as learned.
        seed: Decides the folds.

    >>> random = np.random.default_rng(0)
    >>> content = random.standard_normal((300, 4))
    >>> noise = random.standard_normal((300, 2))
    >>> known = content[:, :1] * [3.0, 4.0] + noise
    >>> fit = fit_ridge(content, known, np.ones(300), RidgeSettings(dimensions=3))
    >>> fit.rank, np.abs(fit.weights).round(1).tolist()[0]
    (1, [5.1, 0.0, 0.0])
    >>> fit_ridge(content, noise, np.ones(300), RidgeSettings()).rank
    0
    """
    fold = fold_of(np.arange(len(content), dtype=np.int32), seed, settings.folds)
    saved = np.zeros((len(PENALTIES), settings.dimensions))
    square = np.zeros_like(saved)
    for one in range(settings.folds):
        out = fold == one
        if out.any() and not out.all():
            for at, each in enumerate(_saved(content, targets, weight, out, settings.dimensions)):
                saved[at] += each.sum(axis=0)
                square[at] += np.square(each).sum(axis=0)
    at, last = (int(one) for one in np.unravel_index(np.argmax(saved), saved.shape))
    error = float(np.sqrt(square[at, last]))
    sureness = float(saved[at, last]) / error if error > 0 else 0.0
    rank = last + 1 if sureness >= settings.sureness else 0
    spread = (weight[:, None] * np.square(targets - _mean(targets, weight))).sum()
    explained = float(saved[at, last] / spread) if spread > 0 else 0.0
    fitted = list(_reduced(content, targets, weight, settings.dimensions))[at][0]
    fitted[:, rank:] = 0.0
    return RidgeFit(fitted, rank, float(PENALTIES[at]), explained, sureness)


def item_weight(events: Int64, strength: float) -> Float64:
    """Return ``(I,)`` how much an item of so many ``events`` ``(I,)`` counts.

    The inverse variance of its vector, if ``strength`` events carry as much noise as the
    content of an item leaves unsaid.

    >>> item_weight(np.array([0, 20, 60]), 20.0).tolist()
    [0.0, 0.5, 0.75]
    """
    return np.asarray(events / (events + strength))


def _saved(
    content: Float64, targets: Float64, weight: Float64, out: Bool, dimensions: int
) -> list[Float64]:
    """Return for every penalty the squared error saved on items ``out`` by 1, 2, ... directions.

    ``(out, d)`` each, learned from the other items; against predicting their mean.
    """
    kept = ~out
    inputs = content[out] - _mean(content[kept], weight[kept])
    beyond = targets[out] - _mean(targets[kept], weight[kept])
    found = []
    for fitted, axes in _reduced(content[kept], targets[kept], weight[kept], dimensions):
        along = inputs @ fitted
        each = weight[out, None] * along * (2.0 * (beyond @ axes) - along)
        found.append(np.cumsum(each, axis=1))
    return found


def _reduced(
    content: Float64, targets: Float64, weight: Float64, dimensions: int
) -> list[tuple[Float64, Float64]]:
    """Return for every penalty content's weights ``(p, d)`` and the targets' axes ``(t, d)``.

    Predictions are ``content @ weights @ axes.T``, the leading directions of the full ridge
    regression's. Columns beyond those there are are zero.
    """
    x = content - _mean(content, weight)
    y = targets - _mean(targets, weight)
    inner = (x * weight[:, None]).T @ x
    square, turn = np.linalg.eigh(inner)
    along = turn.T @ ((x * weight[:, None]).T @ y)
    found = []
    for penalty in PENALTIES:
        shrunk = along / (np.maximum(square, 0.0) + penalty * weight.sum())[:, None]
        _, axes = np.linalg.eigh(shrunk.T @ (np.maximum(square, 0.0)[:, None] * shrunk))
        leading = np.zeros((targets.shape[1], dimensions))
        count = min(dimensions, targets.shape[1], content.shape[1])
        leading[:, :count] = _with_sign(axes[:, ::-1][:, :count])
        found.append((turn @ shrunk @ leading, leading))
    return found


def _with_sign(axes: Float64) -> Float64:
    """Make the largest number of every column positive: the same axes, always the same bytes."""
    largest = axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])]
    return np.asarray(axes * np.where(largest < 0, -1.0, 1.0))


def _mean(values: Float64, weight: Float64) -> Float64:
    return np.asarray(weight @ values / weight.sum())
