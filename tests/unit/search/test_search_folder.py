"""Whose a search folder is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lis_sim.errors import RunError
from lis_sim.search.folder import SearchFolder, search_folder, search_identity
from lis_sim.search.settings import TuneConfig, load_tune
from tests.unit.search.simulated import tune_of

DATASET: Any = SimpleNamespace(path=Path("nowhere"), fingerprint="f")


def claimed(folder: SearchFolder, tune: TuneConfig, restart: bool = False) -> None:
    folder.claim(tune, search_identity(tune, DATASET), restart)


def test_the_same_search_finds_its_folder(tmp_path: Path) -> None:
    tune = tune_of()
    folder = SearchFolder(tmp_path / "s")
    claimed(folder, tune)
    folder.ledger.begin(0, {})
    claimed(folder, tune)
    assert len(folder.ledger.records()) == 1
    one, other = (search_identity(tune_of(seed=seed), DATASET) for seed in (0, 1))
    assert search_folder("n", one).path != search_folder("n", other).path
    assert search_folder("n", one).path.parent.name == "searches"
    assert search_folder("n", one, tmp_path).path == tmp_path


def test_the_config_written_is_the_search(tmp_path: Path) -> None:
    tune = tune_of(stopping="median", objective=["lis_crossfit", "auc:clean"])
    claimed(SearchFolder(tmp_path / "s"), tune)
    again = load_tune(tmp_path / "s" / "config.yaml")
    assert (again.base, again.search, again.objectives) == (
        *(tune.base, tune.search, tune.objectives),
    )


@pytest.mark.parametrize("change", [{"concurrent": 4}, {"engine": "nested"}])
def test_where_it_runs_decides_nothing(change: dict[str, Any]) -> None:
    assert search_identity(tune_of(**change), DATASET) == search_identity(tune_of(), DATASET)


@pytest.mark.parametrize(
    "change", [{"trials": 8}, {"seed": 1}, {"until": 0.6}, {"stopping": "none"}, {"replicates": 2}]
)
def test_another_search_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    folder = SearchFolder(tmp_path / "s")
    claimed(folder, tune_of())
    folder.ledger.begin(0, {})
    with pytest.raises(RunError, match=f"holds another search .other search.{next(iter(change))}"):
        claimed(folder, tune_of(**change))
    claimed(folder, tune_of(**change), restart=True)
    assert folder.ledger.records() == []


def test_foreign_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(RunError, match=r"holds no search .it has letter.txt"):
        claimed(SearchFolder(tmp_path), tune_of(), restart=True)
    (tmp_path / "letter.txt").rename(tmp_path / "search.json")
    with pytest.raises(RunError, match="not JSON as a search writes it"):
        claimed(SearchFolder(tmp_path), tune_of())


def test_restart_removes_what_is_the_searchs_own(tmp_path: Path) -> None:
    folder = SearchFolder(tmp_path / "s")
    claimed(folder, tune_of())
    for path in (folder.trials / "x" / "run.json", folder.later / "best" / "run.json"):
        path.parent.mkdir(parents=True)
        path.touch()
    (folder.path / "summary.json").write_text("{}")
    assert folder.finished
    with pytest.raises(RunError, match=r"summary\.json is not what a search writes: search is mis"):
        folder.summary()
    for name in ("best.yaml", "best-1.yaml", "best-12.yaml", "mine.txt"):
        (folder.path / name).touch()
    claimed(folder, tune_of(), restart=True)
    names = sorted(path.name for path in folder.path.iterdir())
    assert names == ["config.yaml", "mine.txt", "search.json"]
    with pytest.raises(RunError, match="come to its end"):
        folder.summary()


def test_one_process_at_a_time(tmp_path: Path) -> None:
    folder = SearchFolder(tmp_path / "s")
    code = (
        "import sys; from pathlib import Path; from lis_sim.data.locking import locked\n"
        "with locked(Path(sys.argv[1]), wait=False): print(1, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(RunError, match="being written by another process"), folder.held():
            pass
        other.communicate()
    with folder.held():
        claimed(folder, tune_of())
