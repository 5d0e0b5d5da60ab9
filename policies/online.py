"""A neural recommender trained one step at a time, with a representation tower beside it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import Any, Generic, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from lis_sim.hashing import generator
from lis_sim.plain.saved import saved
from lis_sim.types import Batch, Float32, Int64, Schema
from policies.backbone import Backbone, BackboneInputs, BackbonePass, S, below
from policies.base import SavedState
from policies.compiled_tower import CompiledTower
from policies.exchange import ALONE, Exchange
from policies.tower import RepresentationTower, TowerInputs, show
from policies.view import RepresentationView


class _Inputs(NamedTuple):
    """What some events look like to both parts, whatever they have learned."""

    backbone: BackboneInputs
    tower: TowerInputs | None

    def each(self, take: Callable[[torch.Tensor], torch.Tensor]) -> _Inputs:
        tower = None if self.tower is None else TowerInputs(*map(take, self.tower))
        rows, numeric, history = self.backbone
        past = None if history is None else take(history)
        return _Inputs(BackboneInputs(take(rows), take(numeric), past), tower)


class _Pass(NamedTuple):
    backbone: BackbonePass[Any]
    tower: TowerInputs | None
    logit: torch.Tensor  # (n,) of both parts


@dataclass(frozen=True, slots=True)
class _Scored:
    """What :meth:`OnlineRanker.score` worked out and an update of the same batch can use."""

    batch: Batch
    inputs: _Inputs
    done: _Pass


class OnlineRanker(ABC, Generic[S]):
    """A :class:`Backbone`, and for an arm with a representation a tower beside it.

    Fields are user, item and every categorical feature; numeric features are standardised
    with the spread of past events and enter as one factor each. The loss is the *sum* over a
    batch of ``batch_events`` events; batches of a step are drawn in an order of their own
    generator.

    A representation enters through :class:`RepresentationTower`: the ``joint`` form, one loss on
    the whole logit, in which every parameter learns beside the tower.

    A subclass names the type of its settings and of its backbone.
    """

    settings_type: type[S]

    def __init__(
        self,
        schema: Schema,
        *,
        seed: int,
        dimensions: int | None = None,
        settings: S | None = None,
        device: str = "cpu",
        exchange: Exchange = ALONE,
    ) -> None:
        self.settings: S = settings if settings is not None else self.settings_type()
        self.device = device
        self._seed = seed
        self._updates = 0
        compiled = self._runs_compiled()
        self._backbone = self._kind(compiled)(
            schema, seed=seed, settings=self.settings, device=device, exchange=exchange
        )
        self._tower = None
        if dimensions is not None:
            # The step of a shard's users is one of tensors.
            alone = exchange.shard.whole
            tower = CompiledTower if compiled and alone else RepresentationTower
            self._tower = tower(
                dimensions,
                seed=seed,
                rates=self.settings.tower,
                hash_bits=self.settings.hash_bits,
                device=device,
                exchange=exchange,
            )
        self._scored: _Scored | None = None

    def _runs_compiled(self) -> bool:
        """Return whether what there is as machine code, the tower at least, runs as such."""
        return torch.device(self.device).type == "cpu"

    @abstractmethod
    def _kind(self, compiled: bool) -> type[Backbone[S, Any]]:
        """Return the type of the backbone."""

    def see(self, view: RepresentationView | None) -> None:
        self._scored = None
        show(self._tower, view)

    @torch.inference_mode()
    def score(self, batch: Batch) -> Float32:
        inputs = self._prepare(batch)
        done = self._forward(inputs)
        self._scored = _Scored(batch, inputs, done)
        scores: Float32 = done.logit.cpu().numpy().copy()  # the update still needs its own
        return scores

    @torch.inference_mode()
    def update(self, batch: Batch, label: Float32) -> None:
        size = self.settings.batch_events
        whole = len(batch) if batch.step_events is None else batch.step_events
        scored = self._scored if self._scored and self._scored.batch is batch else None
        inputs = scored.inputs if scored else self._prepare(batch)
        target = torch.from_numpy(np.array(label, np.float32)).to(self.device)
        if whole <= size:
            self._learn(scored.done if scored else self._forward(inputs), target)
        else:
            drawn = generator(self._seed, "batch order", self._updates).permutation(whole)
            own, edges = _pieces(drawn, batch.place, size)
            order = torch.from_numpy(own).to(self.device)
            inputs, target = inputs.each(lambda part: part.index_select(0, order)), target[order]
            for start, end in pairwise(edges.tolist()):
                piece = itemgetter(slice(start, end))
                self._learn(self._forward(inputs.each(piece)), piece(target))
        self._backbone.finish(batch)
        if self._tower is not None:
            self._tower.finish(batch)
        self._updates += 1
        self._scored = None

    def _prepare(self, batch: Batch) -> _Inputs:
        tower = None if self._tower is None else self._tower.prepare(batch)
        return _Inputs(self._backbone.prepare(batch), tower)

    def _forward(self, inputs: _Inputs) -> _Pass:
        backbone = self._backbone.forward(inputs.backbone)
        if self._tower is None or inputs.tower is None:
            return _Pass(backbone, None, backbone.logit)
        return _Pass(backbone, inputs.tower, backbone.logit + self._tower.forward(inputs.tower))

    def _learn(self, done: _Pass, target: torch.Tensor) -> None:
        """Step against the summed log loss, whose derivative by a logit is ``p - label``."""
        slope = torch.sigmoid(done.logit) - target
        if done.tower is not None and self._tower is not None:
            self._tower.learn(done.tower, slope)
        self._backbone.learn(done.backbone, slope)

    def state_dict(self) -> dict[str, NDArray[np.generic]]:
        state = {"updates": np.array(self._updates), **self._backbone.state_dict()}
        if self._tower is not None:
            state |= {f"tower.{k}": v for k, v in self._tower.state_dict().items()}
        return state

    def saved_state(self, save: int, since: int | None) -> SavedState:
        """Return the same with tables as their rows changed after save ``since``."""
        own: SavedState = {"updates": np.array(self._updates)}
        own |= self._backbone.saved_state(save, since)
        if self._tower is not None:
            own |= {f"tower.{k}": v for k, v in self._tower.saved_state(save, since).items()}
        return own

    def load_state_dict(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        self._updates = int(saved(state, "updates", np.int64))
        self._backbone.load_state_dict(state)
        if self._tower is not None:
            self._tower.load_state_dict(below("tower.", state))
        self._scored = None


def _pieces(order: Int64, place: Int64 | None, size: int) -> tuple[Int64, Int64]:
    """Return own events in the ``order`` (n,) of a step, and where each batch of ``size`` begins.

    ``place`` (m,) says where in the step the own ones are; None: they are all of it. The second
    array has one number more than there are batches.

    >>> _pieces(np.array([2, 0, 3, 1]), np.array([1, 2]), 2)
    (array([1, 0]), array([0, 1, 2]))
    """
    edges = np.arange(0, len(order) + size, size).clip(max=len(order))
    if place is None:
        return order, edges
    turn = np.empty_like(order)
    turn[order] = np.arange(len(order))
    own = turn[place]
    ordered = np.argsort(own)
    return ordered, np.searchsorted(own[ordered], edges)
