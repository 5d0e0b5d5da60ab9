"""A trial as Tune drives it: steps, pauses, and another trial in the same actor."""

from __future__ import annotations

import errno
import pickle
import shutil
import threading
import traceback
from pathlib import Path
from typing import Any

import pytest
import yaml
from ray.air._internal.util import skip_exceptions

from lis_sim.data.arrays_file import ArraysWriter
from lis_sim.data.dataset import Dataset
from lis_sim.errors import DataError, RunError, StorageError
from lis_sim.search import trial
from lis_sim.search.candidate import cut_of, digits, later_config, search_config
from lis_sim.search.settings import TuneConfig
from lis_sim.search.trainable import SearchTrial, data_found, make_trainable, told_in_words
from tests.unit.search.trials import RANK, tune_of
from tests.unit.training import worlds


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return worlds.make_world(tmp_path_factory.mktemp("trainable") / "world")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is still held is an error at once."""
    monkeypatch.setattr(trial, "_PATIENCE_S", 0.0)


def actor(tune: TuneConfig, folder: Path, settings: dict[str, Any]) -> SearchTrial:
    """Return what Tune makes in an actor, without Tune's own folders."""
    kind = make_trainable(tune, cut_of(tune), folder)
    made = kind.__new__(kind)
    made.setup({"settings": settings})
    return made


def windows(steps: list[dict[str, Any]]) -> list[int]:
    return [int(step["windows"]) for step in steps]


def all_steps(made: SearchTrial) -> list[dict[str, Any]]:
    steps = [made.step()]
    while not steps[-1]["done"]:
        steps.append(made.step())
    return steps


def test_every_result_has_the_keys_that_tune_reads(world: Dataset, tmp_path: Path) -> None:
    steps = all_steps(actor(tune_of(world), tmp_path, {}))
    assert windows(steps) == [3, 4, 5, 6]
    assert all(set(step) == {"lis_crossfit", "windows", "events", "done"} for step in steps)
    assert (tmp_path / digits({}) / "summary.json").is_file()


def test_one_actor_plays_trial_after_trial(world: Dataset, tmp_path: Path) -> None:
    made = actor(tune_of(world), tmp_path, {})
    first = made.step()
    assert made.reset_config({"settings": {RANK: 2}})
    assert made.step()["lis_crossfit"] != first["lis_crossfit"]
    made.cleanup()
    assert {path.name for path in tmp_path.iterdir() if path.name[0] != "."} >= {
        digits({}),
        digits({RANK: 2}),
    }


def test_a_paused_trial_goes_on_in_another_actor(world: Dataset, tmp_path: Path) -> None:
    """Tune keeps the first for other trials and does not tell it: it must have let go."""
    tune = tune_of(world)
    one, other = actor(tune, tmp_path, {}), actor(tune, tmp_path, {RANK: 3})
    before = [one.step(), one.step()]
    saved = one.save_checkpoint("")
    assert other.reset_config({"settings": {}})
    other.load_checkpoint(saved)
    assert windows([*before, *all_steps(other)]) == [3, 4, 5, 6]


def test_after_its_end_a_trial_lets_go(world: Dataset, tmp_path: Path) -> None:
    tune = tune_of(world)
    one = actor(tune, tmp_path, {})
    steps = all_steps(one)
    assert all_steps(actor(tune, tmp_path, {})) == steps
    assert one.step() == {"done": True}


class ToldError(Exception):
    """As users write them: Tune cannot make it anew, and it holds what no pickle holds."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: {why}")
        self.lock = threading.Lock()


@pytest.mark.parametrize("method", ["step", "save_checkpoint", "load_checkpoint"])
def test_errors_that_are_none_of_ours_keep_their_words(method: str) -> None:
    class Broken:
        def save(self) -> None:
            raise ToldError("draw 2", "no vectors")

        close = next = save

    made = SearchTrial.__new__(SearchTrial)
    made.trials = Path("trials")
    made.setup({"settings": {}})
    made._run = Broken()  # type: ignore[assignment]
    call = {"step": made.step, "save_checkpoint": lambda: made.save_checkpoint("")}
    with pytest.raises(RunError) as caught:
        call.get(method, lambda: made.load_checkpoint(None))()
    assert str(skip_exceptions(caught.value)) == "ToldError: draw 2: no vectors"
    assert str(pickle.loads(pickle.dumps(caught.value))) == "ToldError: draw 2: no vectors"
    assert "in save\n" in "".join(traceback.format_exception(caught.value))


def test_errors_of_ours_are_as_they_were() -> None:
    """What caused them may be a user's."""
    own = DataError("row 7")
    with pytest.raises(DataError) as caught, told_in_words():
        raise own from ToldError("draw 2", "no vectors")
    assert caught.value is own
    assert str(skip_exceptions(caught.value)) == "row 7"
    assert "ToldError" in "".join(traceback.format_exception(caught.value))


def test_trials_find_the_log_from_any_folder(
    world: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world.path.parent)
    tune = tune_of(world, data={"source": "world"})
    assert data_found(tune).base.deciding() == tune.base.deciding()
    made = actor(tune, tmp_path / "trials", {})
    monkeypatch.chdir(tmp_path)
    made.step()
    made.cleanup()
    written = yaml.safe_load((tmp_path / "trials" / digits({}) / "config.yaml").read_text())
    assert written["data"]["source"] == str(world.path)
    assert any((tmp_path / "cache" / "decoded").iterdir()), "once for all trials"


@pytest.mark.parametrize(
    ("data", "cache", "said"),
    [({}, "file", 1), ({"decoded": True}, "file", 1), ({"decoded": False}, "new", 0)],
)
def test_trials_read_parquet_where_there_shall_or_can_be_no_copy(
    world: Dataset,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    data: dict[str, Any],
    cache: str,
    said: int,
) -> None:
    (tmp_path / "file").touch()
    where = {"source": str(world.path), "cache": str(tmp_path / cache)}
    made = actor(tune_of(world, data=where | data), tmp_path / "trials", {})
    assert len(caplog.records) == said, "before a trial starts"
    assert windows(all_steps(made)) == [3, 4, 5, 6]
    assert len(caplog.records) == said
    assert not (tmp_path / "new").exists()
    written = yaml.safe_load((tmp_path / "trials" / digits({}) / "config.yaml").read_text())
    assert written["data"]["decoded"] is False


def test_a_trial_says_what_keeps_it_from_storing() -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    told = pytest.raises(StorageError, match=r"trials: no space left .* committed is kept")
    with told as caught, told_in_words(Path("trials")):
        raise full
    assert caught.value.__cause__ is None  # which Tune would copy


def test_a_disk_that_fills_between_trials_ends_none(
    world: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: ArraysWriter, piece: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    made = actor(tune_of(world), tmp_path / "trials", {})
    shutil.rmtree(tmp_path / "cache")
    monkeypatch.setattr(ArraysWriter, "append", full)
    assert windows(all_steps(made)) == [3, 4, 5, 6]


def test_trials_read_a_copy_unless_the_config_says_not_to(world: Dataset) -> None:
    source = {"source": str(world.path)}
    for given, expected in ((None, True), (True, True), (False, False)):
        tune = tune_of(world, data=source | {"decoded": given})
        assert search_config(tune, {}, 6, 2).data.decoded is expected
        assert later_config(tune, {}, 6).data.decoded is given
