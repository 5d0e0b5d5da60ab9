"""The series of one window: what other parts of the scores say of that window alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from lis_sim.drift import DriftSettings, DriftWatch, WatchPlan
from lis_sim.scores import Accumulator, FamilyPlan, RepresentationPlan, score_cell
from lis_sim.scores.window import score_cells
from lis_sim.scores.window_series import window_series

Stream = Callable[..., list[Any]]
ARMS = ("clean", "leaked_crossfit:s", "placebo:s", "aligned:r", "placebo:r")
CONTRASTS = {
    ("lis_crossfit", "s"): {"leaked_crossfit:s": 1.0, "clean": -1.0},
    ("lis_crossfit_over_placebo", "s"): {"leaked_crossfit:s": 1.0, "placebo:s": -1.0},
    ("ais", "r"): {"aligned:r": 1.0, "clean": -1.0},
    ("ais_over_placebo", "r"): {"aligned:r": 1.0, "placebo:r": -1.0},
}


@dataclass(frozen=True)
class Entry:
    value: float | None
    error: float | None


def plan(replicates: int, first_window: int = 0) -> FamilyPlan:
    table = RepresentationPlan("r", first_window)
    return FamilyPlan(ARMS, replicates, 0, (), ("s",), (table,), form="residual")


def entries(records: list[dict[str, Any]]) -> dict[tuple[str, str | None], Entry]:
    return {
        (one["series"], one["arm"] or one["preference"] or one["representation"]): Entry(
            one["value"], one["standard_error"]
        )
        for one in records
    }


@pytest.mark.parametrize("replicates", [1, 3])
def test_scores_are_those_of_sums_over_one_window(stream: Stream, replicates: int) -> None:
    cells = stream(ARMS, replicates=replicates)[2].cells()
    found = entries(window_series(plan(replicates), 2, cells))
    alone = Accumulator(ARMS, replicates)
    alone.add(2, cells)
    contrasts = CONTRASTS | {("auc", arm): {arm: 1.0} for arm in ARMS}
    for key, contrast in contrasts.items():
        expected = alone.estimate(contrast)
        assert found[key].value == pytest.approx(expected.value, rel=1e-12)
        assert found[key].error == pytest.approx(expected.standard_error, rel=1e-12)
    assert len(found) == len(contrasts) + len(ARMS) + 1


def test_ratios_have_the_jackknifes_error(stream: Stream) -> None:
    window = stream(["clean"], windows=1, events=80, users=12)[0]
    one = FamilyPlan(("clean",), 1, 0, form="residual")
    found = entries(window_series(one, 0, window.cells()))
    predicted = 1 / (1 + np.exp(-window.logits["clean", 0].astype(float)))
    users = np.unique(window.user)
    without = [window.user != user for user in users]
    rates = np.array([window.label[rows].mean() for rows in without])
    ratios = np.array([predicted[rows].sum() / window.label[rows].sum() for rows in without])
    for name, whole, left in (
        (("label_rate", None), window.label.mean(), rates),
        (("calibration", "clean"), predicted.sum() / window.label.sum(), ratios),
    ):
        assert found[name].value == pytest.approx(whole)
        spread = len(users) / (len(users) - 1) * np.square(whole - left).sum()
        assert found[name].error == pytest.approx(np.sqrt(spread))


def test_replicates_add_the_luck_of_training(stream: Stream) -> None:
    cells = stream(ARMS, replicates=2)[0].cells()
    found = entries(window_series(plan(2), 0, cells))["auc", "clean"]
    same = {(arm, r): cells[arm, 0] for arm in ARMS for r in (0, 1)}
    alike = entries(window_series(plan(2), 0, same))["auc", "clean"]
    alone = entries(window_series(plan(1), 0, same))["auc", "clean"]
    assert alike == alone
    assert found.error is not None
    assert alike.error is not None
    assert found.error > alike.error / 2


def test_arms_that_score_alike_differ_by_nothing(stream: Stream) -> None:
    cells = stream(ARMS)[0].cells()
    same = {(arm, 0): cells["clean", 0] for arm in ARMS}
    found = entries(window_series(plan(1), 0, same))
    assert found["lis_crossfit", "s"] == found["ais", "r"] == Entry(0.0, 0.0)


def test_a_table_has_no_score_before_its_cut(stream: Stream) -> None:
    cells = stream(ARMS)[0].cells()
    before = entries(window_series(plan(1, first_window=3), 2, cells))
    after = entries(window_series(plan(1, first_window=3), 3, cells))
    assert before["ais", "r"] == Entry(None, None)
    assert after["ais", "r"].value is not None


@pytest.mark.parametrize("name", ["auc", "calibration"])
def test_arms_of_a_table_count_from_its_cut_and_others_throughout(
    stream: Stream, name: str
) -> None:
    """Its end would be drift: before it the table may have seen the events."""
    cells = stream(ARMS)[0].cells()
    before, after = (entries(window_series(plan(1, 3), k, cells)) for k in (2, 3))
    hidden = {arm for arm in ARMS if before[name, arm] == Entry(None, None)}
    assert hidden == {"aligned:r", "placebo:r"}
    assert {before[name, arm] == after[name, arm] for arm in set(ARMS) - hidden} == {True}
    assert None not in {after[name, arm].value for arm in ARMS}


def test_the_warm_up_of_other_arms_is_shown(stream: Stream) -> None:
    warming = FamilyPlan(("clean", "placebo:s"), 1, 4, (), ("s",), form="residual")
    found = entries(window_series(warming, 0, stream(("clean", "placebo:s"))[0].cells()))
    assert found["auc", "placebo:s"].value is not None


def test_the_cut_of_a_table_is_no_drift(stream: Stream) -> None:
    """Its arm scores far better before the cut than after it, and nothing else changes."""
    given = plan(1, first_window=14)
    watch = DriftWatch(DriftSettings(), WatchPlan(0, 0.001, ("s",), ("r",)))
    events, shown = [], []
    for k in range(40):
        label, user = np.arange(400) % 2, np.arange(400) // 8
        logits = [np.random.default_rng([k, one]).normal(size=400) for one in range(len(ARMS))]
        logits[ARMS.index("aligned:r")] += 3.0 * label * (k < 14)
        scored = zip(ARMS, score_cells(logits, label, user), strict=True)
        series = window_series(given, k, {(arm, 0): cell for arm, cell in scored})
        events += watch.observe(k, k, series)["drift"]
        shown.append(entries(series)["auc", "aligned:r"].value is not None)
    assert events == []
    assert shown == [k >= 14 for k in range(40)]


def test_a_window_of_one_class_has_a_label_rate_and_nothing_else() -> None:
    cell = score_cell(np.array([0.1, 0.2]), np.ones(2), np.array([3, 4]), item=np.array([1, 2]))
    found = entries(window_series(plan(1), 0, {(arm, 0): cell for arm in ARMS}))
    assert found.pop(("label_rate", None)) == Entry(1.0, None)
    assert set(found.values()) == {Entry(None, None)}


def test_one_user_has_no_error() -> None:
    cell = score_cell(np.array([0.1, 0.2]), np.array([0, 1]), np.array([3, 3]))
    found = entries(window_series(plan(1), 0, {(arm, 0): cell for arm in ARMS}))
    assert found["auc", "clean"] == Entry(1.0, None)
    assert found["label_rate", None] == Entry(0.5, None)
