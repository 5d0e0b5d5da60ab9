"""What a trial takes of a machine."""

from __future__ import annotations

from typing import Any

import pytest

from lis_sim.errors import RunError
from lis_sim.search.resources import trial_share
from lis_sim.search.settings import parse_tune
from tests.unit.search.simulated import BASE, SPACE

CPUS = {"CPU": 4.0}
GPU = {"CPU": 16.0, "GPU": 1.0}


def share(cluster: dict[str, float], training: dict[str, Any] | None = None, **search: Any) -> Any:
    base = BASE | {"training": training or {}}
    return trial_share(parse_tune(base, {"space": SPACE} | search), cluster)


@pytest.mark.parametrize(
    ("cluster", "training", "search", "expected"),
    [
        (CPUS, {}, {}, (4, {"cpu": 1.0})),
        (CPUS, {}, {"concurrent": 2}, (2, {"cpu": 1.0})),
        (CPUS, {}, {"concurrent": 8}, (8, {"cpu": 0.5})),
        ({}, {}, {}, (1, {"cpu": 1.0})),
        (GPU, {}, {"concurrent": 3}, (3, {"cpu": 1.0, "gpu": 0.33})),
        (GPU, {"device": "cpu"}, {"concurrent": 3}, (3, {"cpu": 1.0})),
        (
            GPU,
            {"device": "cuda"},
            {"concurrent": 2, "engine": "direct"},
            (2, {"cpu": 1, "gpu": 0.5}),
        ),
    ],
)
def test_direct_trials_share_what_there_is(
    cluster: dict[str, float],
    training: dict[str, Any],
    search: dict[str, Any],
    expected: tuple[int, dict[str, float]],
) -> None:
    found = share(cluster, training, **search)
    assert (found.concurrent, found.resources) == expected
    assert found.nested is None


def test_workers_of_nested_trials_take_theirs_themselves() -> None:
    found = share(CPUS, {"workers": 2})
    assert found.concurrent == found.nested.trials == 2
    assert found.resources == {"cpu": 0.05}


def test_no_gpu_is_said() -> None:
    with pytest.raises(RunError, match="Ray sees no GPU"):
        share(CPUS, {"device": "cuda"}, engine="direct")
