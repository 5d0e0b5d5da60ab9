"""Adagrad for the few dense parameters of a recommender."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from lis_sim.plain.saved import saved
from lis_sim.types import Float32
from policies import kernels
from policies.exchange import ALONE, Exchange


class DenseParameters:
    """Named tensors with element-wise Adagrad (Duchi, Hazan, Singer 2011).

    All live in one tensor, ``flat``, and are seen through views, so that a step is four
    operations however many parameters there are. A caller writes every ``gradient[name]``, or
    all at once as ``flat_gradient``, in place and then calls :meth:`step`. Zero gradients leave
    parameters untouched to the bit, so a path that received nothing stays where it was.

    >>> import torch
    >>> dense = DenseParameters({"bias": torch.zeros(2)}, {"bias": 0.5}, initial_square=1.0)
    >>> _ = dense.gradient["bias"].copy_(torch.tensor([0.0, 3.0**0.5]))
    >>> dense.step()
    >>> [round(value, 3) for value in dense["bias"].tolist()]
    [0.0, -0.433]
    """

    def __init__(
        self,
        first: Mapping[str, torch.Tensor],
        rates: Mapping[str, float],
        *,
        initial_square: float,
        device: str = "cpu",
        exchange: Exchange = ALONE,
    ) -> None:
        self._exchange = exchange
        flat = [value.reshape(-1).float() for value in first.values()]
        self.flat = torch.cat(flat).to(device)
        self._square = torch.full_like(self.flat, initial_square)
        self.flat_gradient = torch.zeros_like(self.flat)
        rate = [torch.full_like(value, rates[name]) for name, value in first.items()]
        self._rate = torch.cat([value.reshape(-1) for value in rate]).to(device)
        shapes = {name: value.shape for name, value in first.items()}
        self._value = _views(self.flat, shapes)
        self._squares = _views(self._square, shapes)
        self.gradient = _views(self.flat_gradient, shapes)

    def __getitem__(self, name: str) -> torch.Tensor:
        return self._value[name]

    def __contains__(self, name: str) -> bool:
        return name in self._value

    def step(self) -> None:
        """Apply the gradients, those of all shards."""
        self._exchange.add(self.flat_gradient)
        self._square.addcmul_(self.flat_gradient, self.flat_gradient)
        self.flat.addcdiv_(self.flat_gradient * self._rate, self._square.sqrt(), value=-1.0)

    @cached_property
    def arrays(self) -> Mapping[str, Float32]:
        """The values as arrays that share their memory, for code that runs on a processor."""
        return {name: value.numpy() for name, value in self._value.items()}

    @cached_property
    def gradient_arrays(self) -> Mapping[str, Float32]:
        """The gradients as arrays that share their memory."""
        return {name: value.numpy() for name, value in self.gradient.items()}

    def step_compiled(self) -> None:
        """Apply the gradients as :meth:`step` does, in one pass; on a processor only."""
        self._exchange.add(self.flat_gradient)
        arrays = (self.flat, self._square, self.flat_gradient, self._rate)
        kernels.step_dense(*(one.numpy() for one in arrays))

    def state_dict(self) -> dict[str, NDArray[np.generic]]:
        """Return values and accumulators as arrays."""
        state: dict[str, NDArray[np.generic]] = {}
        for name, value in self._value.items():
            state[f"{name}.weight"] = value.cpu().numpy().copy()
            state[f"{name}.square"] = self._squares[name].cpu().numpy().copy()
        return state

    def load_state_dict(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what :meth:`state_dict` returned.

        Raises:
            RunError: If it is of other shapes.
        """
        for name, value in self._value.items():
            for part, own in (("weight", value), ("square", self._squares[name])):
                values = saved(state, f"{name}.{part}", np.float32, *own.shape)
                own.copy_(torch.from_numpy(values))


def _views(flat: torch.Tensor, shapes: Mapping[str, torch.Size]) -> dict[str, torch.Tensor]:
    parts = torch.split(flat, [shape.numel() for shape in shapes.values()])
    return {
        name: part.view(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)
    }
