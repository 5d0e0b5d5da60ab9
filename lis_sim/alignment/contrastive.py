"""A small head on content, so that items lie together that the same users engage with.

A sampled softmax over choices (:mod:`lis_sim.alignment.choices`). With the head's ``d`` numbers
``h(i)`` of an item, a user is the signed sum over their context, and the loss of a choice::

    u    = sum_i (engaged_i - expected_i) h(i)  *  c / (c + events of the context)
    loss = -log softmax_o( u . h(o) / sqrt(d) + log odds of o's rate of engagement )[chosen]

The last term is the correction for popularity (the logQ of Bengio and Senecal 2008, and of Yi
et al., RecSys 2019): an item everybody engages with is chosen without the head's help. The sum
holds every pair of items that a user engaged with; taken one by one, pairs say the same with
far more noise. A linear head starts from closed-form moments (:mod:`lis_sim.alignment.moments`);
from random weights, little data is learned by heart before it is understood. InfoNCE: van den
Oord et al., arXiv 1807.03748.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lis_sim.alignment.choices import Shown
from lis_sim.alignment.contrastive_settings import ContrastiveSettings
from lis_sim.alignment.learner import Judge, Learner
from lis_sim.errors import ConfigError
from lis_sim.hashing import fold_of, purpose_key
from lis_sim.types import Bool, Float64


@dataclass(frozen=True, slots=True)
class HeadFit:
    """Vectors of a trained head, and how surely they say something of users it never saw."""

    vectors: Float64  # (I, d), strongest direction first; columns from ``rank`` on are zero
    rank: int  # directions kept; 0: nothing sure was learned
    explained: float  # share of the loss that is saved for users left out
    sureness: float  # that saving over its standard error, users being independent
    epochs: int  # learned for


def fit_head(
    content: Float64, shown: Shown, settings: ContrastiveSettings, seed: int = 0
) -> HeadFit:
    """Train a head on ``content`` ``(I, p)`` from what users were ``shown``.

    One head per fold of users says, on the users it did not learn from, for how many epochs to
    learn, how many directions to keep, and whether anything is learned at all. The head that
    gives the vectors then learns from everybody. The same arguments give the same vectors on
    the same machine.
    """
    fold = fold_of(shown.user, purpose_key(seed, "head folds"), settings.folds)
    if len(np.unique(fold)) < settings.folds:
        raise ConfigError(
            f"{len(shown.user)} users engaged with one item and passed another over, and some of "
            f"{settings.folds} folds have none; give a later cut, fewer folds, or method ridge"
        )
    parts = [_Part(content, shown, fold == one, settings, seed) for one in range(settings.folds)]
    epochs, rank, losses = _best(parts, settings)
    saved = losses[0] - losses[rank]
    error = float(np.sqrt(np.square(saved).sum()))
    sureness = float(saved.sum()) / error if error > 0 else 0.0
    if sureness < settings.sureness:
        return HeadFit(np.zeros((len(content), settings.dimensions)), 0, 0.0, sureness, epochs)
    everybody = Learner(content, shown, settings, seed)
    for _ in range(epochs):
        everybody.learn()
    turned = _strongest_first(everybody.vectors(), shown)
    turned[:, rank:] = 0.0
    return HeadFit(turned, rank, float(saved.sum() / losses[0].sum()), sureness, epochs)


class _Part:
    """A head that learns from the users outside a fold and is judged by those inside."""

    def __init__(
        self,
        content: Float64,
        shown: Shown,
        held_out: Bool,
        settings: ContrastiveSettings,
        seed: int,
    ) -> None:
        self._learner = Learner(content, shown.of_users(~held_out), settings, seed)
        self._judge = Judge(shown.of_users(held_out), self._learner.rate, settings, seed)

    def learn(self) -> None:
        self._learner.learn()

    def losses(self) -> Float64:
        """Return ``(d + 1, users)``: losses of those inside, by how many directions count."""
        vectors = _strongest_first(self._learner.vectors(), self._learner.shown)
        return self._judge.losses(vectors)


def _best(parts: list[_Part], settings: ContrastiveSettings) -> tuple[int, int, Float64]:
    """Return the epoch and the rank best for users left out, and all users' losses then."""
    found = (0, 0, np.zeros((1, 0)))
    lowest = float("inf")
    for epoch in range(settings.epochs + 1):
        if epoch:
            for part in parts:
                part.learn()
        losses = np.concatenate([part.losses() for part in parts], axis=1)
        rank = int(np.argmin(losses.sum(axis=1)))
        if losses[rank].sum() < lowest:
            lowest = float(losses[rank].sum())
            found = (epoch, rank, losses)
        elif epoch - found[0] >= settings.patience:
            break
    return found


def _strongest_first(vectors: Float64, shown: Shown) -> Float64:
    """Turn ``vectors`` onto their principal axes over the events of ``shown``."""
    seen = vectors[shown.item]
    _, axes = np.linalg.eigh(seen.T @ seen)
    return np.asarray(vectors @ axes[:, ::-1])
