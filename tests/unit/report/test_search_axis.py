"""Where a value stands on the axis of its setting, and how settings are called for short."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.report.search_axis import axis_of
from lis_sim.report.search_html import render_search
from lis_sim.report.search_marks import focus, within
from lis_sim.report.search_records import SearchRecords
from lis_sim.report.search_words import same_value, settings_text, short_names
from tests.unit.report.example_search import rows, summary

NUMBERS = st.floats(min_value=1e-6, max_value=1e6)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=4,
)
PATHS = st.lists(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(".".join), unique=True, max_size=8
)


@given(
    ends=st.tuples(NUMBERS, NUMBERS).filter(lambda two: two[0] < 0.999 * two[1]),
    values=st.lists(NUMBERS, min_size=2, max_size=8),
    kind=st.sampled_from(["uniform", "log_uniform"]),
)
def test_places_are_within_the_axis_and_in_the_order_of_the_values(
    ends: tuple[float, float], values: list[float], kind: str
) -> None:
    axis = axis_of({"path": "a", kind: list(ends)}, "a", values)
    places = [axis.place(value) for value in sorted(values)]
    assert all(place is not None and -1e-9 <= place <= 1 + 1e-9 for place in places)
    assert places == sorted(place for place in places if place is not None)
    ticks = axis.ticks()
    assert ticks
    assert all(-1e-9 <= at <= 1 + 1e-2 for at, _ in ticks)


@given(st.lists(PLAIN, min_size=1, max_size=5, unique_by=json.dumps))
def test_every_choice_has_a_place_of_its_own_also_when_written_as_json(choices: list[Any]) -> None:
    axis = axis_of({"path": "a", "choice": choices}, "a", [])
    places = [axis.place(one) for one in choices]
    assert places == sorted({place for place in places if place is not None})
    # A text that reads as another choice's JSON is the one exception; it must not crash.
    for one in choices:
        assert axis.place(json.dumps(one, sort_keys=True)) in places


@pytest.mark.parametrize(
    ("definition", "value", "expected"),
    [
        ({"uniform": [0, 1]}, None, None),
        ({"uniform": [0, 1]}, "x", None),
        ({"uniform": [0, 1]}, float("nan"), None),
        ({"log_uniform": [0.1, 1]}, 0.0, None),
        ({"choice": [1, 2]}, None, None),
        ({"choice": [None, 2]}, None, 0.25),
        ({"integer": [1, 100], "log": True}, 10, 0.5),
        ({"choice": [False, 0]}, 0, 0.75),
    ],
)
def test_values_that_are_none_of_a_setting_have_no_place(
    definition: dict[str, Any], value: Any, expected: float | None
) -> None:
    assert axis_of({"path": "a", **definition}, "a", []).place(value) == expected


def test_the_config_as_written_may_lie_outside_what_is_searched() -> None:
    axis = axis_of({"path": "a", "integer": [4, 8]}, "a", [2, 6])
    assert (axis.low, axis.high, axis.place(2)) == (2, 8, 0)
    choice = axis_of({"path": "a", "choice": ["x"]}, "a", ["y", None])
    assert choice.choices == ("x", "y")


@given(PATHS)
def test_short_names_are_ends_and_no_two_are_alike(paths: list[str]) -> None:
    names = short_names(paths)
    assert set(names) == set(paths)
    assert len(set(names.values())) == len(paths)
    assert all(path.endswith(name.rpartition(".")[2]) for path, name in names.items())


def test_settings_are_told_in_short_form() -> None:
    settings = {"preferences.a.settings.rank": 4, "preferences.b.settings.rank": 0.123456}
    assert settings_text(settings) == "a.rank 4, b.rank 0.1235"
    assert same_value({"a": [1]}, '{"a": [1]}')
    assert not same_value("1", 2)


# Without subnormal numbers, a part of which may be 0.
@given(
    st.lists(st.floats(-1, 1, allow_subnormal=False), min_size=1),
    st.lists(st.floats(-1e6, 1e6)),
)
def test_what_lies_far_away_does_not_flatten_the_others(
    main: list[float], others: list[float]
) -> None:
    low, high = ends = focus(main, others)
    assert low < high
    assert low <= min(main) <= max(main) <= high
    room = (max(main) - min(main)) or abs(max(main)) or 0.01
    assert high - low <= 3.5 * room + 1e-9
    assert all(low <= within(value, ends) <= high for value in others)


def test_a_trial_without_a_setting_does_not_stand_where_the_setting_is_null() -> None:
    found, _ = rows()
    kept = [row for row in found if row["status"] != "failed"]
    path = "preferences.co_click.settings.max_age"
    for row in kept:
        row[path] = "null" if row["trial"] % 2 else None
    dimensions = [{"path": path, "choice": [None, "7d"]}]
    records = SearchRecords(summary(), kept, dimensions)
    (axis,) = records.axes
    places = {one.trial: axis.place_in(one.settings) for one in records.trials}
    assert places == {row["trial"]: 0.25 if row["trial"] % 2 else None for row in kept}
    page = render_search(summary(), kept, dimensions)
    (svg,) = re.findall(r'<svg[^>]*aria-label="lis_crossfit against max_age: (\d+) trials', page)
    assert int(svg) == sum(row["trial"] % 2 for row in kept)
