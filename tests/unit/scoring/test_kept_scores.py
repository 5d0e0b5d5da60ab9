"""``output.scores``: what a run keeps of its events is what ``score`` finds its numbers in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lis_sim.config import RunConfig
from lis_sim.data.dataset import Dataset
from lis_sim.errors import ConfigError, RunError
from lis_sim.scoring.api import score_file
from lis_sim.search.settings import parse_tune
from lis_sim.training.api import Run, execute, prepare
from lis_sim.training.live_settings import check_live
from lis_sim.training.loop import PrequentialLoop
from lis_sim.training.plan import check_settings
from tests.unit.training import worlds
from tests.unit.training.worlds import WINDOWS, config, history, settings

SMALL = {"arms": ["clean", "leaked_crossfit:co_click", "placebo:co_click"]}
KEPT = {**SMALL, "output": {"scores": True}}


class KilledError(Exception):
    """Stands for the end of the process."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return worlds.make_world(tmp_path_factory.mktemp("kept") / "world")


@pytest.fixture(scope="module")
def kept(world: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return worlds.run(world, tmp_path_factory.mktemp("kept") / "run", **KEPT)


def parts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "scores").iterdir())}


def killed(world: Dataset, out: Path, windows: int, **changes: Any) -> None:
    """Play so many windows of a run."""
    played = PrequentialLoop.run_window

    def run_window(self: PrequentialLoop, window: int, *more: Any) -> Any:
        if window == windows:
            raise KilledError
        return played(self, window, *more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PrequentialLoop, "run_window", run_window)
        with pytest.raises(KilledError):
            execute(prepare(config(world, **changes), out))


def test_they_give_the_numbers_of_the_run(kept: Run, tmp_path: Path) -> None:
    assert len(parts(kept.folder)) == WINDOWS
    scored = score_file(
        kept.folder / "scores",
        out=tmp_path / "scored",
        stream={"window": {"count": WINDOWS}},
        logits=True,
        horizon="all",
        form="residual",
    )
    for key in ("arms", "scores", "verdicts", "folds", "replicates", "label_rate"):
        assert scored.summary[key] == kept.summary[key], key


def test_keeping_them_changes_no_byte_of_the_run(kept: Run, world: Dataset, tmp_path: Path) -> None:
    other = worlds.run(world, tmp_path / "run", **SMALL)
    assert not (tmp_path / "run" / "scores").exists()
    assert history(other) == history(kept)
    identity = [(run.folder / "run.json").read_bytes() for run in (kept, other)]
    assert identity[0] == identity[1]


@pytest.mark.parametrize("windows", [1, 3, 5])
def test_a_killed_run_ends_with_the_same_files(
    windows: int, kept: Run, world: Dataset, tmp_path: Path
) -> None:
    killed(world, tmp_path / "run", windows, **KEPT)
    assert len(parts(tmp_path / "run")) == windows
    again = worlds.run(world, tmp_path / "run", **KEPT)
    assert parts(again.folder) == parts(kept.folder)
    assert history(again) == history(kept)


def test_a_run_that_was_begun_without_them_says_so(world: Dataset, tmp_path: Path) -> None:
    killed(world, tmp_path / "run", 3, **SMALL)
    with pytest.raises(RunError, match=r"window-0000000\.parquet is missing: the run was begun"):
        worlds.run(world, tmp_path / "run", **KEPT)
    worlds.run(world, tmp_path / "run", **SMALL)
    with pytest.raises(RunError, match="ended without keeping its scores; --restart"):
        worlds.run(world, tmp_path / "run", **KEPT)
    execute(prepare(config(world, **KEPT), tmp_path / "run"), restart=True)
    assert len(parts(tmp_path / "run")) == WINDOWS
    execute(prepare(config(world, **SMALL), tmp_path / "run"), restart=True)
    assert not (tmp_path / "run" / "scores").exists()


def of(**changes: Any) -> RunConfig:
    given = {"name": "a", "data": {"source": "log"}, "output": {"scores": True}, **changes}
    return RunConfig.model_validate(given)


def test_where_they_cannot_be_kept_is_told() -> None:
    with pytest.raises(ConfigError, match=r"accepted: training\.engine local"):
        check_settings(of())
    check_settings(of(training={"engine": "local"}))
    stream = {"window": {"events": 100}, "warmup_windows": 1}
    with pytest.raises(ConfigError, match="would fill the disk while a log grows"):
        check_live(of(horizon=0, stream=stream))


def test_a_search_does_not_keep_those_of_its_trials(world: Dataset) -> None:
    raw = settings(world, output={"scores": True})
    space = {"preferences.co_click.settings.rank": {"integer": [2, 3]}}
    with pytest.raises(ConfigError, match="a search plays many runs"):
        parse_tune(raw, {"space": space})
    parse_tune(raw | {"output": {}}, {"space": space})
