"""YAML settings: plain values, every key once, and nothing that unfolds, runs or surprises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.errors import ConfigError
from lis_sim.plain import parse_yaml, read_yaml, why_not_plain

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "\n".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 10)}]"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)
WRONG: list[tuple[str, str]] = [
    ("a: 1\na: 2", r"line 2, column 1: a is given twice; accepted: once"),
    ("a: {b: 1, b: 1}", r"line 1, column 11: b is given twice"),
    ("1: a", r"the key '1' is read as int; accepted: text as a name"),
    ("on: a", r"the key 'on' is read as bool"),
    ("~: a", r"the key '~' is read as null"),
    ("[a]: 1", r"the key .* is read as seq"),
    ("a: !!python/object/apply:os.system [ls]", r"the tag 'tag:yaml.org,2002:python/object/app"),
    ("a: !!binary aaaa", r"the tag '.*binary'; accepted: plain values, no tags"),
    ("a: !!timestamp 2024-13-45", r"the tag '.*timestamp'"),
    ("a: !!int x", r"the tag '.*int'"),
    ("a: !mine 1", r"the tag '!mine'"),
    (BOMB, r"more than 100,000 values; accepted: fewer"),
    ("&a [*a]", r"an alias inside of what it stands for"),
    ("*a", r"found undefined alias"),
    ("[" * 60 + "]" * 60, r"groups nested deeper than 40"),
    ("[" * 60_000, r"groups nested deeper than 40"),
    ("a: 010", r"010 begins with 0, which YAML reads in base 8"),
    ("a: " + "9" * 5_000, r"a whole number of 5000 digits; accepted: 64 bits"),
    ("a: 0x_", r"line 1, column 4: 0x_ is no whole number; accepted: one with digits"),
    ("a: [-0b__]", r"line 1, column 5: -0b__ is no whole number"),
    ("a: [", r"line 1, column 5"),
    ("a: 1\n\tb: 2", r"line 2"),
    ("--- a\n--- b", r"but found another document"),
    ('a: "\\', r"not readable as YAML"),
    ("a: \x00", r"special characters are not allowed"),
    ("%YAML 9.9\n---\na", r"found incompatible YAML document"),
]


@pytest.mark.parametrize(("text", "message"), WRONG, ids=lambda text: text[:30])
def test_what_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_yaml(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 2024-13-45", {"a": "2024-13-45"}),  # no date: text, for its reader to refuse
        ("a: 12:30", {"a": "12:30"}),  # not 750
        ("a: =", {"a": "="}),
        ("a: 0", {"a": 0}),
        ("a: 1_000", {"a": 1000}),
        ("a: 0x10", {"a": 16}),
        ("a: !!str 010", {"a": "010"}),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("a: &x {b: 1, d: 2}\nc: {<<: *x, b: 3}", {"a": {"b": 1, "d": 2}, "c": {"b": 3, "d": 2}}),
        ("", None),
        ("\ufeffa: 1", {"a": 1}),
    ],
)
def test_what_is_read(text: str, expected: object) -> None:
    assert parse_yaml(text) == expected


def test_a_file_is_named_with_what_is_off(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    with pytest.raises(ConfigError, match=r"c\.yaml is not a file"):
        read_yaml(path)
    path.write_bytes("a: 1".encode("utf-16"))
    with pytest.raises(ConfigError, match=r"c\.yaml is not readable as YAML: byte 0 is not UTF-8"):
        read_yaml(path)
    path.write_bytes(b"#" * 600_000)
    with pytest.raises(ConfigError, match=r"it has 600,000 bytes; accepted: 500,000 at most"):
        read_yaml(path)


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(PLAIN)
def test_plain_values_survive_being_written(value: Any) -> None:
    if why_not_plain(value) is None:
        assert parse_yaml(yaml.safe_dump(value, sort_keys=False)) == value
