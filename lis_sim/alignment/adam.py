"""Adam, for a handful of weights.

torch's own loads its compiler when first used, which takes longer than learning a head.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

_MEAN, _SQUARE, _TINY = 0.9, 0.999, 1e-8


class Adam:
    """Steps against gradients scaled by their running size (Kingma and Ba, arXiv 1412.6980).

    ``decay`` times the weights is added to their gradients.

    >>> weight = torch.ones(2, requires_grad=True)
    >>> optimiser = Adam([weight], rate=0.1, decay=0.0)
    >>> (weight * torch.tensor([3.0, -5.0])).sum().backward()
    >>> optimiser.step()
    >>> [round(one, 3) for one in weight.tolist()], weight.grad
    ([0.9, 1.1], None)
    """

    def __init__(self, weights: Sequence[torch.Tensor], rate: float, decay: float) -> None:
        self._weights = tuple(weights)
        self._rate = rate
        self._decay = decay
        self._means = [torch.zeros_like(weight) for weight in weights]
        self._squares = [torch.zeros_like(weight) for weight in weights]
        self._steps = 0

    @torch.no_grad()
    def step(self) -> None:
        """Take one step and forget the gradients."""
        self._steps += 1
        for weight, mean, square in zip(self._weights, self._means, self._squares, strict=True):
            if weight.grad is None:
                continue
            gradient = weight.grad.add(weight, alpha=self._decay)
            mean.mul_(_MEAN).add_(gradient, alpha=1.0 - _MEAN)
            square.mul_(_SQUARE).addcmul_(gradient, gradient, value=1.0 - _SQUARE)
            size = (square / (1.0 - _SQUARE**self._steps)).sqrt_().add_(_TINY)
            weight.addcdiv_(mean, size, value=-self._rate / (1.0 - _MEAN**self._steps))
            weight.grad = None
