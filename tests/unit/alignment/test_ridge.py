"""Ridge regression of a cross-validated rank."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from lis_sim.alignment import ridge
from lis_sim.alignment.ridge import PENALTIES, RidgeSettings, fit_ridge
from lis_sim.errors import ConfigError


def test_of_full_rank_it_is_scikit_learns() -> None:
    random = np.random.default_rng(0)
    content, targets = random.standard_normal((60, 5)), random.standard_normal((60, 3))
    weight = random.uniform(0.1, 1.0, 60)
    for penalty, (fitted, axes) in zip(
        PENALTIES, ridge._reduced(content, targets, weight, 3), strict=True
    ):
        oracle = Ridge(alpha=penalty * weight.sum())  # type: ignore[no-untyped-call]
        oracle.fit(content, targets, sample_weight=weight)
        np.testing.assert_allclose(fitted @ axes.T, oracle.coef_.T, atol=1e-10)


def test_it_finds_the_directions_there_are() -> None:
    random = np.random.default_rng(1)
    content = random.standard_normal((400, 6))
    known = content[:, :2] @ random.standard_normal((2, 10))
    fit = fit_ridge(content, known + random.standard_normal((400, 10)), np.ones(400), SETTINGS)
    assert fit.rank == 2
    share = np.square(fit.weights[:2]).sum() / np.square(fit.weights).sum()
    assert share > 0.98
    assert not fit.weights[:, 2:].any()


@pytest.mark.parametrize("seed", range(8))
def test_it_learns_nothing_of_noise(seed: int) -> None:
    random = np.random.default_rng(seed)
    content, noise = random.standard_normal((200, 30)), random.standard_normal((200, 20))
    fit = fit_ridge(content, noise, np.ones(200), SETTINGS, seed)
    assert fit.rank == 0
    assert not fit.weights.any()


def test_the_basis_of_the_targets_does_not_matter() -> None:
    random = np.random.default_rng(2)
    content = random.standard_normal((150, 4))
    targets = content[:, :1] + random.standard_normal((150, 5))
    turn = np.linalg.qr(random.standard_normal((5, 5)))[0]
    fits = [fit_ridge(content, one, np.ones(150), SETTINGS) for one in (targets, targets @ turn)]
    assert fits[0].rank == fits[1].rank >= 1
    np.testing.assert_allclose(np.abs(fits[0].weights), np.abs(fits[1].weights), atol=1e-9)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"folds": 1}, "ridge.folds is 1; accepted: a whole number, 2 or more"),
        ({"dimensions": 0}, "ridge.dimensions is 0; accepted: a whole number, 1 or more"),
        ({"rank": 2.5}, "ridge.rank is 2.5"),
        ({"strength": 0}, "ridge.strength is 0; accepted: a number above 0"),
        ({"sureness": float("inf")}, "ridge.sureness is inf"),
        ({"sureness": True}, "ridge.sureness is True"),
    ],
)
def test_wrong_settings(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        RidgeSettings(**settings)


SETTINGS = RidgeSettings()
