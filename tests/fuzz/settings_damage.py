"""Damage: what becomes of plain values, texts and bytes that somebody or something changed."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 7, 0.5, -0.0, 1e-320, 1e300, -1e300),
    *(2**31, 2**53, 2**63 - 1, 2**63, -(2**63), 10**30, math.inf, -math.inf, math.nan),
    *("", " ", "a", "..", "/", "clean", "all", "1e-3", "0", "12h", "9" * 5_000, "x" * 20_000),
    *("\x00", "a\x1b[31mb", "\ud800", "\u202e", "<b>&\"'", "${NOT_SET}", "${", "2024-13-45"),
    *("1d", "999999999999w", "1970-01-01", "2024-01-31T00:00:00+99:00", "~", "../../x"),
    *([], {}, [1], ["a", "a"], {"a": 1}, [[]], {"": {}}, [None], {"name": "a"}),
)


def nested(depth: int) -> Any:
    """Return lists in lists."""
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def odd_value(random: Random) -> Any:
    """Draw a value that hardly belongs where it is put."""
    if random.random() < 0.04:
        return nested(random.choice((30, 60)))
    if random.random() < 0.2:
        return random.choice((random.randint(-3, 300), round(random.uniform(-2, 2), 3)))
    return copy.deepcopy(random.choice(ODD))


def changed(value: Any, random: Random, times: int | None = None) -> Any:
    """Return a copy of a plain value in which one to three places are not what they were."""
    holder = {"root": copy.deepcopy(value)}
    for _ in range(times or random.choice((1, 1, 1, 2, 3))):
        places = list(_places(holder["root"])) or [(holder, "root")]
        group, key = random.choice(places)
        _change(group, key, random)
    return holder["root"]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in list(inner):
        yield value, key
        if isinstance(one, dict | list):
            yield from _places(one)


def _change(group: Any, key: Any, random: Random) -> None:
    how = random.random()
    if how < 0.6:
        group[key] = odd_value(random)
    elif how < 0.8:
        del group[key]
    elif isinstance(group, dict):
        name = f"{key}s" if how < 0.9 else str(random.choice(("", "name", "schema", "a b", "<i>")))
        group[name] = group.pop(key) if how < 0.95 else odd_value(random)
    else:
        group.insert(random.randint(0, len(group)), odd_value(random))


def _truncated(data: bytes, random: Random) -> bytes:
    return data[: random.randint(0, max(0, len(data) - 1))]


def _flipped(data: bytes, random: Random) -> bytes:
    found = bytearray(data or b"x")
    for _ in range(random.choice((1, 1, 4))):
        found[random.randrange(len(found))] ^= 1 << random.randrange(8)
    return bytes(found)


def _inserted(data: bytes, random: Random) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + random.choice(PIECES) + data[at:]


def _repeated(data: bytes, random: Random) -> bytes:
    at, to = sorted((random.randint(0, len(data)), random.randint(0, len(data))))
    return data[:to] + data[at : min(to, at + 2_000)] + data[to:]


def _dropped(data: bytes, random: Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if not lines:
        return b"\n"
    del lines[random.randrange(len(lines))]
    return b"".join(lines)


def _foreign(data: bytes, random: Random) -> bytes:
    return random.choice(FOREIGN)


PIECES = (
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\t", b"\n", b"\r", b"{", b"[", b'"', b"]}", b":"),
    *(b" ", b"- ", b"&a ", b"*a", b"<<: *a", b"!!python/object:os.system ", b"!!binary aaaa"),
    *(b"!!int x", b"!!timestamp 1", b"? ", b"|\n", b"#", b"%YAML 9.9\n---\n", b"---\n", b"...\n"),
    *(
        b"NaN",
        b"0x_",
        b"-0b_",
        b"1e999",
        b"Infinity",
        b"-",
        b"\\ud800",
        b"\\u0000",
        b"\xed\xa0\x80",
        b"\xc3",
    ),
    *(b"9" * 5_000, b"[" * 200, b"{" * 3_000, b"[" * 100_000, b"a: " * 300, b"x" * 300_000),
)
FOREIGN = (
    *(b"", b"\n", b"null", b"[]", b"{}", b"0", b'"a"', b"\x00" * 64, b"PK\x03\x04", b"PAR1"),
    *(b"\x80\x04\x95", b"{" * 50_000, b"[" * 100_000, b"[1]\n[2]\n", b"{}\n{}\n", b"\xff" * 40),
    "a: 1".encode("utf-16"),
    "\ufeff{}".encode(),
    b"9" * 10_000,
    b"*a",
    b"&a [*a]",
    b"--- a\n--- b\n",
    b"\n".join(
        [b"a: &a [x, x, x, x, x, x, x, x, x]"]
        + [
            bytes([c + 1])
            + b": &"
            + bytes([c + 1])
            + b" ["
            + b", ".join([b"*" + bytes([c])] * 9)
            + b"]"
            for c in range(ord("a"), ord("k"))
        ]
    ),
)
BYTES: tuple[Callable[[bytes, Random], bytes], ...] = (
    *(_truncated, _flipped, _flipped, _inserted, _inserted, _repeated, _dropped, _foreign),
)


def damaged(data: bytes, random: Random) -> bytes:
    """Return other bytes than ``data``, as a crash, a bad disk or an editor leaves them."""
    return random.choice(BYTES)(data, random)
