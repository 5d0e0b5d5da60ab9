"""A cell holds what its parts say, for every slice, and survives a journey."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lis_sim.errors import ConfigError, DataError, LisSimError, PolicyError
from lis_sim.scores import (
    CellWindow,
    auc,
    auc_influence,
    calibration,
    gauc,
    log_loss,
    score_cell,
    score_cells,
)

Stream = Callable[..., list[Any]]


def test_every_slice_equals_scoring_its_events_alone(stream: Stream) -> None:
    window = stream(["clean"])[0]
    logit = window.logits["clean", 0]
    cell = score_cell(logit, window.label, window.user, window.slices)
    assert list(cell.slices) == ["all", "cold"]
    for name, mask in {"all": np.ones(len(logit), bool), **window.slices}.items():
        own = cell.slices[name]
        events = logit[mask], window.label[mask]
        value, users, influence = auc_influence(*events, window.user[mask])
        assert (own.auc, own.positives, own.negatives) == (
            value.value,
            value.positives,
            value.negatives,
        )
        assert value == auc(*events)
        assert np.array_equal(own.users, users)
        assert np.array_equal(own.influence, influence)
        assert own.gauc == gauc(*events, window.user[mask])
        assert own.log_loss == log_loss(*events)
        assert own.calibration == calibration(*events)
        assert own.events == mask.sum()


def test_cells_together_equal_cells_alone(stream: Stream) -> None:
    window = stream(["clean", "causal:s"])[0]
    logits = list(window.logits.values())
    together = score_cells(np.stack(logits), window.label, window.user, window.slices)
    for logit, cell in zip(logits, together, strict=True):
        alone = score_cell(logit, window.label, window.user, window.slices)
        for key, array in alone.to_arrays().items():
            assert cell.to_arrays()[key].tobytes() == array.tobytes()


@pytest.mark.parametrize("label", [[0, 1, 1], [1, 1, 1], []])
def test_a_cell_survives_pickling_and_arrays(label: list[int]) -> None:
    events = len(label)
    logit, user = np.linspace(-1, 1, events), np.arange(events, dtype=np.int32)
    cell = score_cell(logit, np.array(label), user, {"tab=1": np.zeros(events, bool)})
    arrays = cell.to_arrays()
    assert all(array.dtype.kind in "if" for array in arrays.values())
    for copy in (pickle.loads(pickle.dumps(cell)), CellWindow.from_arrays(arrays)):
        assert list(copy.slices) == ["all", "tab=1"]
        for name, one in copy.slices.items():
            assert (one.auc, one.defined) == (cell.slices[name].auc, cell.slices[name].defined)
        assert {k: v.tobytes() for k, v in copy.to_arrays().items()} == {
            k: v.tobytes() for k, v in arrays.items()
        }


def test_a_window_with_one_class_is_undefined_with_counts() -> None:
    cell = score_cell(np.zeros(2), np.ones(2), np.array([3, 4])).slices["all"]
    assert (cell.auc, cell.defined, cell.positives, cell.negatives) == (None, False, 2, 0)
    assert len(cell.users) == len(cell.influence) == 0
    assert cell.gauc is None
    assert cell.log_loss == pytest.approx(np.log(2))


def test_a_cell_is_small_beside_its_scores(stream: Stream) -> None:
    window = stream(["clean"], windows=1, events=50_000, users=500)[0]
    cell = score_cell(window.logits["clean", 0], window.label, window.user)
    assert sum(array.nbytes for array in cell.to_arrays().values()) < 60_000


@pytest.mark.parametrize(
    ("logit", "slices", "error", "message"),
    [
        ([0.0, np.inf], {}, PolicyError, r"score inf at event 1 of the window"),
        ([0.0], {}, PolicyError, r"one score per event, shape \(2,\)"),
        (
            [0.0, 0.0],
            {"all": [True, True]},
            ConfigError,
            r"slice name 'all'; accepted is any other",
        ),
        ([0.0, 0.0], {"a/b": [True, True]}, ConfigError, r"slice name 'a/b'"),
        ([0.0, 0.0], {"cold": [True]}, DataError, r"'cold' has shape \(1,\) .* for 2 events"),
        ([0.0, 0.0], {"cold": [1, 0]}, DataError, r"accepted is a boolean mask"),
    ],
)
def test_wrong_input(
    logit: list[float], slices: dict[str, list[Any]], error: type[LisSimError], message: str
) -> None:
    masks = {name: np.array(mask) for name, mask in slices.items()}
    with pytest.raises(error, match=message):
        score_cell(np.array(logit), np.array([0, 1]), np.array([0, 1]), masks)
