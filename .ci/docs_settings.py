"""Tables of settings from the source of the classes that hold them: names, defaults, limits, words.

The source is read, not imported: what stands beside a field as a comment is what the table says.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_KINDS = {"Whole": "whole number", "Number": "number", "int": "whole number", "float": "number"}
_KINDS |= {"str": "text", "bool": "true, false", "None": "null", "Any": "anything"}
_LIMITS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}


def settings(path: Path, name: str, more: str = "") -> str:
    """Return the Markdown table of the fields of class ``name`` in the file ``path``.

    ``more`` has a line ``field: words`` for each field that the source says nothing of.
    """
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    (found,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    lines = text.splitlines()
    said = dict(line.split(": ", 1) for line in more.strip().splitlines())
    said |= _documented(ast.get_docstring(found) or "")
    constants = _constants(tree)
    rows = ["| setting | accepted | default | what it is |", "|---|---|---|---|"]
    for node in found.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            field = node.target.id
            words = said.get(field) or _comment(node, lines)
            if not words:
                raise ValueError(
                    f"{path.name}, {name}.{field}: no comment, and no words on the page"
                )
            kind, default = _kind(node, constants), _default(node.value, constants)
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


def _kind(node: ast.AnnAssign, constants: dict[str, ast.expr]) -> str:
    limits = [
        f"{_LIMITS[one.arg]} {_number(one.value, constants)}"
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


def _default(value: ast.expr | None, constants: dict[str, ast.expr]) -> str:
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
    if isinstance(value, ast.Tuple):
        return ", ".join(f"`{ast.literal_eval(one)}`" for one in value.elts) or "none"
    text = _number(value, constants)
    return f"`{ {'None': 'null', 'True': 'true', 'False': 'false'}.get(text, text) }`"


def _number(value: ast.expr, constants: dict[str, ast.expr]) -> str:
    """Return a number, text or constant as a person writes it."""
    value = constants.get(ast.unparse(value), value)
    try:
        found = ast.literal_eval(value)
    except ValueError:
        return ast.unparse(value)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return str(found)
    return f"{found:,}" if isinstance(found, int) else f"{found:g}"


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """Return the constants of a module, those that it imports from this project too."""
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lis_sim."):
            path = ROOT / (node.module or "").replace(".", "/")
            if path.with_suffix(".py").is_file():
                other = _constants(ast.parse(path.with_suffix(".py").read_text(encoding="utf-8")))
                names = {alias.name for alias in node.names}
                found |= {name: value for name, value in other.items() if name in names}
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node.value
    return {name: value for name, value in found.items() if name.isupper()}


def _cell(words: str) -> str:
    plain = re.sub(r"\bNone\b", "null", words).replace("``", "`").rstrip(":")
    return plain.replace("|", "\\|")
