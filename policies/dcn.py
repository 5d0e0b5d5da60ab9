"""DCN-v2 (Wang et al. 2021, arXiv 2008.13535), trained one step at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from lis_sim.types import Schema
from policies.backbone import Backbone, BackboneInputs, Slopes
from policies.exchange import ALONE, Exchange
from policies.online import OnlineRanker
from policies.optim import DenseParameters
from policies.perceptron import Perceptron, first_weights
from policies.settings import DCNSettings


class _CrossPass(NamedTuple):
    seen: list[torch.Tensor]  # x_0 ... x_L, each (n, width)
    linear: list[torch.Tensor]  # W_l x_l + b_l of every layer


class CrossLayers:
    """Cross layers, over parameters that live among others in ``dense``.

    Equation 1 of the paper: from the concatenated factors ``x_0``,

        x_{l+1} = x_0 * (W_l x_l + b_l) + x_l

    where ``*`` multiplies element by element and ``W_l`` is a full matrix.
    """

    def __init__(self, dense: DenseParameters, layers: int) -> None:
        self._dense = dense
        self._layers = layers

    @staticmethod
    def first(factors: int, dim: int, layers: int) -> dict[str, torch.Tensor]:
        """Return first matrices ``(in, out)`` and biases, by name.

        The first layer has every factor meet every other, number by number; the others add nothing
        yet. From random matrices, the paper's, one pass over a log does not get there.
        """
        width = factors * dim
        first: dict[str, torch.Tensor] = {}
        for layer in range(layers):
            first[f"cross.{layer}"] = torch.zeros(width, width)
            first[f"cross.{layer}.bias"] = torch.zeros(width)
        first["cross.0"] += torch.kron(1.0 - torch.eye(factors), torch.eye(dim))
        return first

    def forward(self, x: torch.Tensor) -> _CrossPass:
        """Cross ``x`` ``(n, width)`` with itself, layer by layer."""
        seen, linear = [x], []
        for layer in range(self._layers):
            bias, weight = self._dense[f"cross.{layer}.bias"], self._dense[f"cross.{layer}"]
            linear.append(torch.addmm(bias, seen[-1], weight))
            seen.append(torch.addcmul(seen[-1], x, linear[-1]))
        return _CrossPass(seen, linear)

    def backward(self, done: _CrossPass, back: torch.Tensor) -> torch.Tensor:
        """Write the gradients for ``back`` ``(n, width)`` of the last layer; return the input's."""
        x = done.seen[0]
        of_input = torch.zeros_like(x)
        for layer in reversed(range(self._layers)):
            of_input.addcmul_(back, done.linear[layer])
            of_linear = back * x
            torch.mm(done.seen[layer].t(), of_linear, out=self._dense.gradient[f"cross.{layer}"])
            torch.sum(of_linear, dim=0, out=self._dense.gradient[f"cross.{layer}.bias"])
            back = back + of_linear @ self._dense[f"cross.{layer}"].t()
        return of_input + back


class _Crossed(NamedTuple):
    factors: torch.Tensor  # (n, K, dim)
    cross: _CrossPass
    layers: list[torch.Tensor]  # of the perceptron


class CrossBackbone(Backbone[DCNSettings, _Crossed]):
    """Linear weights, cross layers and a perceptron over one embedding table.

    ``parallel``: ``b + sum_f b_f + w . (x_L - x_0) + MLP(x_0)``, which begins as a factorisation
    machine beside a perceptron; ``stacked``: ``b + sum_f b_f + MLP(x_L)`` (figure 1 of the paper).
    The paper has no ``b_f`` and takes ``w . x_L``: with both, factors are pulled along ``w`` by
    what the linear weights say better (docs/policies.md has the figures).
    """

    def __init__(
        self,
        schema: Schema,
        *,
        seed: int,
        settings: DCNSettings,
        device: str = "cpu",
        exchange: Exchange = ALONE,
    ) -> None:
        super().__init__(schema, seed=seed, settings=settings, device=device, exchange=exchange)
        self._cross = CrossLayers(self._dense, settings.cross_layers)
        self._perceptron = Perceptron(self._dense, len(settings.hidden) + 1)
        self._stacked = settings.structure == "stacked"

    def _first_weights(
        self, factors: int, seed: int, settings: DCNSettings
    ) -> dict[str, torch.Tensor]:
        width = factors * settings.dim
        first = CrossLayers.first(factors, settings.dim, settings.cross_layers)
        first |= first_weights(width, settings.hidden, seed)
        if settings.structure == "parallel":
            first["head"] = torch.full((width,), 0.5)  # each pair meets twice
        return first

    def _interact(
        self, inputs: BackboneInputs, factors: torch.Tensor, logit: torch.Tensor
    ) -> _Crossed:
        cross = self._cross.forward(factors.flatten(1))
        first, last = cross.seen[0], cross.seen[-1]
        layers = self._perceptron.forward(last if self._stacked else first)
        logit.add_(layers[-1][:, 0])
        if not self._stacked:
            logit.add_((last - first) @ self._dense["head"])
        return _Crossed(factors, cross, layers)

    def _back(self, kept: _Crossed, slope: torch.Tensor) -> Slopes:
        back = self._perceptron.backward(kept.layers, slope)
        if self._stacked:
            back = self._cross.backward(kept.cross, back)
        else:
            added = kept.cross.seen[-1] - kept.cross.seen[0]
            torch.mv(added.t(), slope, out=self._dense.gradient["head"])
            of_last = torch.outer(slope, self._dense["head"])
            back = back + self._cross.backward(kept.cross, of_last) - of_last
        return Slopes(back.view(kept.factors.shape))


class DCN(OnlineRanker[DCNSettings]):
    """Cross layers and a perceptron: :class:`CrossBackbone` learned step by step."""

    settings_type = DCNSettings

    def _kind(self, compiled: bool) -> type[Backbone[DCNSettings, Any]]:
        return CrossBackbone
