"""The gradients written out in the policies, against autograd on a slow float64 model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lis_sim.types import Batch, CategoricalColumn, Float32, Schema
from policies.catalogue import NEURAL
from policies.dcn import DCN
from policies.deepfm import DeepFM
from policies.din import DIN
from policies.fm import FM, MF, Logistic
from policies.online import OnlineRanker
from policies.settings import (
    DCNSettings,
    DeepFMSettings,
    DINSettings,
    FMSettings,
    LogisticSettings,
    MFSettings,
    TowerRates,
)
from policies.view import RepresentationView
from tests.unit.policies.reference import Interaction, Reference, dcn, din, pairs
from tests.unit.policies.worlds import DIMENSIONS, PLAIN, SCHEMA, State, play, random_step, view

SETTINGS = DeepFMSettings(
    dim=8,
    hidden=(6, 5),
    deviation=0.5,
    embedding_rate=0.3,
    bias_rate=0.2,
    dense_rate=0.1,
    initial_square=0.5,
    tower=TowerRates(item=0.3, user=0.4, similarity=0.2),
)
SCHEMAS = {
    "plain": PLAIN,
    "one_numeric": Schema(2000, 600, (CategoricalColumn("tab", 4),), ("age",)),
    "all": SCHEMA,
}


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
@pytest.mark.parametrize("arm", ["clean", "seeing"])
@pytest.mark.parametrize("kernel", ["compiled", "torch"])
def test_one_update_is_one_adagrad_step_down_the_log_loss(
    schema: Schema, arm: str, kernel: str
) -> None:
    shown = None if arm == "clean" else view()
    recommender = _learned(schema, shown, kernel)
    batch, label = random_step(24, seed=77, schema=schema)
    reference = Reference(recommender.state_dict(), batch, SETTINGS, shown)
    _updates_as(reference, recommender, batch, label)


RATES: dict[str, Any] = {"bias_rate": 0.2, "dense_rate": 0.1, "initial_square": 0.5}
FACTORS: dict[str, Any] = {**RATES, "dim": 8, "deviation": 0.5, "embedding_rate": 0.3}
DEEP: dict[str, Any] = {**FACTORS, "dim": 4, "hidden": (6, 5)}
OTHERS: dict[str, tuple[type[OnlineRanker[Any]], LogisticSettings, Interaction]] = {
    "logistic": (Logistic, LogisticSettings(**RATES), pairs),
    "fm, compiled": (FM, FMSettings(**FACTORS, kernel="compiled"), pairs),
    "fm, torch": (FM, FMSettings(**FACTORS, kernel="torch"), pairs),
    "mf, compiled": (MF, MFSettings(**FACTORS, kernel="compiled"), pairs),
    "mf, torch": (MF, MFSettings(**FACTORS, kernel="torch"), pairs),
    "dcn_v2, parallel": (DCN, DCNSettings(**DEEP, cross_layers=3), dcn),
    "dcn_v2, stacked": (DCN, DCNSettings(**DEEP, structure="stacked"), dcn),
    "din": (DIN, DINSettings(**DEEP, attention=(5, 3), first_weight=0.3), din),
    "din, linear unit": (DIN, DINSettings(**DEEP, attention=()), din),
}


def test_every_neural_recommender_has_its_gradients_compared() -> None:
    assert {kind for kind, *_ in OTHERS.values()} | {DeepFM} == set(NEURAL.values())


@pytest.mark.parametrize("arm", ["clean", "seeing"])
@pytest.mark.parametrize(("kind", "settings", "interaction"), OTHERS.values(), ids=OTHERS)
def test_so_is_that_of_every_other_recommender(
    kind: type[OnlineRanker[Any]],
    settings: LogisticSettings,
    interaction: Interaction,
    arm: str,
) -> None:
    shown = None if arm == "clean" else view()
    width = None if shown is None else DIMENSIONS
    recommender = kind(SCHEMA, seed=5, dimensions=width, settings=settings)
    recommender.see(shown)
    play(recommender, [random_step(24, seed=k) for k in range(8)])
    batch, label = random_step(24, seed=77)
    reference = Reference(recommender.state_dict(), batch, settings, shown, interaction)
    _updates_as(reference, recommender, batch, label)


def _updates_as(
    reference: Reference, recommender: OnlineRanker[Any], batch: Batch, label: Float32
) -> None:
    """Compare scores, and after one update every weight and accumulator."""
    logit = recommender.score(batch)
    expected = reference.updated(label)
    both = (reference.base + reference.tower).detach().numpy()
    np.testing.assert_allclose(logit, both, rtol=1e-5, atol=1e-5)
    recommender.update(batch, label)
    found: State = recommender.state_dict()
    for key, value in expected.items():
        np.testing.assert_allclose(found[key], value, rtol=1e-4, atol=2e-6, err_msg=key)
    learned = {key for key in found if key.endswith((".weight", ".square"))}
    assert learned == set(expected), "every parameter is compared"


@pytest.mark.parametrize("kernel", ["compiled", "torch"])
def test_a_perceptron_without_hidden_layers_is_linear(kernel: str) -> None:
    settings = DeepFMSettings(dim=8, hidden=(), deviation=0.5, kernel=kernel)
    recommender = DeepFM(SCHEMA, seed=0, settings=settings)
    batch, label = random_step(16, seed=3)
    play(recommender, [(batch, label)])
    state = recommender.state_dict()
    reference = Reference(state, batch, settings)
    np.testing.assert_allclose(
        recommender.score(batch), reference.base.detach().numpy(), rtol=1e-5, atol=1e-6
    )


def _learned(schema: Schema, shown: RepresentationView | None, kernel: str) -> DeepFM:
    """Return a recommender with weights, accumulators and spreads away from their start."""
    recommender = DeepFM(
        schema,
        seed=5,
        dimensions=None if shown is None else DIMENSIONS,
        settings=replace(SETTINGS, kernel=kernel),
    )
    recommender.see(shown)
    draws = [random_step(24, seed=k, schema=schema) for k in range(8)]
    play(recommender, draws)
    return recommender
