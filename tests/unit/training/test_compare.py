"""Finished run folders are compared without their log, or refused with every reason."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from lis_sim.cli import main
from lis_sim.data.dataset import Dataset
from lis_sim.data.representations import write_table
from lis_sim.errors import ConfigError, RunError
from lis_sim.report.compare_table import print_comparison
from lis_sim.scores import LisFamily, RepresentationPlan
from lis_sim.training.api import Run
from lis_sim.training.compare import compare_runs
from lis_sim.training.finished import family_plan, microseconds
from lis_sim.training.record import summary_record
from lis_sim.types import RepresentationTable
from tests.unit.training import worlds

TWO_SETS = [
    {"name": "co_click", "settings": {"rank": 2, "extra": 3}},
    {"name": "more", "settings": {"rank": 3, "extra": 3}},
]


@pytest.fixture(scope="module")
def other(world: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run whose `more` is what `co_click` is in the finished one."""
    out = tmp_path_factory.mktemp("other") / "run"
    arms = ["clean", *(f"{k}:{s}" for s in ("co_click", "more") for k in ("leaked", "placebo"))]
    return worlds.run(world, out, preferences=TWO_SETS, arms=arms)


def moved(run: Run, out: Path, change: Callable[[Path], None]) -> Path:
    """Copy a run's folder and let ``change`` edit the copy."""
    shutil.copytree(run.folder, out)
    change(out)
    return out


