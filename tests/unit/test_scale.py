"""The scale benchmark: its cases, its arithmetic, its charts and its page."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import scale
from benchmarks.alone import PEAK
from benchmarks.log_chart import LogLine, log_chart
from benchmarks.scale_case import arms_of, config_of
from benchmarks.scale_cases import Case, cases
from benchmarks.scale_day import Day
from benchmarks.scale_page import DOCS, PAGE, X_NAMES, day_table, lines_of, put, write_pages
from benchmarks.uniform_log import write_uniform
from lis_sim.data.blocks import concatenate
from lis_sim.data.dataset import Dataset


def row(sweep: str, line: str, x: int, cpu_seconds: float, peak: float) -> dict[str, Any]:
    events = x if sweep == "length" else 1_000
    found = {"sweep": sweep, "line": line, "x": x, "events": events}
    return found | {"cpu_seconds": cpu_seconds, "seconds": 2 * cpu_seconds, PEAK: peak}


ROWS = [
    row("length", "clean", 1_000_000, 2.0, 500.0),
    row("length", "clean", 100_000, 1.0, 400.0),
    row("length", "five arms", 100_000, 4.0, 450.0),
    row("arms", "arms of one run", 1, 1.0, 400.0),
    row("arms", "arms of one run", 5, 3.0, 500.0),
    row("items", "clean", 10_000, 1.0, 400.0),
    row("items", "clean", 100_000, 1.5, 600.0),
]


def test_the_cases_cover_each_sweep_once_and_begin_with_short_logs() -> None:
    found = cases(most=10**8, most_five=10**7)
    assert len(found) == len(set(found))
    assert [case.events for case in found] == sorted(case.events for case in found)
    lengths = {case.x for case in found if (case.sweep, case.line) == ("length", "clean")}
    assert lengths == {10**5, 10**6, 10**7, 10**8}
    assert max(case.x for case in found if case.sweep == "items") == 10**7
    for line in ("arms of one run", "replicates of clean"):
        assert {case.x for case in found if case.line == line} >= {1, 16}


@pytest.mark.parametrize("count", [1, 2, 5, 9, 16])
def test_so_many_arms_are_a_run(count: int) -> None:
    config = config_of("log", arms_of(count), window_events=100)
    assert len(config.arm_list) == count


def test_a_uniform_log_numbers_ids_by_first_appearance(tmp_path: Path) -> None:
    log = write_uniform(500, 20, 300, tmp_path / "log")
    events = concatenate(list(Dataset.open(log.path).blocks()))
    for ids, size in ((events.user, log.schema.users), (events.item, log.schema.items)):
        met, first = np.unique(ids, return_index=True)
        assert (met == np.arange(len(met))).all()
        assert (np.diff(first) > 0).all()
        assert len(met) <= size
    assert log.schema.items == 300


def test_figures_say_how_memory_grows_over_each_sweep() -> None:
    found = {figure.name: figure for figure in scale.figures_of(ROWS)}
    assert found["scale_events_per_core_second_clean"].value == 500_000
    assert found["scale_memory_length_clean"].value == 1.25
    assert found["scale_memory_items_clean"].value == 1.5


def test_a_chart_is_whole_xml_and_tells_its_numbers() -> None:
    lines = [LogLine("a <b>", [(1e5, 2.0), (1e8, 2_000.0)]), LogLine("one", [(1e6, 30.0)])]
    drawn = log_chart("Time & more", "events", "seconds", lines)
    root = ElementTree.fromstring(drawn)
    assert "a <b> 2k" in str(root.get("aria-label"))
    said = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"100k", "1M", "10M", "100M"} <= set(said)


def test_lines_rise_along_x() -> None:
    clean, five = lines_of(ROWS, "length", PEAK)
    assert clean.points == [(100_000.0, 400.0), (1_000_000.0, 500.0)]
    assert five.name == "five arms"


def test_the_page_is_written_from_what_was_measured_twice_alike(tmp_path: Path) -> None:
    (tmp_path / "scale.json").write_text(json.dumps({"rows": ROWS}))
    (tmp_path / PAGE).write_text((DOCS / PAGE).read_text())
    written = write_pages(tmp_path)
    first = {path: path.read_bytes() for path in written}
    assert len(written) == 2 * len(X_NAMES) + 1
    page = (tmp_path / PAGE).read_text()
    assert "| 1,000,000 | clean | 2.0 | 4.0 | 500,000 | 500 |" in page
    assert all(f"({path.name})" in page for path in written if path.suffix == ".svg")
    assert {path: path.read_bytes() for path in write_pages(tmp_path)} == first


def test_what_is_measured_already_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[Case] = []

    def play(case: Case, logs: Path) -> dict[str, Any]:
        played.append(case)
        return row(case.sweep, case.line, case.x, 1.0, 400.0) | asdict(case)

    monkeypatch.setattr(scale, "measured", play)
    (tmp_path / PAGE).write_text((DOCS / PAGE).read_text())
    few = ["--most", "1e6", "--five", "1e5", "--logs", str(tmp_path / "logs")]
    scale.main(few, tmp_path)
    assert played == cases(10**6, 10**5)
    played.clear()
    scale.main([*few, "--most", "1e7", "--more"], tmp_path)
    assert [(case.line, case.events) for case in played] == [("clean", 10**7)]
    kept = json.loads((tmp_path / "scale.json").read_text())["rows"]
    assert len(kept) == len(cases(10**7, 10**5))


def test_what_is_committed_is_what_the_command_draws(tmp_path: Path) -> None:
    for name in ("scale.json", PAGE):
        (tmp_path / name).write_bytes((DOCS / name).read_bytes())
    for path in write_pages(tmp_path):
        assert path.read_bytes() == (DOCS / path.name).read_bytes(), path.name


def test_a_block_must_be_in_the_page_once() -> None:
    with pytest.raises(AssertionError, match="lacks the block day"):
        put("nothing", "day", "1")


def test_a_day_is_carried_further_from_the_longest_log() -> None:
    table = "\n".join(day_table(ROWS, Day(events=8.64e9)))
    assert "| events a second | 9e+09 / 86,400 s | 100,000 |" in table
    assert "| cores, clean | 2.00 us an event, measured over 1,000,000 | 0.20 |" in table
    assert "| cores, five arms | 40.00 us an event, measured over 100,000 | 4.00 |" in table


def test_memory_of_a_day_grows_with_what_is_remembered_until_lists_are_full() -> None:
    short, month, full = (
        sum(size for _, size in Day(remembered=events).memory()) for events in (10, 300, 10_000)
    )
    assert short < month < full
    assert full == sum(size for _, size in Day(remembered=2_048).memory())
    assert Day(users=1e6, items=1e5).machines() == 1


def test_one_shard_needs_no_network_and_more_need_no_more_than_all_rows() -> None:
    day = Day(shards=1)
    assert day.network() == 0.0
    most = day.events_per_second * 72 + day.events_per_second / day.batch_events * 80_000
    assert 0.0 < Day(shards=2).network() < Day(shards=64).network() < most
