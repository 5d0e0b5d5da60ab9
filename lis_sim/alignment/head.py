"""The head that is put on content: linear, or with one hidden layer."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch

from lis_sim.hashing import generator
from lis_sim.types import Float64

_SMALL = 0.1  # standard deviation of what an untrained head gives for content of unit RMS


def make_head(width: int, hidden: int, dimensions: int, seed: int) -> list[torch.Tensor]:
    """Return the weights of the layers, drawn so that scores start small, but not at zero.

    At zero a dot product of two heads has no slope to start from.

    >>> [tuple(layer.shape) for layer in make_head(32, hidden=8, dimensions=4, seed=0)]
    [(32, 8), (8, 4)]
    """
    widths = [width, *([hidden] if hidden else []), dimensions]
    random = generator(seed, "contrastive head")
    layers: list[torch.Tensor] = []
    for into, out in pairwise(widths):
        size = (_SMALL if len(layers) == len(widths) - 2 else 1.0) / np.sqrt(into)
        drawn = size * random.standard_normal((into, out))
        layers.append(torch.tensor(drawn, dtype=torch.float32, requires_grad=True))
    return layers


def linear_head(weights: Float64) -> list[torch.Tensor]:
    """Return a head whose dot products are those of ``content @ weights``, ``(p, d)``."""
    scale = float(weights.shape[1]) ** 0.25
    return [torch.tensor(weights * scale, dtype=torch.float32, requires_grad=True)]


def through(head: list[torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
    """Return what ``head`` gives for ``inputs`` ``(n, p)``, float32 ``(n, d)``."""
    for weight in head[:-1]:
        inputs = torch.relu(inputs @ weight)
    # Dot products of two such vectors are then divided by the root of d.
    return (inputs @ head[-1]).mul(float(head[-1].shape[1]) ** -0.25)


@torch.no_grad()
def forward(head: list[torch.Tensor], inputs: torch.Tensor) -> Float64:
    """Return the vectors of all items, ``(I, d)``, without a graph."""
    return np.asarray(through(head, inputs).numpy(), np.float64)