def edit_json(name: str, path: tuple[str, ...], value: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        content = json.loads((folder / name).read_text())
        node = content
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = value
        (folder / name).write_text(json.dumps(content))

    return change


def edit_window(field: str, value: int) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        lines = (folder / "windows.jsonl").read_text().splitlines()
        lines[2] = json.dumps(json.loads(lines[2]) | {field: value})
        (folder / "windows.jsonl").write_text("\n".join(lines) + "\n")

    return change


def drop(*names: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        for path in (folder / name for name in names):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return change


def test_a_run_less_itself_is_nothing_and_needs_no_log(
    world: Dataset, finished: Run, tmp_path: Path
) -> None:
    def forget_the_log(folder: Path) -> None:
        settings = yaml.safe_load((folder / "config.yaml").read_text())
        settings["data"] = {"source": "/nowhere"}
        (folder / "config.yaml").write_text(yaml.safe_dump(settings))

    copy = moved(finished, tmp_path / "copy", forget_the_log)
    found = compare_runs(finished.folder, copy)
    assert found["settings"] == []
    assert found["dataset"]["fingerprint"] == world.fingerprint
    for record in found["arms"] + found["scores"]:
        if record["difference"]["value"] is not None:
            assert {record["difference"][key] for key in ("value", "low", "high")} == {0.0}
    assert [one["outcome"] for one in found["outcomes"]] == ["equal"]
    values = {(s["score"], s["slice"]): s["value"] for s in finished.summary["scores"]}
    assert values == {(s["score"], s["slice"]): s["second"]["value"] for s in found["scores"]}


def test_names_and_settings_are_matched(finished: Run, other: Run) -> None:
    found = compare_runs(finished.folder, other.folder, {"co_click": "more"})
    assert found["names"]["preferences"] == [["co_click", "more"]]
    assert found["not_compared"]["of_second"] == ["co_click"]
    settings = {one["setting"]: (one["first"], one["second"]) for one in found["settings"]}
    # What is compared was set alike; arms differ, and a set that only the second run has.
    assert set(settings) == {"arms", "preferences.co_click"}
    assert settings["preferences.co_click"][0] is None
    leaked = [a for a in found["arms"] if a["first"]["arm"] == "leaked:co_click"]
    assert {a["second"]["arm"] for a in leaked} == {"leaked:more"}
    assert {a["difference"]["value"] for a in leaked} == {0.0}


def test_two_sets_of_one_run_are_compared(other: Run) -> None:
    found = compare_runs(other.folder, other.folder, {"co_click": "more"})
    assert found["names"] == {"preferences": [["co_click", "more"]], "representations": []}
    assert found["not_compared"] == {"of_first": [], "of_second": [], "other_windows": []}
    (rank,) = found["settings"]
    assert rank == {"setting": "preferences.co_click=more.settings.rank", "first": 2, "second": 3}
    lis = next(s for s in found["scores"] if (s["score"], s["slice"]) == ("lis", "all"))
    assert lis["difference"]["value"] != 0.0
    assert lis["difference"]["low"] < lis["difference"]["value"] < lis["difference"]["high"]
    (said,) = found["outcomes"]
    assert said["because"].startswith("co_click (first) and more (second): ")


def test_slices_that_hold_other_events_are_left_out(finished: Run, tmp_path: Path) -> None:
    path = ("settings", "stream", "cold_support")
    copy = moved(finished, tmp_path / "copy", edit_json("run.json", path, 7))
    found = compare_runs(finished.folder, copy)
    assert found["slices"] == ["all"]
    assert {one["slice"] for one in found["scores"] + found["arms"]} == {"all"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            edit_json("run.json", ("data", "events"), "beef"),
            "log: synthetic with fingerprint .* in the first, synthetic with beef in the second",
        ),
        (edit_window("end_us", 5), "windows: window 2 is .* in the first, .* 5\\) us with"),
        (edit_json("summary.json", ("replicates",), 9), "replicates: 2 in the first, 9 in the sec"),
        (edit_json("summary.json", ("seed",), 4), "seed .*: 0 in the first, 4 in the second; acc"),
        (edit_json("summary.json", ("warmup_windows",), 1), "warm-up windows: 2 in the first, 1 "),
        (drop("checkpoints"), "holds the sums that runs are compared by; copy it back"),
        (drop("run.json"), "run.json is missing or not what a run writes"),
        (edit_json("run.json", ("data",), None), "run.json is not what a run writes: data is None"),
        (drop("summary.json"), "has no summary.json"),
        (drop("config.yaml"), "config.yaml is not a file"),
        (lambda folder: (folder / "search.json").touch(), "of a search; accepted: .*later/best"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    finished: Run, tmp_path: Path, change: Callable[[Path], None], message: str
) -> None:
    copy = moved(finished, tmp_path / "copy", change)
    with pytest.raises((RunError, ConfigError), match=message):
        compare_runs(finished.folder, copy)


def test_every_reason_is_named_at_once(finished: Run, tmp_path: Path) -> None:
    def change(folder: Path) -> None:
        edit_json("summary.json", ("replicates",), 9)(folder)
        edit_json("summary.json", ("seed",), 4)(folder)

    copy = moved(finished, tmp_path / "copy", change)
    with pytest.raises(RunError) as told:
        compare_runs(finished.folder, copy)
    assert [line.strip().partition(":")[0] for line in str(told.value).splitlines()[1:]] == [
        "replicates",
        "seed of the replicates",
    ]


@given(us=st.integers(631_152_000_000_000, 4_102_444_800_000_000))  # 1990 to 2100
def test_a_cut_is_read_back_to_the_microsecond(us: int) -> None:
    assert microseconds(RepresentationPlan("r", 0, us).trained_until) == us


@pytest.mark.parametrize("cut", [None, 3])
def test_the_plan_is_made_again_without_the_log(
    world: Dataset, tmp_path: Path, cut: int | None
) -> None:
    copy = worlds.changed_record(world, tmp_path / "world")
    table = copy.representation("content")
    windows = worlds.plan_of(world).windows
    cut_us = None if cut is None else windows[cut].start_us
    path = copy.path / "representations" / "cut.parquet"
    write_table(path, RepresentationTable("cut", table.item, table.vectors, cut_us))
    plan = worlds.plan_of(copy, representations=["cut"], minimum_effect=0.002, form="joint")
    summary = summary_record(plan, "run", LisFamily(plan.family), {})
    assert family_plan(plan.config, summary, plan.windows) == plan.family
    assert plan.family.representations[0].first_window == (0 if cut is None else cut + 1)


def test_what_a_person_reads(finished: Run, other: Run, tmp_path: Path) -> None:
    console = Console(record=True, width=80, file=(tmp_path / "out").open("w"))
    print_comparison(compare_runs(finished.folder, other.folder), console)
    shown = console.export_text()
    for expected in (
        f"first:  {finished.folder.name}",
        "both: log synthetic, 2,400 events, 6 windows (2 warm-up), 2 replicates",
        "preferences.co_click.settings.rank",
        "Scores of co_click",
        "leaked:co_click",
        "Not compared, of the second run: more.",
        "co_click: ",
    ):
        assert expected in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_the_command(
    finished: Run,
    other: Run,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["lis-sim", "compare", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return int(ended.value.code or 0), out, err

    folders = (str(finished.folder), str(other.folder))
    code, out, _ = command(*folders, "--as", "co_click=more", "--json")
    assert code == 0
    assert json.loads(out) == compare_runs(*folders, {"co_click": "more"})
    code, out, _ = command(*folders)
    assert code == 0
    assert "Scores of co_click" in out
    for wrong, message in (
        (("--as", "co_click"), "--as 'co_click'; accepted: A=B"),
        (("--as", "co_click=mor"), "did you mean 'more'?"),
        (("--as", "a=b", "--as", "a=c"), "names 'a' of the first run twice"),
    ):
        code, out, err = command(*folders, *wrong, "--json")
        assert (code, out) == (1, "")
        assert message in err
