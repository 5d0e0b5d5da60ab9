"""Tables of settings from the source of the classes that hold them: names, defaults, limits, words.

The source is read, not imported: what stands beside a field as a comment is what the table says.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

_KINDS = {"Whole": "whole number", "Number": "number", "int": "whole number", "float": "number"}
_KINDS |= {"str": "text", "bool": "true, false", "None": "null", "Any": "anything"}
_LIMITS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}


def settings(path: Path, name: str) -> str:
    """Return the Markdown table of the fields of class ``name`` in the file ``path``."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    (found,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    lines, said = text.splitlines(), _documented(ast.get_docstring(found) or "")
    constants = _constants(tree)
    rows = ["| setting | accepted | default | what it is |", "|---|---|---|---|"]
    for node in found.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            field = node.target.id
            words = said.get(field) or _comment(node, lines)
            kind, default = _kind(node, constants), _default(node.value)
            rows.append(f"| `{field}` | {kind} | {default} | {_cell(words)} |")
    return "\n".join(rows)


def _comment(node: ast.AnnAssign, lines: list[str]) -> str:
    """Return the comment above the field and the one that ends its line."""
    above = []
    for line in reversed(lines[: node.lineno - 1]):
        if not line.strip().startswith("#"):
            break
        above.insert(0, line.strip().lstrip("# "))
    last = lines[(node.end_lineno or node.lineno) - 1][node.end_col_offset or 0 :]
    inside = [
        line.partition("  # ")[2] or line.strip().removeprefix("# ")
        for line in lines[node.lineno - 1 : (node.end_lineno or node.lineno) - 1]
        if "  # " in line or line.strip().startswith("# ")
    ]
    return " ".join([*above, *inside, last.partition("# ")[2]]).strip()


def _documented(docstring: str) -> dict[str, str]:
    """Return what the section ``Attributes`` of a docstring says of each name."""
    _, found, section = docstring.partition("Attributes:\n")
    said: dict[str, str] = {}
    for line in section.split("\n\n")[0].splitlines() if found else ():
        if match := re.match(r"    (\w+): (.*)", line):
            name = match[1]
            said[name] = match[2]
        else:
            said[name] += " " + line.strip()
    return said


def _kind(node: ast.AnnAssign, constants: dict[str, str]) -> str:
    limits = [
        f"{_LIMITS[one.arg]} {constants.get(ast.unparse(one.value), ast.unparse(one.value))}"
        for one in (node.value.keywords if isinstance(node.value, ast.Call) else ())
        if one.arg in _LIMITS
    ]
    return ", ".join([_of(node.annotation), *limits])


def _of(kind: ast.expr) -> str:
    if isinstance(kind, ast.BinOp):  # a | b
        return f"{_of(kind.left)} or {_of(kind.right)}"
    if isinstance(kind, ast.Subscript):
        of = ast.unparse(kind.value)
        inner = kind.slice.elts if isinstance(kind.slice, ast.Tuple) else [kind.slice]
        if of == "Literal":
            return ", ".join(f"`{ast.literal_eval(one)}`" for one in inner)
        return "a group" if of == "Mapping" else f"a list: {_of(inner[0])}"
    name = ast.unparse(kind)
    return _KINDS.get(name, "a group" if name.endswith(("Config", "Settings", "Names")) else name)


def _default(value: ast.expr | None) -> str:
    if value is None:
        return "must be given"
    if isinstance(value, ast.Call):
        given = {one.arg: one.value for one in value.keywords}
        if ast.unparse(value.func) != "Field":
            inner = ", ".join(f"{one}: {ast.unparse(of)}" for one, of in given.items())
            return f"`{inner}`" if inner else "its own"
        if "default_factory" in given:
            return "none"
        if "default" not in given:
            return "must be given"
        value = given["default"]
    text = ast.unparse(value)
    if isinstance(value, ast.Constant) and isinstance(value.value, float):
        text = f"{value.value:g}"
    plain = {"None": "null", "True": "true", "False": "false", "()": "none"}.get(text, text)
    return f"`{plain.strip(chr(39))}`"


def _constants(tree: ast.Module) -> dict[str, str]:
    return {
        node.targets[0].id: ast.unparse(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        if isinstance(node.value, ast.Constant)
    }


def _cell(words: str) -> str:
    return words.replace("``", "`").replace("|", "\\|")
