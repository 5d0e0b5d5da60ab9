"""The state of a torch module and its optimiser as plain arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lis_sim.errors import PolicyError
from lis_sim.plain.saved import saved
from policies.base import State

_MODULE, _STATE, _GROUP = "module.", "optimizer.state.", "optimizer.group."
_NUMBER = ".number"  # ends the name of what was a number of Python's


def state_of(module: torch.nn.Module, optimizer: torch.optim.Optimizer, where: str) -> State:
    """Return copies of all parameters, persistent buffers and what the optimiser keeps of them.

    Raises:
        PolicyError: something there is no tensor or number that NumPy has a type for.
    """
    state: State = {}
    for name, value in module.state_dict().items():
        state[f"{_MODULE}{name}"] = _array(value, f"{where}: its state '{name}'")
    packed = optimizer.state_dict()
    for index, values in packed["state"].items():
        for key, value in values.items():
            if value is not None:
                name, array = _named(f"{_STATE}{index}.{key}", value, where)
                state[name] = array
    for index, key, value in _numbers(packed["param_groups"]):
        state[f"{_GROUP}{index}.{key}"] = np.array(value, np.float64)
    return state


def load_state(
    module: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    state: Mapping[str, NDArray[np.generic]],
) -> None:
    """Take over what :func:`state_of` returned.

    Raises:
        RunError: it lacks something, or has something of another type or shape.
    """
    with torch.no_grad():
        for name, value in module.state_dict().items():
            own = value.cpu().numpy()
            kind = np.uint8 if own.dtype == np.bool_ else own.dtype.type
            found = saved(state, f"{_MODULE}{name}", kind, *own.shape)
            value.copy_(torch.from_numpy(found).to(value.dtype))
    packed = optimizer.state_dict()
    for index, key, value in _numbers(packed["param_groups"]):
        found = saved(state, f"{_GROUP}{index}.{key}", np.float64)
        packed["param_groups"][index][key] = type(value)(found)
    packed["state"] = _unpacked(state)
    optimizer.load_state_dict(packed)


def _unpacked(state: Mapping[str, NDArray[np.generic]]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for name, array in state.items():
        if not name.startswith(_STATE):
            continue
        index, _, key = name.removeprefix(_STATE).partition(".")
        of_parameter = found.setdefault(int(index), {})
        if key.endswith(_NUMBER):
            of_parameter[key.removesuffix(_NUMBER)] = array.item()
        else:
            of_parameter[key] = torch.from_numpy(np.array(array))
    return found


def _numbers(groups: list[dict[str, Any]]) -> Iterator[tuple[int, str, float]]:
    """Yield what may change in the groups of an optimiser: its numbers, a learning rate first."""
    for index, group in enumerate(groups):
        for key, value in group.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                yield index, key, value


def _named(name: str, value: object, where: str) -> tuple[str, NDArray[np.generic]]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{name}{_NUMBER}", np.array(value)
    return name, _array(value, f"{where}: what its optimizer keeps as '{name}'")


def _array(value: object, where: str) -> NDArray[np.generic]:
    if not isinstance(value, torch.Tensor):
        raise PolicyError(
            f"{where} is {type(value).__name__}; accepted: tensors, so that a run that was killed "
            "goes on; keep it as a buffer (register_buffer)"
        )
    plain = value.detach().cpu()
    if plain.dtype == torch.bool:
        plain = plain.to(torch.uint8)
    if plain.layout != torch.strided or plain.dtype == torch.bfloat16 or plain.is_complex():
        raise PolicyError(
            f"{where} is a tensor of {value.dtype}, {value.layout}; accepted: dense tensors of "
            "float16, float32, float64, whole numbers or bool"
        )
    array: NDArray[np.generic] = plain.numpy().copy()
    return array
