"""Checks of what ``dataset.json`` holds: it may be edited, cut or somebody else's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from lis_sim.data.names import check_plain
from lis_sim.errors import DataError
from lis_sim.plain import shown

_COUNTS = ("rows", "users", "items", "positives", "start_us", "end_us")
_TEXTS = ("name", "fingerprint")
_LISTS = ("categorical", "numeric", "outcomes", "files", "blemishes")
_NEEDED = (*_TEXTS, *_COUNTS, *_LISTS)
_FLAGS = ("label_time", "request")
_OPTIONAL = (*_FLAGS, "negatives", "sampled", "rows_in", "dropped", "homepage")
_MOST = 2**62  # rows: more are no count


def check_record(content: Mapping[str, Any], path: Path) -> None:
    """Raise :class:`DataError` for what the record in ``path`` lacks or says of itself wrongly."""
    check = _Check(content, path)
    check.keys()
    for key in _TEXTS:
        check.text(key, content[key])
    for key in (*_COUNTS, "sampled", "rows_in"):
        check.count(key, content.get(key, 0), negative=key.endswith("_us"))
    for key in ("negatives", "homepage"):
        if content.get(key) is not None:
            check.text(key, content[key])
    check.lists()
    check.names()
    check.sums()


class _Check:
    def __init__(self, content: Mapping[str, Any], path: Path) -> None:
        self._content, self._path = content, path

    def fail(self, said: str, accepted: str) -> NoReturn:
        raise DataError(f"{self._path}: {said}; accepted: {accepted}; import the log again")

    def keys(self) -> None:
        missing = [key for key in _NEEDED if key not in self._content]
        if missing:
            self.fail(f"{missing[0]} is missing", f"a record with {', '.join(_NEEDED)}")
        other = [key for key in self._content if key not in (*_NEEDED, *_OPTIONAL)]
        if other:
            self.fail(f"unknown key {shown(other[0])}", f"{', '.join((*_NEEDED, *_OPTIONAL))}")
        for key in _FLAGS:
            if not isinstance(self._content.get(key, False), bool):
                self.fail(f"{key} is {shown(self._content[key])}", "true or false")

    def text(self, key: str, value: object) -> None:
        if not isinstance(value, str) or not value:
            self.fail(f"{key} is {shown(value)}", "text")

    def count(self, key: str, value: object, negative: bool = False) -> None:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not (-_MOST if negative else 0) <= value <= _MOST:  # type: ignore[operator]
            self.fail(f"{key} is {shown(value)}", "a whole number, not negative")

    def lists(self) -> None:
        for key in _LISTS:
            if not isinstance(self._content[key], list):
                self.fail(f"{key} is {shown(self._content[key])}", "a list")
        for key in ("numeric", "outcomes", "blemishes"):
            for value in self._content[key]:
                self.text(f"{key} of it", value)
        self._pairs("categorical", "size")
        self._pairs("files", "rows")
        dropped = self._content.get("dropped", {})
        if not isinstance(dropped, dict):
            self.fail(f"dropped is {shown(dropped)}", "reasons with numbers of rows")
        for reason, count in dropped.items():
            self.count(f"dropped: {reason[:100]}", count)

    def _pairs(self, key: str, number: str) -> None:
        for one in self._content[key]:
            if not isinstance(one, dict) or set(one) != {"name", number}:
                self.fail(f"{key} holds {shown(one)}", f"name and {number}")
            self.text(f"the name of one of {key}", one["name"])
            self.count(f"{number} of {one['name'][:100]}", one[number])

    def names(self) -> None:
        """Names become those of files; one must not stand for two columns."""
        content = self._content
        check_plain(content["name"], f"{self._path}: name", DataError)
        for key in ("categorical", "files"):
            for one in content[key]:
                check_plain(one["name"], f"{self._path}: the name of one of {key}", DataError)
        columns = [one["name"] for one in content["categorical"]]
        columns += [*content["numeric"], *content["outcomes"], "user", "item", "time", "label"]
        self._once("a column", columns)
        self._once("a file", [one["name"] for one in content["files"]])

    def _once(self, what: str, names: Sequence[str]) -> None:
        twice = next((name for name, count in Counter(names).items() if count > 1), None)
        if twice is not None:
            self.fail(f"{what} called {shown(twice)} is there twice", "every name once")

    def sums(self) -> None:
        """What the numbers say of each other."""
        content = self._content
        rows = content["rows"]
        listed = sum(part["rows"] for part in content["files"])
        if rows < 1 or listed != rows:
            self.fail(f"its files have {listed:,} rows, rows is {rows:,}", "the same, at least 1")
        if content["positives"] > rows or content["start_us"] > content["end_us"]:
            self.fail(
                f"positives is {content['positives']:,} of {rows:,} rows, from "
                f"{content['start_us']} to {content['end_us']}",
                "no more positives than rows, and an end after the start",
            )
        if not content.get("rows_in", 0):  # nobody counted them
            return
        read = content["rows_in"] + content.get("sampled", 0)
        dropped = sum(content.get("dropped", {}).values())
        if read != rows + dropped:
            self.fail(
                f"{read:,} rows were read or sampled, {rows:,} are there and {dropped:,} dropped",
                "every row used, or dropped for a reason",
            )
