"""Vectors of any origin on one footing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from lis_sim.preference.scaling import projected, standardised


@given(st.integers(0, 10**6), st.integers(2, 20), st.integers(1, 4), st.integers(-20, 20))
def test_supported_rows_are_centred_with_unit_rms(
    seed: int, items: int, width: int, power: int
) -> None:
    random = np.random.default_rng(seed)
    vectors = (random.standard_normal((items, width)) + 3.0) * 10.0**power
    supported = random.random(items) < 0.7
    supported[:2] = True
    out = standardised(vectors, supported)
    assert out.dtype == np.float32
    assert not out[~supported].any()
    assert np.allclose(out[supported].mean(axis=0), 0, atol=1e-5)
    assert np.allclose(np.square(out[supported]).mean(axis=0), 1, atol=1e-5)
    garbled = np.where(supported[:, None], vectors, np.nan)
    assert standardised(garbled, supported).tobytes() == out.tobytes()


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6 + 0.1, -1e-20])
@pytest.mark.parametrize("items", [1, 7, 1001])
def test_a_dimension_without_spread_is_zero(value: float, items: int) -> None:
    everything = np.ones(items, bool)
    assert not standardised(np.full((items, 2), value), everything).any()


def test_nothing_supported_is_all_zero() -> None:
    nobody = np.zeros(3, bool)
    assert not standardised(np.ones((3, 2)), nobody).any()
    assert projected(np.zeros((3, 5)), nobody, 2).shape == (3, 2)


@given(st.integers(0, 10**6), st.integers(1, 4))
def test_projection_is_principal_components(seed: int, dimensions: int) -> None:
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((30, 5)) * [5.0, 4.0, 3.0, 2.0, 1.0] + 7.0
    supported = random.random(30) < 0.8
    out = projected(vectors, supported, dimensions)
    oracle: Any = PCA
    expected = oracle(dimensions).fit_transform(vectors[supported])
    assert np.allclose(np.abs(out[supported]), np.abs(expected), atol=1e-8)
    assert not out[~supported].any()
    shuffled = random.permutation(30)
    again = projected(vectors[shuffled], supported[shuffled], dimensions)
    assert np.allclose(again, out[shuffled], atol=1e-8)  # signs too


def test_narrow_vectors_stay_as_they_are() -> None:
    vectors = np.arange(6.0).reshape(3, 2)
    assert (projected(vectors, np.ones(3, bool), 2) == vectors).all()
    assert (projected(vectors, np.ones(3, bool), 5) == vectors).all()
