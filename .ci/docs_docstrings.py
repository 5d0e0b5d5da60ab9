"""Docstrings as Markdown: examples as code, roles such as :class:`X` as plain names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import griffe

_ROLE = re.compile(r":(?:class|func|meth|mod|attr|data):`~?\.*([\w.]+)`")


class AsMarkdown(griffe.Extension):
    """Rewrites docstrings before they are parsed."""

    def on_attribute_instance(self, *, attr: griffe.Attribute, **kwargs: Any) -> None:
        """Take the comment behind a field as its words."""
        if attr.docstring is None and isinstance(attr.filepath, Path) and attr.endlineno:
            line = attr.filepath.read_text(encoding="utf-8").splitlines()[attr.endlineno - 1]
            if words := line.partition("  # ")[2]:
                attr.docstring = griffe.Docstring(words[:1].upper() + words[1:], parent=attr)

    def on_instance(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value)


def as_markdown(text: str) -> str:
    """Return ``text`` with fenced examples and plain names."""
    out: list[str] = []
    example = False
    for line in text.splitlines():
        begins = line.lstrip().startswith(">>>")
        if begins and not example:
            out += ["", f"{_margin(line)}```pycon"]
            margin, example = _margin(line), True
        elif example and not line.strip():
            out += [f"{margin}```"]
            example = False
        out.append(line if example else _plain(line))
    if example:
        out.append(f"{margin}```")
    return "\n".join(out)


def _plain(line: str) -> str:
    plain = _ROLE.sub(lambda found: f"`{found[1].rpartition('.')[2]}`", line).replace("``", "`")
    return plain.removesuffix(":") if plain.endswith("::") else plain


def _margin(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
