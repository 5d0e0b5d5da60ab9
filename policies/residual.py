"""The ``residual`` form: an arm is a small Bayesian model over the clean arm's logit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import ConfigError
from lis_sim.types import Batch, Float32, Float64
from policies.backbone import below
from policies.base import Recommender
from policies.memory import PER_USER, ResidualMemory
from policies.regression import SequentialLogistic
from policies.similarity import similarity
from policies.taste import Tastes
from policies.view import RepresentationView

State = dict[str, NDArray[np.generic]]
_HALF_KNOWN = 10.0  # events of an item after which the gate is 1 / sqrt(2)
_MATCH_PRECISION = 10.0  # of the prior of the taste's weight, whose mean is 1


class CleanArm:
    """The clean arm of one replicate, and what all residual arms over it share.

    The recommender learns once a step, whichever of its arms asks first. It is a
    :class:`Recommender` itself; its scores and state are those of the recommender it holds, plus
    the memory the others need.
    """

    def __init__(self, recommender: Recommender, per_user: int = PER_USER) -> None:
        """``per_user``: events of every user that are remembered."""
        self.recommender = recommender
        self.memory = ResidualMemory(per_user)
        self.steps = 0
        self._arms: list[ResidualArm] = []
        self._own_steps = 0
        self._offset: tuple[Batch, Float32] | None = None
        self._learned: tuple[Batch, Float32] | None = None

    def arm(self, dimensions: int) -> ResidualArm:
        """Return a new arm over this one that sees vectors of ``dimensions``."""
        arm = ResidualArm(self, dimensions)
        self._arms.append(arm)
        return arm

    def see(self, view: RepresentationView | None) -> None:
        """Accept that there is nothing to see."""
        self.recommender.see(view)

    def score(self, batch: Batch) -> Float32:
        """Return the recommender's logits ``(n,)``; worked out once for a batch."""
        if self._offset is None or self._offset[0] is not batch:
            self._offset = (batch, self.recommender.score(batch))
        return self._offset[1].copy()

    def update(self, batch: Batch, label: Float32) -> None:
        self.offset_learned(batch, label, self._own_steps)
        self._own_steps += 1

    def offset_learned(self, batch: Batch, label: Float32, step: int) -> Float32:
        """Return the logits of ``batch`` before ``step``, in which it is learned from.

        The first arm to come to ``step`` makes the recommender learn; the others, who come with
        the same batch, are told what the logits were.
        """
        if step == self.steps:
            logit = self.score(batch)
            self.recommender.update(batch, label)
            self.memory.add(batch.user, batch.item, label - _probability(logit))
            self._learned, self._offset = (batch, logit), None
            self.steps += 1
        assert self._learned is not None
        assert self._learned[0] is batch, "all arms learn the same batches in the same order"
        return self._learned[1]

    def end_window(self) -> None:
        """Let what the window taught be remembered; vectors may change now."""
        self.memory.end_window()
        for arm in self._arms:
            arm.end_window()

    def state_dict(self) -> State:
        state = {f"memory.{key}": value for key, value in self.memory.state_dict().items()}
        return {**self.recommender.state_dict(), **state}

    def load_state_dict(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        self.memory.load_state_dict(below("memory.", state))
        self.recommender.load_state_dict(
            {key: value for key, value in state.items() if not key.startswith("memory.")}
        )
        self._own_steps = self.steps
        self._offset = None


@dataclass(frozen=True, slots=True)
class _Scored:
    batch: Batch
    inputs: Float64


class ResidualArm:
    """The clean arm's logit, plus what an item's vector ``v`` adds to it.

        logit = offset + a taste_u . v / sqrt(d) + g w . (v, m) + c mean_l v . h_l / d

    ``taste_u`` is the user's own posterior (:class:`Tastes`), ``h_l`` are the vectors of the items
    engaged with lately, ``m`` is the missing flag and
    ``g = 1 / sqrt(1 + events of the item in earlier windows / 10)`` a gate: a vector says what an
    item is worth while the recommender hardly knows the item, and steps back as it learns it.
    ``a`` starts at 1, ``w`` and ``c`` at 0; all are learned after every step, the variances of
    ``w`` and ``c`` found after every window (:class:`SequentialLogistic`). Before anybody has a
    past the arm scores as ``clean``; with an all-zero representation it does so for ever.

    Nothing in it is drawn at random and nothing belongs to a single item, so its luck is its
    clean arm's, and what one fold may see does not reach another one's scores.
    """

    def __init__(self, clean: CleanArm, dimensions: int) -> None:
        self.dimensions = dimensions
        self._clean = clean
        self._tastes = Tastes(clean.memory)
        self._steps = 0
        inputs = 1 + (dimensions + 1) + 1
        precision = np.full(inputs, _MATCH_PRECISION)
        found = np.arange(inputs) > 0
        self._regression = SequentialLogistic(np.eye(inputs)[0], precision, found)
        self._view: RepresentationView | None = None
        self._scored: _Scored | None = None

    def see(self, view: RepresentationView | None) -> None:
        if view is not None and view.dimensions != self.dimensions:
            raise ConfigError(
                f"the representation has {view.dimensions} dimensions, this arm was made for "
                f"{self.dimensions}; make the arm with dimensions={view.dimensions}"
            )
        self._view = view
        self._tastes.forget()
        self._scored = None

    def score(self, batch: Batch) -> Float32:
        offset = self._clean.score(batch)
        inputs = self._inputs(batch)
        self._scored = _Scored(batch, inputs)
        added = self._regression.predict(inputs)
        scores: Float32 = (offset + added).astype(np.float32)
        return scores

    def update(self, batch: Batch, label: Float32) -> None:
        scored = self._scored
        inputs = scored.inputs if scored and scored.batch is batch else self._inputs(batch)
        offset = self._clean.offset_learned(batch, label, self._steps)
        self._steps += 1
        self._scored = None
        if inputs.any():
            self._regression.learn(inputs, offset.astype(np.float64), np.array(label, np.float32))

    def _inputs(self, batch: Batch) -> Float64:
        """Return ``(n, d + 3)``: match of taste and vector, g (v, m), similarity with the past."""
        inputs = np.zeros((len(batch), self.dimensions + 3))
        if self._view is None or not len(batch):
            return inputs
        seen = self._view.table[self._view.rows(batch.user, batch.item)]
        gate = 1.0 / np.sqrt(1.0 + self._clean.memory.met(batch.item) / _HALF_KNOWN)
        inputs[:, 0] = self._tastes.match(self._view, batch.user, seen[:, : self.dimensions])
        np.multiply(seen, gate[:, None], out=inputs[:, 1:-1])
        inputs[:, -1] = similarity(self._view, batch)
        return inputs

    def end_window(self) -> None:
        """Find the variances of the weights; tastes are worked out anew."""
        self._regression.find_precisions()
        self._tastes.forget()
        self._scored = None

    def state_dict(self) -> State:
        return self._regression.state_dict()

    def load_state_dict(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        self._regression.load_state_dict(state)
        self._steps = self._clean.steps
        self._tastes.forget()
        self._scored = None


def _probability(logit: Float32) -> Float32:
    p: Float32 = (1.0 / (1.0 + np.exp(-logit.astype(np.float64)))).astype(np.float32)
    return p
