"""The drift fields of a run's records."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from lis_sim.config import DriftConfig
from lis_sim.data.dataset import Dataset
from lis_sim.drift import DriftSettings
from lis_sim.training.api import Run, execute, prepare
from lis_sim.training.loop import PrequentialLoop
from tests.unit.training.test_resume import KilledError, end_at
from tests.unit.training.worlds import WINDOWS, config, history, run

ADDED = ("series", "measures", "drift")


def test_every_record_says_what_is_watched(finished: Run) -> None:
    records = list(finished.records())
    for record in records:
        assert set(ADDED) <= record.keys()
        assert record["drift"] == []
    named = [(one["series"], one["arm"] or one["preference"]) for one in records[-1]["series"]]
    assert ("auc", "clean") in named
    assert ("lis_crossfit", "co_click") in named
    assert ("label_rate", None) in named
    clean = next(
        one for one in records[-1]["arms"] if (one["arm"], one["slice"]) == ("clean", "all")
    )
    assert records[-1]["series"][0]["value"] == clean["auc_mean"]


def test_a_run_that_is_not_watched_says_nothing_of_drift(
    world: Dataset, finished: Run, tmp_path: Path
) -> None:
    plain = list(run(world, tmp_path / "plain", drift={"enabled": False}).records())
    assert len(plain) == WINDOWS
    for record, watched in zip(plain, finished.records(), strict=True):
        assert record == {key: one for key, one in watched.items() if key not in ADDED}


def test_the_settings_of_the_watch_are_those_of_a_config() -> None:
    given = DriftConfig()
    assert DriftSettings(**given.model_dump()) == DriftSettings()
    assert {field.name for field in fields(DriftSettings)} == set(DriftConfig.model_fields)


def test_drift_settings_decide_the_bytes(world: Dataset) -> None:
    assert config(world).deciding()["drift"]["reference_windows"] == 8


def test_an_interrupted_run_watches_on_to_the_same_bytes(world: Dataset, tmp_path: Path) -> None:
    """Killed when references are complete, between two checkpoints."""
    changes = {
        "stream": {"window": {"count": 14}, "step_events": 200, "cold_support": 5},
        "drift": {"reference_windows": 4, "persistence": 1, "psi": 0.001, "new_share": 0.001},
        "arms": ["clean", "leaked_crossfit:co_click"],
        "replicates": 1,
    }
    undisturbed = run(world, tmp_path / "undisturbed", **changes)
    one = prepare(config(world, **changes), tmp_path / "run")
    with pytest.MonkeyPatch.context() as patch:
        end_at(patch, PrequentialLoop, "run_window", 12)
        with pytest.raises(KilledError):
            execute(one)
    again = execute(prepare(config(world, **changes), tmp_path / "run"))
    assert history(again) == history(undisturbed)
    last = list(undisturbed.records())[-1]
    assert [one["z"] is not None for one in last["series"]].count(True) > 0
    assert [one["value"] is not None for one in last["measures"]].count(True) > 0
