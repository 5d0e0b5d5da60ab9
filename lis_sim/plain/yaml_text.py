"""YAML as settings are written: plain values, every key once, nothing that unfolds or runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from lis_sim.errors import ConfigError
from lis_sim.plain.secrets import without_secrets
from lis_sim.plain.values import DEEPEST, MOST_VALUES, shown

LARGEST_FILE = 500_000  # bytes; the longest config that comes with lis-sim has 2,500
_TEXT = "tag:yaml.org,2002:str"
_WHOLE = "tag:yaml.org,2002:int"
_OCTAL = re.compile(r"[-+]?0[0-9_]+")


def read_yaml(path: Path) -> Any:
    """Return what the YAML file ``path`` says; :class:`ConfigError` with line and column."""
    if not path.is_file():
        raise ConfigError(f"{path} is not a file; accepted: a YAML file")
    if path.stat().st_size > LARGEST_FILE:
        raise ConfigError(
            f"{path} is not readable as YAML settings: it has {path.stat().st_size:,} bytes; "
            f"accepted: {LARGEST_FILE:,} at most"
        )
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path} is not readable as YAML: byte {error.start} is not UTF-8; save it as UTF-8"
        ) from error
    return parse_yaml(text, f"{path} is not readable as YAML")


def parse_yaml(text: str, complaint: str = "not readable as YAML") -> Any:
    r"""Return what ``text`` says: None, bool, int, float, str, and lists and groups of these.

    A date stays text. Refused, and not guessed at: a key that is given twice or is no text, tags
    such as ``!!python/object``, aliases that unfold to more than 100,000 values, groups nested
    deeper than 40, numbers that YAML 1.1 reads in base 8.

    Args:
        text: The YAML.
        complaint: What the message of the error begins with.

    Raises:
        ConfigError: what is off, with line and column.

    >>> parse_yaml("{day: 2024-01-31, at: 12:30, rate: 1.0e-3}")
    {'day': '2024-01-31', 'at': '12:30', 'rate': 0.001}
    >>> parse_yaml("folds: 3\nfolds: 5", "c.yaml")
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: c.yaml: line 2, column 1: folds is given twice; accepted: once
    """
    loader = None
    try:
        loader = _Loader(text)
        return loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        raise ConfigError(f"{complaint}: {_words(error)}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{complaint}: {str(error)[:200]}") from error
    finally:
        if loader is not None:
            loader.dispose()


class _Loader(yaml.SafeLoader):
    """Safe loading, and nothing that a person who writes settings would be surprised by."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._values = 0
        self._unfolded: dict[str, int] = {}  # by anchor: how many values it stands for
        self._checked: set[int] = set()

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = super().peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) and event.anchor is not None:
            known = self._unfolded.get(event.anchor)
            if known is None and event.anchor in self.anchors:
                raise _Odd("an alias inside of what it stands for", event.start_mark)
            self._count(known or 0, event)
            return super().compose_node(parent, index)
        if event.tag not in (None, _TEXT):
            raise _Odd(
                f"the tag {shown(event.tag)}; accepted: plain values, no tags", event.start_mark
            )
        if self._depth >= DEEPEST:
            raise _Odd(f"groups nested deeper than {DEEPEST}; accepted: fewer", event.start_mark)
        self._depth += 1
        before = self._values
        self._count(1, event)
        node = super().compose_node(parent, index)
        self._depth -= 1
        if event.anchor is not None:
            self._unfolded[event.anchor] = self._values - before
        return node

    def _count(self, values: int, event: Any) -> None:
        self._values += values
        if self._values > MOST_VALUES:
            raise _Odd(f"more than {MOST_VALUES:,} values; accepted: fewer", event.start_mark)

    def flatten_mapping(self, node: Any) -> None:
        if id(node) not in self._checked:  # once: what a merge brings may be given again
            self._checked.add(id(node))
            self._check_keys(node)
        super().flatten_mapping(node)

    def _check_keys(self, node: Any) -> None:
        seen = set()
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                continue
            if key.tag != _TEXT:
                raise _Odd(
                    f"the key {shown(key.value)} is read as {key.tag.rpartition(':')[2]}; "
                    "accepted: text as a name, in quotes where it looks like something else",
                    key.start_mark,
                )
            if key.value in seen:
                told = without_secrets(key.value)[:100]
                raise _Odd(f"{told} is given twice; accepted: once", key.start_mark)
            seen.add(key.value)

    def construct_yaml_int(self, node: Any) -> int:
        text = node.value
        if _OCTAL.fullmatch(text):
            raise _Odd(
                f"{text[:40]} begins with 0, which YAML reads in base 8; accepted: the number "
                "without the 0, or text in quotes",
                node.start_mark,
            )
        if len(text) > 100:
            raise _Odd(f"a whole number of {len(text)} digits; accepted: 64 bits", node.start_mark)
        try:
            return super().construct_yaml_int(node)
        except ValueError as error:  # YAML's rule takes 0x_ and 0b_, which have no digit
            raise _Odd(
                f"{text} is no whole number; accepted: one with digits, or text in quotes",
                node.start_mark,
            ) from error


class _Odd(yaml.MarkedYAMLError):
    def __init__(self, problem: str, mark: Any) -> None:
        super().__init__(problem=problem, problem_mark=mark)


def _words(error: yaml.MarkedYAMLError) -> str:
    mark: Any = error.problem_mark or error.context_mark
    place = "" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}: "
    return place + str(error.problem or error.context or "not YAML")[:300]


def _resolvers() -> dict[str, list[tuple[str, Any]]]:
    """Return how plain words are read: YAML 1.1 without dates, base 60 and the value key."""
    dropped = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value"}
    found: dict[str, list[tuple[str, Any]]] = {}
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items():
        kept = [(tag, _without_base_60(tag, rule)) for tag, rule in rules if tag not in dropped]
        found[first] = kept
    return found


class _Not60:
    """A rule of YAML 1.1 for numbers, but 12:30 is text, not 750."""

    def __init__(self, rule: re.Pattern[str]) -> None:
        self._rule = rule

    def match(self, text: str) -> re.Match[str] | None:
        return None if ":" in text else self._rule.match(text)


def _without_base_60(tag: str, rule: re.Pattern[str]) -> Any:
    return _Not60(rule) if tag in (_WHOLE, "tag:yaml.org,2002:float") else rule


_Loader.yaml_implicit_resolvers = _resolvers()
_Loader.add_constructor(_WHOLE, _Loader.construct_yaml_int)
