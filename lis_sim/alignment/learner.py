"""Learning a contrastive head from some users, and judging it on others.

The loss is that of :mod:`lis_sim.alignment.contrastive`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from lis_sim.alignment.adam import Adam
from lis_sim.alignment.choices import Choices, Shown
from lis_sim.alignment.contrastive_settings import ContrastiveSettings
from lis_sim.alignment.head import forward, linear_head, make_head, through
from lis_sim.alignment.moments import taste_directions
from lis_sim.hashing import generator
from lis_sim.types import Float64, Int64


class Learner:
    """A head and the users it learns from; every epoch draws choices and an order of its own."""

    def __init__(
        self, content: Float64, shown: Shown, settings: ContrastiveSettings, seed: int
    ) -> None:
        self.shown = shown
        self.rate = shown.rates(len(content), settings.rate_strength)
        self._inputs = torch.from_numpy(content.astype(np.float32))
        self._odds = torch.from_numpy(_odds(self.rate).astype(np.float32))
        if settings.hidden:
            self._head = make_head(content.shape[1], settings.hidden, settings.dimensions, seed)
        else:
            beyond = shown.beyond(self.rate, settings.user_strength)
            strength, dimensions = settings.context_strength, settings.dimensions
            self._head = linear_head(taste_directions(content, shown, beyond, strength, dimensions))
        self._optimiser = Adam(self._head, settings.rate, settings.decay)
        self._settings = settings
        self._seed = seed
        self._epoch = 0

    def learn(self) -> None:
        """Learn for one epoch: every engagement outside the context is a choice."""
        self._epoch += 1
        for batch in _batches(self.shown, self.rate, self._settings, self._seed, self._epoch):
            loss = _loss(self._head, self._inputs, self._odds, batch)
            loss.backward()  # type: ignore[no-untyped-call]
            self._optimiser.step()

    def vectors(self) -> Float64:
        """Return what the head gives for all items, ``(I, d)``."""
        return forward(self._head, self._inputs)


class Judge:
    """Held-out users' loss, user by user, over a few draws of their choices."""

    def __init__(
        self, shown: Shown, rate: Float64, settings: ContrastiveSettings, seed: int
    ) -> None:
        self._shown = shown
        self._odds = _odds(rate)
        self._beyond = shown.beyond(rate, settings.user_strength)
        self._strength = settings.context_strength
        self._draws = [
            shown.draw(generator(seed, "held-out choices", at), settings.passed, settings.share)
            for at in range(settings.draws)
        ]

    def losses(self, vectors: Float64) -> Float64:
        """Return ``(d + 1, users)``: summed losses of each user's choices.

        Row ``r`` is under the first ``r`` of the dimensions of ``vectors`` ``(I, d)``.
        """
        users, width = len(self._shown.user), vectors.shape[1]
        total = np.zeros((width + 1, users))
        for choices in self._draws:
            profile = self._profiles(choices, vectors)
            scores = self._odds[choices.offered]
            total[0] += _summed(scores, choices.group, users)
            for at in range(width):
                scores += profile[choices.group, at, None] * vectors[choices.offered, at]
                total[at + 1] += _summed(scores, choices.group, users)
        return total

    def _profiles(self, choices: Choices, vectors: Float64) -> Float64:
        """Return ``(users, d)``: what each user is known by."""
        group = self._shown.group[choices.context]
        item = self._shown.item[choices.context]
        users = len(self._shown.user)
        profile = np.zeros((users, vectors.shape[1]))
        np.add.at(profile, group, self._beyond[choices.context, None] * vectors[item])
        return profile * _shrinkage(group, users, self._strength)[:, None]


def _summed(scores: Float64, group: Int64, users: int) -> Float64:
    """Return ``(users,)``: the losses of choices with ``scores`` ``(c, 1 + passed)``."""
    highest = scores.max(axis=1)
    spread = highest + np.log(np.exp(scores - highest[:, None]).sum(axis=1))
    return np.asarray(np.bincount(group, weights=spread - scores[:, 0], minlength=users))


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some users: their contexts and their choices. Users are numbered within the batch."""

    users: int
    context_user: torch.Tensor  # (k,)
    context_item: torch.Tensor  # (k,)
    context_value: torch.Tensor  # (k,) signed and shrunk
    user: torch.Tensor  # (c,)
    offered: torch.Tensor  # (c, 1 + passed)


def _batches(
    shown: Shown, rate: Float64, settings: ContrastiveSettings, seed: int, epoch: int
) -> Iterator[_Batch]:
    """Yield the users in an order of the epoch's own, with choices of the epoch's own."""
    choices = shown.draw(generator(seed, "choices", epoch), settings.passed, settings.share)
    users, size = len(shown.user), settings.batch_users
    place = generator(seed, "user order", epoch).permutation(users)
    group = shown.group[choices.context]
    value = shown.beyond(rate, settings.user_strength)[choices.context]
    value *= _shrinkage(group, users, settings.context_strength)[group]
    contexts, chosen = _runs(place[group], size, users), _runs(place[choices.group], size, users)
    for of_context, of_choice in zip(contexts, chosen, strict=True):
        if len(of_choice):
            yield _Batch(
                size,
                torch.from_numpy(place[group[of_context]] % size),
                torch.from_numpy(shown.item[choices.context[of_context]].astype(np.int64)),
                torch.from_numpy(value[of_context].astype(np.float32)),
                torch.from_numpy(place[choices.group[of_choice]] % size),
                torch.from_numpy(choices.offered[of_choice].astype(np.int64)),
            )


def _runs(place: Int64, size: int, users: int) -> list[Int64]:
    """Return the rows of each batch of ``size`` users, of rows whose user is at ``place``."""
    order = np.argsort(place // size, kind="stable")
    ends = np.searchsorted(place[order] // size, np.arange(1, -(-users // size)))
    return list(np.split(order, ends))


def _loss(
    head: list[torch.Tensor], inputs: torch.Tensor, odds: torch.Tensor, batch: _Batch
) -> torch.Tensor:
    """Return the mean loss of the choices of ``batch``."""
    items = torch.cat([batch.context_item, batch.offered.flatten()])
    distinct, at = torch.unique(items, return_inverse=True)
    vectors = through(head, inputs[distinct])
    count = len(batch.context_item)
    signed = vectors[at[:count]] * batch.context_value[:, None]
    profile = vectors.new_zeros(batch.users, vectors.shape[1])
    profile = profile.index_add(0, batch.context_user, signed)
    offered = vectors[at[count:]].view(*batch.offered.shape, -1)
    scores = torch.einsum("cd,ckd->ck", profile[batch.user], offered) + odds[batch.offered]
    return torch.nn.functional.cross_entropy(scores, torch.zeros(len(scores), dtype=torch.int64))


def _odds(rate: Float64) -> Float64:
    return np.asarray(np.log(rate / (1.0 - rate)))


def _shrinkage(group: Int64, users: int, strength: float) -> Float64:
    """Return ``(users,)``: how much of the sum over a context counts, by its length."""
    return np.asarray(strength / (strength + np.bincount(group, minlength=users)))
