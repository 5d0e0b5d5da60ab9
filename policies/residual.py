"""The ``residual`` form: an arm is a small Bayesian model over the clean arm's logit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import ConfigError
from lis_sim.types import Batch, Float32, Float64
from policies.backbone import below
from policies.base import Recommender, SavedState, State, saved_state
from policies.exchange import ALONE, Exchange, on_any
from policies.memory import PER_USER, ResidualMemory
from policies.regression import SequentialLogistic
from policies.similarity import similarity
from policies.taste import Tastes
from policies.view import RepresentationView

_HALF_KNOWN = 10.0  # events of an item after which the gate is 1 / sqrt(2)
_MATCH_PRECISION = 10.0  # of the prior of the taste's weight, whose mean is 1


class CleanArm:
    """The clean arm of one replicate, and what all residual arms over it share.

    The recommender learns once a step, whichever of its arms asks first. It is a
    :class:`Recommender` itself; its scores and state are those of the recommender it holds, plus
    the memory the others need.
    """

    def __init__(
        self,
        recommender: Recommender,
        per_user: int = PER_USER,
        exchange: Exchange = ALONE,
    ) -> None:
        """``per_user``: events of every user that are remembered; 0 where no arm stands on this."""
        self.recommender = recommender
        self.exchange = exchange
        self.memory = ResidualMemory(per_user, exchange)
        self.steps = 0
        self._arms: list[ResidualArm] = []
        self._own_steps = 0
        self._offset: tuple[Batch, Float32] | None = None
        self._learned: tuple[Batch, Float32] | None = None

    def arm(self, *blocks: int) -> ResidualArm:
        """Return a new arm over this one; ``blocks`` are the widths of its representation's."""
        arm = ResidualArm(self, blocks)
        self._arms.append(arm)
        return arm

    def with_content(self, view: RepresentationView) -> CleanArm:
        """Return a clean arm that also has the raw content ``view`` shows, as an arm over this one.

        It is what a recommender in production has that knows its items' content: what arms over it
        gain, they gain beyond that content.
        """
        content = self.arm(*view.blocks)
        content.see(view)
        return CleanArm(_WithContent(self, content), self.memory.per_user, self.exchange)

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
            if self.memory.per_user:
                self.memory.add(batch.user, batch.item, label - _probability(logit))
            self._learned, self._offset = (batch, logit), None
            self.steps += 1
        assert self._learned is not None
        assert self._learned[0] is batch, "all arms learn the same batches in the same order"
        return self._learned[1]

    def end_window(self) -> None:
        """Let what the window taught be remembered; vectors may change now."""
        if isinstance(self.recommender, _WithContent):
            self.recommender.end_window()
        self.memory.end_window()
        for arm in self._arms:
            arm.end_window()

    def state_dict(self) -> State:
        state = {f"memory.{key}": value for key, value in self.memory.state_dict().items()}
        return {**self.recommender.state_dict(), **state}

    def saved_state(self, save: int, since: int | None) -> SavedState:
        """Return the same, see :class:`policies.base.SavesChanges`."""
        memory = {f"memory.{key}": value for key, value in self.memory.state_dict().items()}
        return {**saved_state(self.recommender, save, since), **memory}

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

    (the first and the last term once for every block of the representation). Here
    ``taste_u`` is the user's own posterior (:class:`Tastes`), ``h_l`` are the vectors of the items
    engaged with lately, ``m`` is the missing flag and
    ``g = 1 / sqrt(1 + events of the item in earlier windows / 10)`` a gate: a vector says what an
    item is worth while the recommender hardly knows the item, and steps back as it learns it.
    ``a`` starts at 1, ``w`` and ``c`` at 0; all are learned after every step, the variances of
    ``w`` and ``c`` found after every window (:class:`SequentialLogistic`). Before anybody has a
    past the arm scores as ``clean``; with an all-zero representation it does so for ever.

    Nothing in it is drawn at random and nothing belongs to a single item: its luck is its clean
    arm's, and what one fold may see reaches another one's scores only through the few weights that
    all share.
    """

    def __init__(self, clean: CleanArm, blocks: tuple[int, ...]) -> None:
        self.blocks = blocks
        self._clean = clean
        self._tastes = [Tastes(clean.memory) for _ in blocks]
        self._steps = 0
        mean = np.repeat([1.0, 0.0], [len(blocks), sum(blocks) + 1 + len(blocks)])
        precision = np.full(len(mean), _MATCH_PRECISION)
        self._regression = SequentialLogistic(mean, precision, mean == 0.0, exchange=clean.exchange)
        self._view: RepresentationView | None = None
        self._scored: _Scored | None = None

    def see(self, view: RepresentationView | None) -> None:
        if view is not None and view.blocks != self.blocks:
            raise ConfigError(
                f"the representation has blocks of {view.blocks} dimensions, this arm was made for "
                f"{self.blocks}; make the arm with {view.blocks}"
            )
        self._view = view
        self._forget()

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
        if on_any(self._clean.exchange, bool(inputs.any())):
            self._regression.learn(inputs, offset.astype(np.float64), np.array(label, np.float32))

    def _inputs(self, batch: Batch) -> Float64:
        """Return ``(n, B + d + 1 + B)``: matches, g (v, m), similarities with the history."""
        blocks = len(self.blocks)
        inputs = np.zeros((len(batch), blocks + sum(self.blocks) + 1 + blocks))
        view = self._view
        if view is None or not len(batch):
            return inputs
        first_row = view.first_rows(batch.user)
        seen = view.table.take(first_row + np.minimum(batch.item, view.items), axis=0)
        gate = 1.0 / np.sqrt(1.0 + self._clean.memory.met(batch.item) / _HALF_KNOWN)
        for at, part in enumerate(view.parts):
            inputs[:, at] = self._tastes[at].match(view, part, batch.user, seen)
            inputs[:, at - blocks] = similarity(view, part, batch, first_row)
        np.multiply(seen, gate[:, None], out=inputs[:, blocks:-blocks])
        return inputs

    def end_window(self) -> None:
        """Find the variances of the weights; tastes are worked out anew."""
        self._regression.find_precisions()
        self._forget()

    def _forget(self) -> None:
        for tastes in self._tastes:
            tastes.forget()
        self._scored = None

    def state_dict(self) -> State:
        return self._regression.state_dict()

    def load_state_dict(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        self._regression.load_state_dict(state)
        self._steps = self._clean.steps
        self._forget()


class _WithContent:
    """A clean arm and the arm of raw content over it as one recommender."""

    def __init__(self, clean: CleanArm, content: ResidualArm) -> None:
        self._clean = clean
        self._content = content

    def see(self, view: RepresentationView | None) -> None:
        """Accept that there is nothing else to see."""

    def score(self, batch: Batch) -> Float32:
        return self._content.score(batch)

    def update(self, batch: Batch, label: Float32) -> None:
        self._content.update(batch, label)

    def end_window(self) -> None:
        self._clean.end_window()

    def state_dict(self) -> State:
        own = {f"content.{key}": value for key, value in self._content.state_dict().items()}
        return {**{f"base.{k}": v for k, v in self._clean.state_dict().items()}, **own}

    def saved_state(self, save: int, since: int | None) -> SavedState:
        base = self._clean.saved_state(save, since)
        own = {f"content.{key}": value for key, value in self._content.state_dict().items()}
        return {**{f"base.{key}": value for key, value in base.items()}, **own}

    def load_state_dict(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        self._clean.load_state_dict(below("base.", state))
        self._content.load_state_dict(below("content.", state))


def _probability(logit: Float32) -> Float32:
    p: Float32 = (1.0 / (1.0 + np.exp(-logit.astype(np.float64)))).astype(np.float32)
    return p
