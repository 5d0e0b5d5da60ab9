"""A multilayer perceptron with one output and its gradient, written out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from lis_sim.hashing import purpose_key, uniform_rows
from policies.optim import DenseParameters


def first_weights(
    width: int, hidden: Sequence[int], seed: int, name: str = "mlp"
) -> dict[str, torch.Tensor]:
    """Return first weights ``(in, out)`` and biases for ``width`` inputs, by name.

    He's uniform bound for the hidden layers (He et al. 2015), ``1 / sqrt(in)`` for the last.
    """
    first: dict[str, torch.Tensor] = {}
    for layer, out in enumerate((*hidden, 1)):
        bound = (6.0 / width) ** 0.5 if layer < len(hidden) else width**-0.5
        drawn = uniform_rows(purpose_key(seed, name, layer), 0, width, out) * np.float32(bound)
        first[f"{name}.{layer}"] = torch.from_numpy(drawn)
        first[f"{name}.{layer}.bias"] = torch.zeros(out)
        width = out
    return first


class Perceptron:
    """Rectified linear layers over parameters that live among others in ``dense``."""

    def __init__(self, dense: DenseParameters, layers: int, name: str = "mlp") -> None:
        self._dense = dense
        self._layers = layers
        self._name = name

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Return the input ``(n, width)``, every hidden layer and last the output ``(n, 1)``."""
        seen = [x]
        for layer in range(self._layers):
            name = f"{self._name}.{layer}"
            out = torch.addmm(self._dense[f"{name}.bias"], seen[-1], self._dense[name])
            seen.append(out if layer == self._layers - 1 else out.relu_())
        return seen

    def backward(self, seen: list[torch.Tensor], slope: torch.Tensor) -> torch.Tensor:
        """Write the gradients for ``slope`` ``(n,)`` of the output; return the input's.

        ``seen`` is what :meth:`forward` returned.
        """
        back = slope[:, None]
        for layer in reversed(range(self._layers)):
            name = f"{self._name}.{layer}"
            torch.mm(seen[layer].t(), back, out=self._dense.gradient[name])
            torch.sum(back, dim=0, out=self._dense.gradient[f"{name}.bias"])
            back = back @ self._dense[name].t()
            if layer:
                back *= seen[layer].sign()  # 1 where the rectifier let it through, else 0
        return back
