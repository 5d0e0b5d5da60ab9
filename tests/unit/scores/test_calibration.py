"""Log loss, calibration and the pooled AUC against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from lis_sim.scores import auc, calibration, log_loss
from lis_sim.scores.histogram import BINS, histogram, histogram_auc

EVENTS = st.lists(st.tuples(st.floats(-20, 20), st.booleans()), min_size=1, max_size=30)


@given(events=EVENTS)
def test_log_loss_and_calibration_equal_their_definition(events: list[tuple[float, bool]]) -> None:
    logit, label = np.array([e[0] for e in events]), np.array([e[1] for e in events], np.float32)
    predicted = expit(logit)
    expected = sklearn.metrics.log_loss(label, predicted, labels=[0, 1])
    assert log_loss(logit, label) == pytest.approx(expected, rel=1e-6, abs=1e-8)
    if label.any():
        assert calibration(logit, label) == pytest.approx(predicted.sum() / label.sum())
    else:
        assert calibration(logit, label) is None


def test_extreme_logits_neither_overflow_nor_vanish() -> None:
    logit = np.array([1e30, -1e30, 40.0], np.float32)
    assert log_loss(logit, np.array([1, 0, 1])) == pytest.approx(np.exp(-40) / 3)
    assert log_loss(np.array([-800.0]), np.array([1])) == 800.0
    assert calibration(logit, np.array([1, 0, 1])) == pytest.approx(1.0)
    assert log_loss(np.zeros(0), np.zeros(0)) is None


def test_histogram_counts_every_event_and_gives_the_pooled_auc() -> None:
    rng = np.random.Generator(np.random.Philox(key=5))
    label = rng.random(30_000) < 0.2
    logit = (rng.normal(size=30_000) * 2 + label).astype(np.float32)
    logit[:3] = [1e9, -1e9, -16.0]
    found = histogram(logit, label)
    assert (np.diff(found.bins) > 0).all()
    counts = np.zeros((2, BINS), np.int64)
    counts[:, found.bins] = found.negatives, found.positives
    assert counts.sum(axis=1).tolist() == [(~label).sum(), label.sum()]
    assert histogram_auc(counts[1], counts[0]) == pytest.approx(auc(logit, label).value, abs=1e-5)
    assert histogram_auc(counts[1], np.zeros(BINS, np.int64)) is None
