"""What JSON of ours must look like: shapes, and the first place where a value has another one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from lis_sim.errors import RunError
from lis_sim.plain.values import LARGEST_WHOLE, shown, why_not_plain

Place: TypeAlias = tuple[str | int, ...]
# Where it is, outwards from the value that was looked at, and what is wrong there.
Problem: TypeAlias = tuple[Place, str]


# Long files are looked through in full: a shape returns its first problem and no more, by plain
# loops, and a place is put together only where there is a problem.
@dataclass(frozen=True)
class Leaf:
    """A single value: ``fits`` says whether it is one, ``called`` what is accepted."""

    called: str
    fits: Callable[[Any], bool]

    def problem(self, value: Any) -> Problem | None:
        return None if self.fits(value) else ((), f"is {shown(value)}; accepted: {self.called}")


@dataclass(frozen=True)
class Each:
    """A list whose entries all have one shape."""

    entry: Shape

    def problem(self, value: Any) -> Problem | None:
        if not isinstance(value, list):
            return (), f"is {shown(value)}; accepted: a list"
        look = self.entry.problem
        for at, one in enumerate(value):
            if (found := look(one)) is not None:
                return (at, *found[0]), found[1]
        return None


@dataclass(frozen=True)
class Named:
    """An object with any names, whose values all have one shape."""

    value: Shape

    def problem(self, value: Any) -> Problem | None:
        if not _is_object(value):
            return (), f"is {shown(value)}; accepted: an object"
        for name, one in value.items():
            if (found := TEXT.problem(name)) is not None:
                return ("name", *found[0]), found[1]
            if (found := self.value.problem(one)) is not None:
                return (name, *found[0]), found[1]
        return None


@dataclass(frozen=True)
class Group:
    """An object with these keys; ``may`` are those it can lack, others are not looked at."""

    must: Mapping[str, Shape]
    may: Mapping[str, Shape] = field(default_factory=dict)

    def problem(self, value: Any) -> Problem | None:
        if not _is_object(value):
            return (), f"is {shown(value)}; accepted: an object"
        for key, shape in self.must.items():
            if key not in value:
                return (key,), "is missing"
            if (found := shape.problem(value[key])) is not None:
                return (key, *found[0]), found[1]
        for key, shape in self.may.items():
            if key in value and (found := shape.problem(value[key])) is not None:
                return (key, *found[0]), found[1]
        return None


@dataclass(frozen=True)
class Maybe:
    """The shape, or null."""

    shape: Shape

    def problem(self, value: Any) -> Problem | None:
        if value is None or (found := self.shape.problem(value)) is None:
            return None
        place, said = found
        return place, said if place else f"{said}, or null"


Shape: TypeAlias = Leaf | Each | Named | Group | Maybe


# Far from what any run writes, and near enough that sums of them are still finite.
_LARGEST = 1e100
_FIRST_US, _LAST_US = -62_135_596_800_000_000, 253_402_300_799_000_000


def _is_number(value: Any) -> bool:
    number = isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool))
    return number and -_LARGEST <= value <= _LARGEST  # nan is not, nor infinity


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) or isinstance(value, Mapping)  # noqa: SIM101 - dict is quick


def _is_text(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    start = value[:2_000]
    return start.isprintable() or why_not_plain(start) is None


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_WHOLE


NUMBER = Leaf("a finite number", _is_number)
COUNT = Leaf("a whole number, 0 or more", lambda v: _is_whole(v) and v >= 0)
TIME_US = Leaf(
    "microseconds since 1970, of a year from 1 to 9999",
    lambda v: _is_whole(v) and _FIRST_US <= v <= _LAST_US,
)
FLAG = Leaf("true or false", lambda v: isinstance(v, bool))
TEXT = Leaf("text", _is_text)


def one_of(*words: str) -> Leaf:
    """Return the shape of a value that is one of ``words``."""
    return Leaf(", ".join(words), lambda v: isinstance(v, str) and v in words)


def check_shape(value: Any, shape: Shape, where: str, writer: str = "run") -> None:
    """Raise :class:`RunError` for the first place in which ``value`` has not its ``shape``.

    >>> check_shape({"window": "3"}, Group({"window": COUNT}), "windows.jsonl, line 4")
    Traceback (most recent call last):
    lis_sim.errors.RunError: windows.jsonl, line 4 is not what a run writes: window is '3'; \
accepted: a whole number, 0 or more
    """
    if (found := shape.problem(value)) is not None:
        place, problem = found
        name = ".".join(str(part)[:60] for part in place) or "it"
        raise RunError(f"{where} is not what a {writer} writes: {name} {problem}")
