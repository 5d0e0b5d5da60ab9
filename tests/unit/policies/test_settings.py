"""Rates and sizes: what 32-bit floats hold is accepted, and the limit that is broken is named."""

from __future__ import annotations

import numpy as np
import pytest

from lis_sim.errors import ConfigError
from policies.settings import DeepFMSettings, TowerRates, check_number


@pytest.mark.parametrize("value", [1e-10, 1.2e-38, 1e-9, 1, 1e9])
def test_what_32_bits_hold_is_a_rate(value: float) -> None:
    settings = DeepFMSettings(initial_square=value, dense_rate=value, tower=TowerRates(value))
    assert np.float32(settings.initial_square) >= np.finfo(np.float32).tiny
    assert np.isfinite(np.float32(1.0) / np.sqrt(np.float32(settings.initial_square)))


@pytest.mark.parametrize(
    ("value", "limits", "accepted"),
    [
        (1e-39, {"above": 0.0}, "a number > 0.0, at least 1.2e-38, at most 1e+09"),
        (1e-300, {"least": 0.0}, "a number >= 0.0, either 0 or at least 1.2e-38, at most 1e+09"),
        (0.0, {"above": 0.0}, "a number > 0.0, at most 1e+09"),
        (-1e-39, {"least": 0.0}, "a number >= 0.0, at most 1e+09"),
        (1e10, {"least": 0.0}, "a number >= 0.0, at most 1e+09"),
        (float("nan"), {"least": 0.0}, "a number >= 0.0, at most 1e+09"),
        (True, {"least": 0.0}, "a number >= 0.0, at most 1e+09"),
    ],
)
def test_the_limit_that_is_broken_is_named(
    value: float, limits: dict[str, float], accepted: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        check_number("policy.l2", value, **limits)
    assert str(caught.value) == f"policy.l2 is {value!r}; accepted: {accepted}"
    check_number("policy.deviation", 0.0, least=0.0)
