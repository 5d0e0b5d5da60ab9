"""JSON of our folders: what is not as it was written is told by its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lis_sim.config import DataConfig, StreamConfig
from lis_sim.errors import ConfigError, RunError
from lis_sim.plain import as_object, placed, read_object, shown, why_not_plain
from lis_sim.plain.shape import (
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    TIME_US,
    Each,
    Group,
    Maybe,
    Named,
    check_shape,
    one_of,
)
from lis_sim.training.record_shape import check_summary, check_timings, check_window

SHAPE = Group(
    {"count": COUNT, "name": TEXT},
    {
        "values": Each(Maybe(NUMBER)),
        "by": Named(NUMBER),
        "flag": FLAG,
        "at": TIME_US,
        "kind": one_of("a", "b"),
    },
)
RIGHT: dict[str, Any] = {"count": 1, "name": "x"}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"count": -1}, "count is -1; accepted: a whole number, 0 or more"),
        ({"count": True}, "count is True; accepted"),
        ({"count": 10**30}, "count is <whole number of 100 bits>"),
        ({"name": 3}, "name is 3; accepted: text"),
        ({"name": "\ud800"}, "name is '\\ud800'; accepted: text"),
        ({"name": "\x1b[31m"}, "name is '\\x1b[31m'; accepted: text"),
        ({"values": 3}, "values is 3; accepted: a list"),
        ({"values": [None, "1"]}, "values.1 is '1'; accepted: a finite number, or null"),
        ({"values": [float("inf")]}, "values.0 is inf"),
        ({"values": [1e300]}, "values.0 is 1e+300"),
        ({"by": []}, "by is []; accepted: an object"),
        ({"by": {"a": None}}, "by.a is None; accepted: a finite number"),
        ({"flag": 1}, "flag is 1; accepted: true or false"),
        ({"at": 10**18}, "at is 1000000000000000000; accepted: microseconds since 1970"),
        ({"kind": "c"}, "kind is 'c'; accepted: a, b"),
    ],
)
def test_wrong_values_are_told_by_their_place(changes: dict[str, Any], problem: str) -> None:
    check_shape(RIGHT, SHAPE, "f.json")
    with pytest.raises(RunError) as caught:
        check_shape(RIGHT | changes, SHAPE, "f.json")
    assert f"f.json is not what a run writes: {problem}" in str(caught.value)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(RunError, match=r"f\.json is not what a search writes: name is missing"):
        check_shape({"count": 1}, SHAPE, "f.json", "search")
    with pytest.raises(RunError, match=r"it is \[\]; accepted: an object"):
        check_shape([], SHAPE, "f.json")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "Expecting value"),
        (b"{", "Expecting property name"),
        (b"[]", "holds a list, not a JSON object"),
        (b'{"a": NaN}', "NaN is no JSON"),
        (b'{"a": ' + b"[" * 100_000, "it is nested too deep"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "Exceeds the limit"),
        (b"\xff{}", "byte 0 is not UTF-8"),
    ],
)
def test_what_is_no_object_is_refused(content: bytes, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_bytes(content)
    with pytest.raises(RunError) as caught:
        read_object(path)
    assert str(caught.value).startswith(str(path))
    assert problem in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"a": {"b": "\x00"}}, r"a\.b holds the control character"),
        ({"a": ["\ud800"]}, r"a\.0 holds the control character"),
        ({"a": 2**63}, r"a is <whole number of 64 bits>; accepted: whole numbers of 64 bits \(at "),
        ({"a": {1: 2}}, r"a has the key 1; accepted: text"),
        ({"a\x1b": 2}, r"it has a key that holds the control character"),
        ({"a": "x" * 3_000}, r"a is a text of 3,000 characters; accepted: 2,000 at most"),
        ({"a": {3}}, r"a is \{3\}, set; accepted: text, numbers"),
        ({"a": np.arange(3)}, r"a is array\(\[0, 1, 2\]\), ndarray; accepted: text, numbers"),
        ({"a": np.float32("nan")}, r"a is nan; accepted: a finite number"),
        (
            {"data": DataConfig.model_construct(synthetic={"a": "\x00"})},
            r"data\.synthetic\.a holds the control character",
        ),
        ([[]] * 200_000, r"more than 100,000 values"),
    ],
)
def test_what_no_setting_can_be(value: object, problem: str) -> None:
    import re

    assert re.search(problem, why_not_plain(value) or "")


@pytest.mark.parametrize("value", [np.int64(4), np.float32(0.5), np.bool_(True), StreamConfig()])
def test_what_python_gives_is_plain_too(value: object) -> None:
    assert why_not_plain({"a": [value]}) is None


def test_deep_groups_are_no_settings() -> None:
    deep: Any = 1
    for _ in range(5_000):
        deep = [deep]
    assert "40 deep" in (why_not_plain(deep) or "")


def test_values_are_shown_short() -> None:
    assert len(shown("x" * 10**6)) < 120
    assert len(shown(list(range(10**5)))) < 120
    assert len(shown({"a" * 10**5: ["b" * 10**5] * 50})) <= 300
    assert shown([10**5_000]) == "[<whole number of 16610 bits>]"


def test_a_message_says_the_file_once_and_is_cut() -> None:
    for message in ("folds is 1", "c.yaml: folds is 1"):
        with pytest.raises(ConfigError, match=r"^c\.yaml: folds is 1$"), placed("c.yaml"):
            raise ConfigError(message)
    with pytest.raises(ConfigError) as caught, placed("c.yaml"):
        raise ConfigError("x" * 10_000)
    assert len(str(caught.value)) < 2_000


def test_what_is_read_of_a_number_and_a_text_is_as_before() -> None:
    for right in (1, 1.5, -1e100, 10**100):
        check_shape(right, NUMBER, "f.json")
    for wrong in (True, None, "1", float("nan"), float("-inf"), 10**101):
        with pytest.raises(RunError, match=r"it is .*; accepted: a finite number"):
            check_shape(wrong, NUMBER, "f.json")
    for text in ("", "two\nlines\t", "\u202e", "x" * 5_000, "x" * 2_000 + "\x00"):
        check_shape(text, TEXT, "f.json")
    with pytest.raises(RunError, match=r"a\.1\.name is '\\x00'; accepted: text"):
        check_shape({"a": [{}, {"\x00": 1}]}, Group({"a": Each(Named(NUMBER))}), "f.json")


def test_records_of_another_schema_or_place_are_refused() -> None:
    window = {"schema": 1, "window": 3, "end_us": 5, "arms": [], "scores": []}
    check_window(window, "windows.jsonl, line 4", 3)
    with pytest.raises(RunError, match="of window 3, but window 2 comes here; lines were lost"):
        check_window(window, "windows.jsonl, line 3", 2)
    with pytest.raises(RunError, match="has schema 2; accepted: 1; read it with the version"):
        check_window(window | {"schema": 2}, "windows.jsonl, line 4", 3)
    with pytest.raises(RunError, match=r"summary\.json has schema True"):
        check_summary({"schema": True}, "summary.json")
    with pytest.raises(RunError, match="seconds is missing"):
        check_timings(as_object(json.dumps({"window": 1}), "timings.jsonl"), "timings.jsonl")
