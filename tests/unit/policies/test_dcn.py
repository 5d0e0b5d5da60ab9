"""Cross layers: where they start, and that each multiplies once more."""

from __future__ import annotations

import numpy as np
import torch

from policies.dcn import CrossLayers
from policies.optim import DenseParameters
from tests.unit.policies.reference import pairs

FACTORS, DIM, LAYERS = 4, 3, 3


def layers(first: dict[str, torch.Tensor], count: int = LAYERS) -> CrossLayers:
    dense = DenseParameters(first, dict.fromkeys(first, 0.1), initial_square=1.0)
    return CrossLayers(dense, count)


def test_they_begin_as_a_factorisation_machine() -> None:
    """Half of what they add is the sum over pairs of factors."""
    cross = layers(CrossLayers.first(FACTORS, DIM, LAYERS))
    x = torch.randn((6, FACTORS, DIM), generator=torch.Generator().manual_seed(0))
    seen = cross.forward(x.flatten(1)).seen
    found = 0.5 * (seen[-1] - seen[0]).sum(dim=1)
    wanted = [float(pairs({}, list(event), event[:0])) for event in x.double()]
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-5, atol=1e-6)


def test_each_layer_multiplies_by_the_input_once_more() -> None:
    """Of L layers without biases what is added is a polynomial of degree 2 to L + 1."""
    draw = torch.Generator().manual_seed(1)
    first = {
        name: torch.zeros_like(one)
        if name.endswith("bias")
        else torch.randn(one.shape, generator=draw)
        for name, one in CrossLayers.first(FACTORS, DIM, LAYERS).items()
    }
    x = torch.randn((1, FACTORS * DIM), generator=draw)
    sizes = np.arange(-3.0, 4.0)
    scaled = x * torch.from_numpy(sizes).float()[:, None]
    seen = layers(first).forward(scaled).seen
    added = (seen[-1] - seen[0])[:, 0].double().numpy()
    powers = np.polynomial.Polynomial.fit(sizes, added, LAYERS + 1).convert().coef
    largest = np.abs(powers).max()
    assert (np.abs(powers[:2]) < 1e-4 * largest).all(), "nothing of degree 0 and 1"
    assert abs(powers[LAYERS + 1]) > 1e-4 * largest
    residual = np.polynomial.Polynomial(powers)(sizes) - added
    assert np.abs(residual).max() < 1e-4 * np.abs(added).max(), "nothing beyond"
