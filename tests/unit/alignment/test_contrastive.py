"""The contrastive head against brute force, and on tastes and noise that are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from lis_sim.alignment.adam import Adam
from lis_sim.alignment.choices import Shown
from lis_sim.alignment.contrastive import fit_head
from lis_sim.alignment.contrastive_settings import ContrastiveSettings
from lis_sim.alignment.learner import Judge
from lis_sim.alignment.moments import taste_directions
from lis_sim.errors import ConfigError
from lis_sim.types import Float64

QUICK = ContrastiveSettings(dimensions=4, epochs=3, passed=3, folds=2, draws=1)


def world(seed: int, taste: float, users: int = 150) -> tuple[Float64, Shown]:
    """Return content of 5 dimensions and what users with a taste in the first of them did."""
    random = np.random.default_rng(seed)
    content = random.standard_normal((60, 5))
    item = np.concatenate([random.permutation(60)[:20] for _ in range(users)]).astype(np.int32)
    group = np.repeat(np.arange(users), 20)
    logit = taste * random.standard_normal(users)[group] * content[item, 0]
    engaged = random.random(len(item)) < 1.0 / (1.0 + np.exp(-logit))
    order = np.lexsort((~engaged, group))
    return content, Shown(np.arange(users, dtype=np.int32), group, item[order], engaged[order])


def test_the_loss_is_the_sampled_softmax() -> None:
    content, shown = world(0, 1.0, users=12)
    rate = shown.rates(60, 5.0)
    judge = Judge(shown, rate, QUICK, seed=1)
    vectors = content[:, :2]
    beyond, odds = shown.beyond(rate, QUICK.user_strength), np.log(rate / (1 - rate))
    (choices,) = judge._draws
    expected = np.zeros((3, 12))
    for width in range(3):
        for user, offered in zip(choices.group, choices.offered, strict=True):
            context = [at for at in choices.context if shown.group[at] == user]
            known_by = sum(beyond[at] * vectors[shown.item[at], :width] for at in context)
            known_by = known_by * 30.0 / (30.0 + len(context)) + np.zeros(width)
            scores = vectors[offered, :width] @ known_by + odds[offered]
            expected[width, user] += np.log(np.exp(scores).sum()) - scores[0]
    np.testing.assert_allclose(judge.losses(vectors), expected, atol=1e-10)


def test_moments_are_those_of_pairs_of_events() -> None:
    content, shown = world(1, 1.0, users=9)
    beyond = shown.engaged.astype(np.float64) - 0.5
    matrix = np.zeros((5, 5))
    for user in range(9):
        rows = np.flatnonzero(shown.group == user)
        for one in rows:
            for other in rows[rows != one]:
                pair = np.outer(content[shown.item[one]], content[shown.item[other]])
                matrix += (30 / 50) ** 2 * beyond[one] * beyond[other] * pair
    count = np.bincount(shown.item, minlength=60)
    covariance = (content * count[:, None]).T @ content / count.sum()
    covariance += 0.1 * np.trace(covariance) / 5 * np.eye(5)
    inverse = np.linalg.inv(covariance)
    _, axes = np.linalg.eigh(inverse @ matrix @ inverse)
    root = taste_directions(content, shown, beyond, 30.0, 1)[:, 0]
    assert abs(root @ axes[:, -1]) == pytest.approx(np.linalg.norm(root))


@pytest.mark.parametrize("hidden", [0, 8])
def test_it_finds_a_taste(hidden: int) -> None:
    content, shown = world(2, 2.0)
    settings = ContrastiveSettings(
        dimensions=4, epochs=6, hidden=hidden, rate=0.03, passed=4, folds=2, batch_users=32
    )
    fit = fit_head(content, shown, settings)
    assert fit.rank >= 1
    assert fit.sureness > 2.5
    assert abs(np.corrcoef(fit.vectors[:, 0], content[:, 0])[0, 1]) > 0.7
    again = fit_head(content, shown, settings)
    assert fit.vectors.tobytes() == again.vectors.tobytes()


@pytest.mark.parametrize("seed", range(4))
def test_it_learns_nothing_of_noise(seed: int) -> None:
    content, shown = world(seed, 0.0)
    fit = fit_head(content, shown, QUICK, seed)
    assert fit.rank == 0
    assert not fit.vectors.any()


def test_a_log_of_too_few_users() -> None:
    content, shown = world(0, 1.0, users=2)
    with pytest.raises(ConfigError, match="2 users engaged with one item and passed another"):
        fit_head(content, shown, ContrastiveSettings())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"hidden": -1}, "contrastive.hidden is -1; accepted: a whole number, 0 or more"),
        ({"folds": 1}, "contrastive.folds is 1; accepted: a whole number, 2 or more"),
        ({"epochs": 1.5}, "contrastive.epochs is 1.5"),
        ({"share": 1.0}, "contrastive.share is 1.0; accepted: a number above 0, below 1"),
        ({"rate": 0}, "contrastive.rate is 0; accepted: a number above 0"),
        ({"sureness": "high"}, "contrastive.sureness is 'high'"),
    ],
)
def test_wrong_settings(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        ContrastiveSettings(**settings)


@pytest.mark.slow  # of loading its compiler
def test_adam_is_torchs() -> None:
    random = torch.Generator().manual_seed(0)
    start = torch.randn(5, 3, generator=random)
    ours, theirs = start.clone().requires_grad_(), start.clone().requires_grad_()
    steps = (
        (Adam([ours], rate=0.1, decay=0.03), ours),
        (torch.optim.Adam([theirs], lr=0.1, weight_decay=0.03), theirs),
    )
    for _ in range(4):
        inputs = torch.randn(7, 5, generator=random)
        for optimiser, weight in steps:
            torch.square(inputs @ weight - 1.0).sum().backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            weight.grad = None
    torch.testing.assert_close(ours, theirs)
