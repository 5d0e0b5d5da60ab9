"""Trials with a Ray Train run of their own: the same bytes, and nothing left behind in Ray."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.search.candidate import cut_of
from lis_sim.search.nested_groups import free_left_groups
from lis_sim.search.nested_share import TRIAL_CPUS, nested_share
from lis_sim.search.settings import TuneConfig
from lis_sim.search.trial import Report, TrialRun
from lis_sim.training.cluster.session import ray_session
from tests.unit.search.trials import RANK, reports, trial_of, tune_of
from tests.unit.training import worlds
from tests.unit.training.worlds import history

pytestmark = [pytest.mark.slow, pytest.mark.ray]
CORES = 2
_PATIENCE_S = 240.0  # other tests may have the cores


class Actor:
    """A trial in a process of its own, as Tune holds one."""

    def __init__(self, tune: TuneConfig, settings: dict[str, Any], folder: Path) -> None:
        share = nested_share(tune.base.training, cpus=CORES, gpus=0, trials=2)
        self._trial = TrialRun(tune, settings, cut_of(tune), folder, share=share)

    def next(self) -> Report | None:
        return self._trial.next()

    def all(self) -> list[Report]:
        return reports(self._trial)

    def close(self) -> None:
        self._trial.close()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return worlds.make_world(tmp_path_factory.mktemp("nested") / "world")


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    with ray_session(None) as ray:
        yield ray


@pytest.fixture
def start(ray: Any, tiny: Dataset) -> Callable[..., Any]:
    training = {
        "engine": "ray",
        "device": "cpu",
        "workers": 2,
        "checkpoint_windows": 2,
        "checkpoint_share": 1.0,
    }
    tune = tune_of(tiny, {"engine": "nested"}, training=training)
    actor = ray.remote(num_cpus=TRIAL_CPUS)(Actor)
    return lambda folder, **settings: actor.remote(tune, settings, folder)


def groups(ray: Any) -> int:
    """Return how many placement groups hold something."""
    table = ray.util.placement_group_table().values()
    return sum(group["state"] != "REMOVED" for group in table)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)


def test_two_trials_at_a_time_on_two_cores(
    ray: Any, tiny: Dataset, start: Callable[..., Any], tmp_path: Path
) -> None:
    """One plays to the cut; the other is stopped, frees its places and goes on in this process."""
    one, other = start(tmp_path / "one"), start(tmp_path / "other", **{RANK: 2})
    whole, first = ray.get([one.all.remote(), other.next.remote()])
    ray.get(other.close.remote())
    assert groups(ray) == 0
    assert len((tmp_path / "other" / "windows.jsonl").read_text().splitlines()) == first.windows

    assert whole == reports(trial_of(tiny, tmp_path / "direct"))
    assert history(tmp_path / "one") == history(tmp_path / "direct")
    assert (tmp_path / "one" / "summary.json").is_file()
    later = reports(trial_of(tiny, tmp_path / "other", {RANK: 2}))
    reports(trial_of(tiny, tmp_path / "undisturbed", {RANK: 2}))
    assert later[0] == first
    assert history(tmp_path / "other") == history(tmp_path / "undisturbed")


def test_a_trial_whose_process_dies_blocks_nobody(
    ray: Any, start: Callable[..., Any], tmp_path: Path
) -> None:
    """Nor is Ray's dashboard needed for that."""
    lost = start(tmp_path / "lost")
    ray.get(lost.next.remote())
    assert groups(ray) == 1
    ray.kill(lost)
    until(lambda: free_left_groups() == 1)
    until(lambda: groups(ray) == 0)
    found = ray.get(start(tmp_path / "lost").all.remote())
    assert [one.windows for one in found] == [3, 4, 5, 6]
