"""The backbone of DeepFM on a processor, without a tensor operation a step."""

from __future__ import annotations

import numpy as np
import torch

from lis_sim.errors import ConfigError
from policies import kernels
from policies.backbone import Backbone, BackboneInputs, BackbonePass


def runs_compiled(kernel: str, device: str) -> bool:
    """Return whether a backbone of ``kernel`` (``policy.kernel``) runs as machine code.

    Raises :class:`ConfigError` when it is to and cannot.

    >>> runs_compiled("auto", "cpu"), runs_compiled("auto", "cuda:0")
    (True, False)
    """
    on_processor = torch.device(device).type == "cpu"
    if kernel == "compiled" and not on_processor:
        raise ConfigError(
            f"policy.kernel is 'compiled' and the run trains on {device}; accepted there: torch, "
            "or auto; else training.device: cpu"
        )
    return on_processor and kernel != "torch"


class CompiledBackbone(Backbone):
    """A :class:`Backbone` whose passes are machine code; parameters and their states are its own.

    On batches of a few hundred events half of a tensor library's time goes into making tensors
    and reading them again. Matrix products are left to BLAS.
    """

    def forward(self, inputs: BackboneInputs) -> BackbonePass:
        """Return the logits of the events, with the parameters as they are."""
        rows, value = inputs.rows.numpy(), inputs.numeric.numpy()
        n, fields = rows.shape
        dense, dim = self._dense.arrays, self._dim
        factors = np.empty((n, (fields + value.shape[1]) * dim), np.float32)
        total, logit = np.empty((n, dim), np.float32), np.empty(n, np.float32)
        table = self._table.weight.numpy()
        kernels.gather(rows, value, table, dense["numeric"], dense["bias"], factors, total, logit)
        layers = [factors]
        for layer in range(self._layers - 1):
            layers.append(layers[-1] @ dense[f"mlp.{layer}"])
            kernels.rectify(layers[-1], dense[f"mlp.{layer}.bias"])
        last = f"mlp.{self._layers - 1}"
        kernels.add_output(logit, layers[-1], dense[last], dense[f"{last}.bias"])
        return BackbonePass(
            torch.from_numpy(logit),
            inputs,
            torch.from_numpy(factors),
            torch.from_numpy(total),
            [torch.from_numpy(one) for one in layers],
        )

    def learn(self, done: BackbonePass, slope: torch.Tensor) -> None:
        """Step against the loss whose derivative by ``done.logit`` is ``slope`` ``(n,)``."""
        rows, value = done.inputs.rows.numpy(), done.inputs.numeric.numpy()
        of, total = slope.numpy(), done.total.numpy()
        dense, gradient = self._dense.arrays, self._dense.gradient_arrays
        layers = [one.numpy() for one in done.layers]
        last = f"mlp.{self._layers - 1}"
        back = np.empty_like(layers[-1])
        kernels.open_output(
            of, layers[-1], dense[last], back, gradient[last], gradient[f"{last}.bias"]
        )
        for layer in reversed(range(self._layers - 1)):
            name = f"mlp.{layer}"
            kernels.pass_rectifier(back, layers[layer + 1], gradient[f"{name}.bias"])
            np.dot(layers[layer].T, back, out=gradient[name])
            back = back @ dense[name].T
        kernels.add_pairs(of, value, layers[0], total, back, gradient["numeric"], gradient["bias"])
        self._dense.step_compiled()
        self._table.step_compiled(rows, of, back)
