"""The backbone of FM, MF and DeepFM on a processor, without a tensor operation a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from lis_sim.errors import ConfigError
from lis_sim.types import Float32
from policies import kernels
from policies.backbone import BackboneInputs, BackbonePass
from policies.lanes import LANES
from policies.pairs import P, PairsBackbone, PairsPass


def runs_compiled(kernel: str, device: str, dim: int) -> bool:
    """Return whether a backbone of ``kernel`` (``policy.kernel``) runs as machine code.

    Raises :class:`ConfigError` when it is to and cannot.

    >>> runs_compiled("auto", "cpu", 16), runs_compiled("auto", "cuda:0", 16)
    (True, False)
    """
    on_processor, whole = torch.device(device).type == "cpu", dim % LANES == 0
    if kernel == "compiled" and not on_processor:
        raise ConfigError(
            f"policy.kernel is 'compiled' and the run trains on {device}; accepted there: torch, "
            "or auto; else training.device: cpu"
        )
    if kernel == "compiled" and not whole:
        raise ConfigError(
            f"policy.kernel is 'compiled' and policy.dim {dim}; accepted with it: a multiple of "
            f"{LANES}; else policy.kernel: torch, or auto"
        )
    return on_processor and whole and kernel != "torch"


class CompiledBackbone(PairsBackbone[P]):
    """A :class:`PairsBackbone` whose passes are machine code.

    Parameters and their states are its own: either takes over what the other has learned.

    On batches of a few hundred events half of a tensor library's time goes into making tensors
    and reading them again. Matrix products are left to BLAS. A pass is written over by the next.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._space = _Space(0, self._dim, [])

    def forward(self, inputs: BackboneInputs) -> BackbonePass[PairsPass]:
        """Return the logits of the events, with the parameters as they are."""
        rows, value = inputs.rows.numpy(), inputs.numeric.numpy()
        n = len(rows)
        dense, space = self._dense.arrays, self._room(rows.shape[1] + value.shape[1], n)
        total, logit, layers = space.total[:n], space.logit[:n], [one[:n] for one in space.layers]
        table = self._table.weight.numpy()
        kernels.gather(rows, value, table, dense["numeric"], dense["bias"], layers[0], total, logit)
        for layer in range(self._layers - 1):
            np.dot(layers[layer], dense[f"mlp.{layer}"], out=layers[layer + 1])
            kernels.rectify(layers[layer + 1], dense[f"mlp.{layer}.bias"])
        if self._layers:
            last = f"mlp.{self._layers - 1}"
            kernels.add_output(logit, layers[-1], dense[last], dense[f"{last}.bias"])
        seen = [torch.from_numpy(one) for one in layers]
        kept = PairsPass(seen[0], torch.from_numpy(total), seen)
        return BackbonePass(torch.from_numpy(logit), inputs, kept)

    def learn(self, done: BackbonePass[PairsPass], slope: torch.Tensor) -> None:
        """Step against the loss whose derivative by ``done.logit`` is ``slope`` ``(n,)``."""
        rows, value = done.inputs.rows.numpy(), done.inputs.numeric.numpy()
        of, total = slope.numpy(), done.kept.total.numpy()
        gradient = self._dense.gradient_arrays
        layers = [one.numpy() for one in done.kept.layers]
        back = self._perceptron_back(of, layers)
        kernels.add_pairs(of, value, layers[0], total, back, gradient["numeric"], gradient["bias"])
        self._dense.step_compiled()
        self._table.step_compiled(rows, of, back)

    def _perceptron_back(self, slope: Float32, layers: list[Float32]) -> Float32:
        """Write the perceptron's gradients; return that of its input, the factors."""
        backs = [one[: len(slope)] for one in self._space.backs]
        if not self._layers:
            backs[0].fill(0.0)
            return backs[0]
        dense, gradient = self._dense.arrays, self._dense.gradient_arrays
        last = f"mlp.{self._layers - 1}"
        kernels.open_output(
            slope, layers[-1], dense[last], backs[-1], gradient[last], gradient[f"{last}.bias"]
        )
        for layer in reversed(range(self._layers - 1)):
            name, back = f"mlp.{layer}", backs[layer + 1]
            kernels.pass_rectifier(back, layers[layer + 1], gradient[f"{name}.bias"])
            np.dot(layers[layer].T, back, out=gradient[name])
            np.dot(back, dense[name].T, out=backs[layer])
        return backs[0]

    def _room(self, fields: int, events: int) -> _Space:
        """Return where a pass over ``events`` is written: fresh pages every step cost a fifth."""
        if events > len(self._space.logit) or not self._space.layers:
            hidden = [len(self._dense[f"mlp.{layer}.bias"]) for layer in range(self._layers - 1)]
            self._space = _Space(events, self._dim, [fields * self._dim, *hidden])
        return self._space


class _Space:
    """Arrays of one pass: what it works out, and the gradients of the layers' inputs."""

    def __init__(self, events: int, dim: int, widths: Sequence[int]) -> None:
        self.total = np.empty((events, dim), np.float32)
        self.logit = np.empty(events, np.float32)
        self.layers: list[Float32] = [np.empty((events, wide), np.float32) for wide in widths]
        self.backs: list[Float32] = [np.empty_like(one) for one in self.layers]
