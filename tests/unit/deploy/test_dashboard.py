"""The dashboard: templated by run, nothing on top of anything else, everything explained."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from tests.unit.deploy.deployed import dashboard, panel_expressions, panels, variable_queries

PANELS = panels()
EXPRESSIONS = list(panel_expressions())


def test_the_rows_are_those_somebody_looks_for() -> None:
    rows = [panel["title"] for panel in dashboard()["panels"] if panel["type"] == "row"]
    assert rows == ["Overview", "Arms", "Slices", "Drift", "Throughput and stage times"]


def test_panels_lie_side_by_side() -> None:
    taken = Counter(
        (x, y)
        for place in (panel["gridPos"] for panel in dashboard()["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    )
    assert max(taken.values()) == 1
    assert {x for x, _ in taken} == set(range(24))
    assert sorted({y for _, y in taken}) == list(range(1 + max(y for _, y in taken)))


def test_numbers_and_titles_are_given_once() -> None:
    assert len({panel["id"] for panel in dashboard()["panels"]}) == len(dashboard()["panels"])
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)


@pytest.mark.parametrize("panel", PANELS, ids=[panel["title"] for panel in PANELS])
def test_every_panel_is_explained_and_asks_the_chosen_prometheus(panel: dict[str, Any]) -> None:
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"][
        "unit" if panel["type"] != "state-timeline" else "custom"
    ]
    references = [target["refId"] for target in panel["targets"]]
    assert references == sorted(set(references))
    for asked in [panel, *panel["targets"]]:
        assert asked["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


@pytest.mark.parametrize(("title", "expression"), EXPRESSIONS)
def test_every_expression_is_of_the_chosen_run(title: str, expression: str) -> None:
    assert 'run="$run"' in expression, title
    # A run that is scraped and pushed, or came back on another port, is one line.
    assert "max" in expression or expression.startswith(("lis_sim:", "count(")), title


def test_the_variables_follow_the_run() -> None:
    queries = variable_queries()
    assert queries.pop("run") == "label_values(lis_sim_run_finished, run)"
    assert queries.keys() == {"preference", "representation", "arm", "slice"}
    assert all('run="$run"' in query for query in queries.values())


def test_the_bands_lie_between_low_and_high() -> None:
    banded = 0
    for panel in PANELS:
        legends = {target.get("legendFormat") for target in panel["targets"]}
        overrides = {
            o["matcher"]["options"]: o["properties"] for o in panel["fieldConfig"]["overrides"]
        }
        if "high" in overrides:
            banded += 1
            filled = {one["id"]: one["value"] for one in overrides["high"]}
            assert filled["custom.fillBelowTo"] == "low"
            assert {"low", "high"} <= legends
    assert banded == 4  # LIS, AIS, label rate, calibration


def test_lines_are_told_apart_without_colour() -> None:
    for panel in PANELS:
        overrides = {
            o["matcher"]["options"]: {one["id"] for one in o["properties"]}
            for o in panel["fieldConfig"]["overrides"]
        }
        for one in ("low", "high", "reference", "since the warm-up"):
            if one in overrides:
                assert "custom.lineStyle" in overrides[one], panel["title"]


def test_rows_are_in_the_order_of_the_page() -> None:
    heights = [panel["gridPos"]["y"] for panel in dashboard()["panels"]]
    assert all(one <= following for one, following in pairwise(heights))
