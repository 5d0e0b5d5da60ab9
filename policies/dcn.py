"""DCN-v2 (Wang et al. 2021, arXiv 2008.13535), trained one step at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch

from lis_sim.hashing import purpose_key, uniform_rows
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
    def first(width: int, layers: int, seed: int) -> dict[str, torch.Tensor]:
        """Return first matrices ``(in, out)`` and biases, by name; the bound is Glorot's."""
        first: dict[str, torch.Tensor] = {}
        for layer in range(layers):
            drawn = uniform_rows(purpose_key(seed, "cross", layer), 0, width, width)
            first[f"cross.{layer}"] = torch.from_numpy(drawn * np.float32((3.0 / width) ** 0.5))
            first[f"cross.{layer}.bias"] = torch.zeros(width)
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

    ``parallel``: ``b + sum_f b_f + w . x_L + MLP(x_0)``, ``stacked``: ``b + sum_f b_f + MLP(x_L)``.
    Figure 1 of the paper; the linear weights ``b_f`` are not in it.
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
        first = CrossLayers.first(width, settings.cross_layers, seed)
        first |= first_weights(width, settings.hidden, seed)
        return first if settings.structure == "stacked" else first | _head(width, seed)

    def _interact(
        self, inputs: BackboneInputs, factors: torch.Tensor, logit: torch.Tensor
    ) -> _Crossed:
        cross = self._cross.forward(factors.flatten(1))
        first, last = cross.seen[0], cross.seen[-1]
        layers = self._perceptron.forward(last if self._stacked else first)
        logit.add_(layers[-1][:, 0])
        if not self._stacked:
            logit.add_(last @ self._dense["head"])
        return _Crossed(factors, cross, layers)

    def _back(self, kept: _Crossed, slope: torch.Tensor) -> Slopes:
        back = self._perceptron.backward(kept.layers, slope)
        if self._stacked:
            back = self._cross.backward(kept.cross, back)
        else:
            torch.mv(kept.cross.seen[-1].t(), slope, out=self._dense.gradient["head"])
            of_last = torch.outer(slope, self._dense["head"])
            back = back + self._cross.backward(kept.cross, of_last)
        return Slopes(back.view(kept.factors.shape))


def _head(width: int, seed: int) -> dict[str, torch.Tensor]:
    drawn = uniform_rows(purpose_key(seed, "cross head"), 0, width, 1)[:, 0]
    return {"head": torch.from_numpy(drawn * np.float32(width**-0.5))}


class DCN(OnlineRanker[DCNSettings]):
    """Cross layers and a perceptron: :class:`CrossBackbone` learned step by step."""

    settings_type = DCNSettings

    def _kind(self, compiled: bool) -> type[Backbone[DCNSettings, Any]]:
        return CrossBackbone
