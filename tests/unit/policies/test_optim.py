"""Dense Adagrad and the perceptron against formulas and autograd."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from policies.optim import DenseParameters
from policies.perceptron import Perceptron, first_weights
from tests.unit.policies.worlds import same_state

RATES = {"a": 0.5, "b": 0.05}
SHAPES = {"a": (3, 2), "b": (4,)}


def close(found: torch.Tensor, wanted: torch.Tensor) -> None:
    np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=1e-5, atol=1e-5)


def test_steps_are_those_of_adagrad() -> None:
    draw = torch.Generator().manual_seed(0)
    first = {name: torch.randn(shape, generator=draw) for name, shape in SHAPES.items()}
    own = DenseParameters(first, RATES, initial_square=0.3)
    value = {name: tensor.double().numpy().copy() for name, tensor in first.items()}
    square = {name: np.full(shape, 0.3) for name, shape in SHAPES.items()}
    for _ in range(5):
        for name, rate in RATES.items():
            own.gradient[name].normal_(generator=draw)
            gradient = own.gradient[name].double().numpy()
            square[name] += gradient**2
            value[name] -= rate * gradient / np.sqrt(square[name])
        own.step()
    state = own.state_dict()
    for name in RATES:
        np.testing.assert_allclose(own[name].numpy(), value[name], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(
            np.asarray(state[f"{name}.square"], np.float64), square[name], rtol=1e-5
        )


def test_zero_gradients_move_nothing() -> None:
    own = DenseParameters({"a": torch.randn(5), "b": torch.randn(2)}, RATES, initial_square=1.0)
    before = own.state_dict()
    own.step()
    assert same_state(before, own.state_dict())


def test_the_callers_first_values_stay_theirs() -> None:
    first = {"a": torch.ones(2), "b": torch.ones(1)}
    own = DenseParameters(first, RATES, initial_square=1.0)
    own.flat_gradient.fill_(1.0)
    own.step()
    assert first["a"].tolist() == [1.0, 1.0]
    assert own["a"].tolist() != [1.0, 1.0]


@pytest.mark.parametrize("hidden", [(), (5,), (6, 4)])
def test_perceptron_against_autograd(hidden: tuple[int, ...]) -> None:
    width, n = 7, 9
    first = first_weights(width, hidden, seed=0)
    dense = DenseParameters(first, dict.fromkeys(first, 0.1), initial_square=1.0)
    for value in first:
        if value.endswith("bias"):
            dense[value].uniform_(-1, 1)
    own = Perceptron(dense, len(hidden) + 1)
    x = torch.randn(n, width, requires_grad=True)
    leaves = {name: dense[name].clone().requires_grad_(True) for name in first}
    out = x
    for layer in range(len(hidden) + 1):
        out = out @ leaves[f"mlp.{layer}"] + leaves[f"mlp.{layer}.bias"]
        out = out if layer == len(hidden) else torch.relu(out)
    seen = own.forward(x.detach())
    close(seen[-1], out.detach())
    slope = torch.randn(n)
    wanted = torch.autograd.grad(out[:, 0] @ slope, [x, *leaves.values()])
    close(own.backward(seen, slope), wanted[0])
    for name, gradient in zip(leaves, wanted[1:], strict=True):
        close(dense.gradient[name], gradient)


def test_first_weights_keep_the_size_of_what_passes_through() -> None:
    first = first_weights(400, (300, 200), seed=0)
    x = torch.from_numpy(np.random.Generator(np.random.Philox(key=0)).normal(size=(500, 400)))
    hidden = torch.relu(x.float() @ first["mlp.0"])
    after = torch.relu(hidden @ first["mlp.1"])
    assert float(hidden.square().mean()) == pytest.approx(1.0, rel=0.05)
    assert float(after.square().mean()) == pytest.approx(1.0, rel=0.1)
