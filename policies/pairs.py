"""Pairs of factors, and a perceptron over them: the interaction of FM, MF, DeepFM and DIN."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import torch

from lis_sim.types import Schema
from policies.backbone import Backbone, BackboneInputs, Slopes
from policies.exchange import ALONE, Exchange
from policies.optim import DenseParameters
from policies.perceptron import Perceptron, first_weights
from policies.settings import DeepSettings, LogisticSettings

P = TypeVar("P", bound=LogisticSettings)


class PairsPass(NamedTuple):
    """What the gradient of :class:`Pairs` needs."""

    factors: torch.Tensor  # (n, K, dim)
    total: torch.Tensor  # (n, dim) their sum
    layers: list[torch.Tensor]  # of the perceptron, as it returned them; empty: there is none


class Pairs:
    """``sum_{f < g} v_f . v_g + MLP(v_1, v_2, ...)``; without the perceptron for no ``layers``.

    The sum over pairs takes time linear in the number of factors: it is half of the squared sum
    minus the sum of squares (Rendle 2010, "Factorization machines", lemma 3.1).
    """

    def __init__(self, dense: DenseParameters, layers: int) -> None:
        self._perceptron = Perceptron(dense, layers) if layers else None

    def forward(self, factors: torch.Tensor, logit: torch.Tensor) -> PairsPass:
        """Add what ``factors`` ``(n, K, dim)`` give to ``logit`` ``(n,)``."""
        total = factors.sum(dim=1)
        flat = factors.flatten(1)
        pairs = total.square().sum(dim=1) - flat.square().sum(dim=1)
        logit.add_(pairs, alpha=0.5)
        layers: list[torch.Tensor] = []
        if self._perceptron is not None:
            layers = self._perceptron.forward(flat)
            logit.add_(layers[-1][:, 0])
        return PairsPass(factors, total, layers)

    def backward(self, done: PairsPass, slope: torch.Tensor) -> torch.Tensor:
        """Write the perceptron's gradients for ``slope`` ``(n,)``; return the factors'."""
        if self._perceptron is None:
            back = torch.zeros_like(done.factors)
        else:
            back = self._perceptron.backward(done.layers, slope).view(done.factors.shape)
        return back.addcmul_(slope[:, None, None], done.total[:, None] - done.factors)


class PairsBackbone(Backbone[P, PairsPass]):
    """A :class:`Backbone` whose factors interact as :class:`Pairs`.

    With :class:`DeepSettings` that is DeepFM, without a perceptron a factorisation machine,
    without factors a logistic regression.
    """

    def __init__(
        self,
        schema: Schema,
        *,
        seed: int,
        settings: P,
        device: str = "cpu",
        exchange: Exchange = ALONE,
    ) -> None:
        super().__init__(schema, seed=seed, settings=settings, device=device, exchange=exchange)
        self._layers = len(settings.hidden) + 1 if isinstance(settings, DeepSettings) else 0
        self._pairs = Pairs(self._dense, self._layers)

    def _first_weights(self, factors: int, seed: int, settings: P) -> dict[str, torch.Tensor]:
        if not isinstance(settings, DeepSettings):
            return {}
        return first_weights(factors * settings.dim, settings.hidden, seed)

    def _interact(
        self, inputs: BackboneInputs, factors: torch.Tensor, logit: torch.Tensor
    ) -> PairsPass:
        return self._pairs.forward(factors, logit)

    def _back(self, kept: PairsPass, slope: torch.Tensor) -> Slopes:
        return Slopes(self._pairs.backward(kept, slope))
