"""A plain torch module of the user's own as a recommender."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lis_sim.errors import ConfigError, PolicyError
from lis_sim.hashing import generator
from lis_sim.plain.saved import saved
from lis_sim.types import Batch, Float32, Schema
from policies.backbone import below
from policies.base import State
from policies.numeric import RunningScale
from policies.own_batch import TensorBatch, table_schema, tensor_batch
from policies.own_calls import described, drawing, theirs
from policies.own_settings import ModuleSettings
from policies.own_state import load_state, state_of
from policies.tower import RepresentationTower, TowerInputs, show
from policies.view import RepresentationView

_RATE = 0.05  # of the Adagrad that a module without `make_optimizer` is given


class OwnModule:
    """Scores and learns with a module whose ``forward(batch)`` returns logits ``(n,)``.

    ``batch`` is a :class:`TensorBatch`. The module may have ``make_optimizer()``, which returns a
    ``torch.optim.Optimizer`` of its parameters (else Adagrad with rate 0.05), and
    ``loss(logit, label)``, which returns the loss of every event ``(n,)`` (else the log loss); its
    mean over ``batch_events`` events is stepped against. Scores come from ``eval()`` mode, learning
    happens in ``train()`` mode; what torch draws meanwhile comes from a generator of (seed, step),
    and torch's own goes on afterwards as if nothing had been drawn.

    A representation is the platform's: in the ``joint`` form :class:`RepresentationTower`, 0 at
    first, is added to the logit, and learns from the same loss.
    """

    def __init__(
        self,
        make: Callable[[Schema], torch.nn.Module],
        path: str,
        schema: Schema,
        *,
        seed: int,
        dimensions: int | None,
        settings: ModuleSettings,
        device: str,
    ) -> None:
        self._path = path
        self._settings = settings
        self._seed = seed
        self._device = device
        self._updates = 0
        self._scale = RunningScale(len(schema.numeric))
        sized = table_schema(schema, settings.hash_bits, settings.category_bits)
        with self._drawing("first weights"):
            with theirs(f"{path}(...)", ConfigError):
                self.module = make(sized).to(device)
            self._optimizer = self._new_optimizer()
        self._looked_up: tuple[Batch, TowerInputs | None] | None = None
        self._tower = None
        if dimensions is not None:
            self._tower = RepresentationTower(
                dimensions,
                seed=seed,
                rates=settings.tower,
                device=device,
            )

    def _new_optimizer(self) -> torch.optim.Optimizer:
        if not any(one.requires_grad for one in self.module.parameters()):
            raise ConfigError(
                f"{self._path} has no parameters to learn; accepted: a torch.nn.Module with some; "
                "call super().__init__() first, and set layers as attributes of self"
            )
        make: Any = getattr(self.module, "make_optimizer", None)
        if make is None:
            return torch.optim.Adagrad(self.module.parameters(), lr=_RATE)
        with theirs(f"{self._path}.make_optimizer", ConfigError):
            optimizer: object = make()
        if not isinstance(optimizer, torch.optim.Optimizer):
            raise ConfigError(
                f"{self._path}.make_optimizer returned {type(optimizer).__name__}; accepted: a "
                "torch.optim.Optimizer of self.parameters()"
            )
        return optimizer

    def see(self, view: RepresentationView | None) -> None:
        self._looked_up = None
        show(self._tower, view)

    def score(self, batch: Batch) -> Float32:
        if not len(batch):
            return np.zeros(0, np.float32)
        self.module.eval()
        # Not inference mode: a tensor that a module keeps from it could not be learned from.
        with torch.no_grad(), self._drawing("scoring", self._updates):
            logit = self._logit(self._tensors(batch)) + self._added(self._lookup(batch))
        scores: Float32 = logit.cpu().numpy().copy()
        if not np.isfinite(scores).all():
            at = int(np.flatnonzero(~np.isfinite(scores))[0])
            raise PolicyError(
                f"{self._path}.forward gave event {at} of {len(batch)} the logit {scores[at]}; "
                "accepted: finite numbers; lower the learning rate, or clip what grows"
            )
        return scores

    def update(self, batch: Batch, label: Float32) -> None:
        self.module.train()
        with self._drawing("learning", self._updates):
            if len(batch):
                self._learn_all(batch, label)
        self._scale.learn(batch.numeric)
        self._looked_up = None
        if self._tower is not None:
            self._tower.finish(batch)
        self._updates += 1

    def _learn_all(self, batch: Batch, label: Float32) -> None:
        n, size = len(batch), self._settings.batch_events
        seen, tower = self._tensors(batch), self._lookup(batch)
        target = torch.from_numpy(np.array(label, np.float32)).to(self._device)
        if n <= size:
            self._learn(seen, tower, target)
            return
        drawn = generator(self._seed, "batch order", self._updates).permutation(n)
        order = torch.from_numpy(drawn).to(self._device)
        for start, end in pairwise([*range(0, n, size), n]):
            rows = order[start:end]
            drawn_tower = tower and TowerInputs(*(part.index_select(0, rows) for part in tower))
            self._learn(seen.take(rows), drawn_tower, target[rows])

    def _learn(self, seen: TensorBatch, tower: TowerInputs | None, target: torch.Tensor) -> None:
        """Step against the mean loss; the tower against the summed one, as its rates are for."""
        self._optimizer.zero_grad(set_to_none=True)
        with torch.enable_grad():
            logit = self._logit(seen)
            if not logit.requires_grad:
                raise PolicyError(
                    f"{self._path}.forward returned logits that no parameter has a part in; "
                    "accepted: tensors made of parameters, without detach() or .data"
                )
            whole = logit + self._added(tower)
            whole.retain_grad()
            mean = self._losses(whole, target).mean()
        with theirs(f"{self._path}: backward"):
            mean.backward()  # type: ignore[no-untyped-call]
        if tower is not None and self._tower is not None and whole.grad is not None:
            with torch.no_grad():
                self._tower.learn(tower, whole.grad * len(target))
        # Unless told, torch warns that it does not look for wrong rows in sparse gradients.
        unchecked = torch.sparse.check_sparse_tensor_invariants(  # type: ignore[no-untyped-call]
            enable=False
        )
        with theirs(f"{self._path}: the optimizer's step"), unchecked:
            self._optimizer.step()

    def _losses(self, logit: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        own: Any = getattr(self.module, "loss", None)
        if own is None:
            return torch.nn.functional.binary_cross_entropy_with_logits(
                logit, target, reduction="none"
            )
        with theirs(f"{self._path}.loss"):
            losses: object = own(logit, target)
        if not isinstance(losses, torch.Tensor) or losses.shape not in (logit.shape, ()):
            raise PolicyError(
                f"{self._path}.loss returned {described(losses)}; accepted: a tensor of shape "
                f"{tuple(logit.shape)}, the loss of every event, or their mean"
            )
        return losses

    def _logit(self, seen: TensorBatch) -> torch.Tensor:
        with theirs(f"{self._path}.forward"):
            logit: object = self.module(seen)
        shape = tuple(seen.user.shape)
        if (
            not isinstance(logit, torch.Tensor)
            or tuple(logit.shape) != shape
            or not logit.is_floating_point()
        ):
            raise PolicyError(
                f"{self._path}.forward returned {described(logit)}; accepted: logits, a floating "
                f"tensor of shape {shape}, one number an event"
            )
        return logit.float()

    def _tensors(self, batch: Batch) -> TensorBatch:
        own = self._settings
        numeric = self._scale.apply(batch.numeric)
        bits = own.hash_bits, own.category_bits
        return tensor_batch(batch, numeric, *bits, seed=self._seed, device=self._device)

    def _lookup(self, batch: Batch) -> TowerInputs | None:
        """Return what the tower needs of ``batch``; for the update it is there already."""
        if self._tower is None:
            return None
        if self._looked_up is None or self._looked_up[0] is not batch:
            self._looked_up = batch, self._tower.prepare(batch)
        return self._looked_up[1]

    def _added(self, tower: TowerInputs | None) -> torch.Tensor:
        """Return what the tower adds to the logits; 0 also for an arm without one.

        It is added there as well: -0 and 0 are different bytes, and arms begin alike.
        """
        if tower is None or self._tower is None:
            return torch.zeros((), device=self._device)
        with torch.no_grad():
            return self._tower.forward(tower)

    def _drawing(self, *purpose: str | int) -> AbstractContextManager[None]:
        return drawing(self._device, self._seed, *purpose)

    def state_dict(self) -> State:
        state: State = {"updates": np.array(self._updates)}
        state |= state_of(self.module, self._optimizer, self._path)
        state |= {f"scale.{key}": value for key, value in self._scale.state_dict().items()}
        if self._tower is not None:
            state |= {f"tower.{key}": value for key, value in self._tower.state_dict().items()}
        return state

    def load_state_dict(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        self._looked_up = None
        self._updates = int(saved(state, "updates", np.int64))
        load_state(self.module, self._optimizer, state)
        self._scale.load_state_dict(below("scale.", state))
        if self._tower is not None:
            self._tower.load_state_dict(below("tower.", state))
