"""The house has one direction: every module imports only from its left (DESIGN section 2)."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Rooms of one row are neighbours and do not import each other.
ROWS: tuple[tuple[str, ...], ...] = (
    ("types", "errors", "hashing", "arms", "plain", "user_shard"),
    ("data",),
    ("preference",),
    ("envs", "policies", "scores", "alignment"),
    ("drift",),
    ("training",),
    ("monitoring", "report", "scoring"),
    ("experiments", "search"),
    ("checks",),
    ("cli",),
    ("__main__",),
)
POSITION = {room: row for row, rooms in enumerate(ROWS) for room in rooms}
FOUNDATION = set(ROWS[0])
TAKES_CONFIG_FROM = POSITION["training"]
FILES = sorted(
    path for folder in ("lis_sim", "envs", "policies") for path in (ROOT / folder).rglob("*.py")
)

FORBIDDEN = {
    "scores": {"torch", "ray", "pandas", "gymnasium", "pyarrow", "duckdb"},
    "policies": {"ray", "gymnasium", "pyarrow", "duckdb", "pandas", "io", "os", "pathlib"},
    "monitoring": {"torch", "ray"},
    "report": {"torch", "ray"},
    "scoring": {"torch", "ray", "gymnasium", "duckdb", "pandas"},
    "data": {"torch", "ray", "gymnasium"},
    "preference": {"ray", "gymnasium"},
    "envs": {"torch", "ray"},
    "alignment": {"ray", "gymnasium"},
    "drift": {"torch", "ray", "gymnasium", "pandas"},
}
# Ray calls these two; nothing else of their room imports them.
CALLED_BY_RAY = {"lis_sim.monitoring.train_callback", "lis_sim.monitoring.tune_callback"}
FUTURE = "lis_sim.data.future"


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST, path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, full dotted name) of every import, wherever in the file it stands."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*package[: len(package) - node.level + 1], *filter(None, [base])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and is_import_call(node):
            name = node.args[0] if node.args else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield node.lineno, name.value


def is_import_call(node: ast.Call) -> bool:
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in ("import_module", "__import__")


def room_of(name: str) -> str | None:
    """Return the room a dotted module name lies in; None for other people's packages."""
    first, _, rest = name.partition(".")
    if first in ("envs", "policies"):
        return first
    return rest.partition(".")[0] if first == "lis_sim" else None


def complaints(source: str, path: Path) -> list[str]:
    """Return one sentence for each import of ``source`` that goes against the direction."""
    here = room_of(module_name(path))
    if not here:
        return []  # lis_sim/__init__.py: its own test below
    found = []
    for line, name in imports(ast.parse(source), path):
        at = f"{path.relative_to(ROOT)}:{line}: `{here}` imports {name}"
        there = room_of(name)
        if name.partition(".")[0] in forbidden(path):
            found.append(f"{at}, which `{here}` must not know")
        elif there and (reason := against(here, there)):
            found.append(f"{at}: {reason}")
        if name.startswith(FUTURE) and here not in ("data", "preference"):
            found.append(f"{at}: only lis_sim.preference may read past the clock")
    return found


def forbidden(path: Path) -> set[str]:
    """Return the packages that a file must not know."""
    module = module_name(path)
    packages = FORBIDDEN.get(room_of(module) or "", set())
    return packages - {"ray"} if module in CALLED_BY_RAY else packages


def against(here: str, there: str) -> str:
    """Return why ``here`` may not import ``there``, or an empty string."""
    if here == there or there.startswith("__"):
        return ""
    if there == "config":
        allowed = here == "config" or POSITION[here] >= TAKES_CONFIG_FROM
        return "" if allowed else "config is for `training` and what is right of it"
    if here == "config":
        return "" if POSITION[there] < TAKES_CONFIG_FROM else "config imports only from its left"
    if there not in POSITION:
        return f"`{there}` has no place yet; add it to ROWS in this test"
    if here in FOUNDATION and there in FOUNDATION:
        return ""
    if POSITION[there] < POSITION[here]:
        return ""
    return "a module imports only from its left"


def test_every_module_has_a_place() -> None:
    rooms = {room_of(module_name(path)) or "" for path in FILES} - {"", "config", "__main__"}
    assert rooms <= set(POSITION), f"add {sorted(rooms - set(POSITION))} to ROWS in this test"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_import_only_from_their_left(path: Path) -> None:
    assert complaints(path.read_text(), path) == []


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("lis_sim/data/blocks.py", "from lis_sim.training import loop", "only from its left"),
        ("lis_sim/data/blocks.py", "from lis_sim import config", "config is for"),
        (
            "lis_sim/training/loop.py",
            "from lis_sim.data.future import FutureDoor",
            "past the clock",
        ),
        ("lis_sim/training/loop.py", "from ..data import future", "past the clock"),
        ("lis_sim/training/loop.py", "import lis_sim.report.html", "only from its left"),
        ("lis_sim/scores/auc.py", "def f():\n    import torch", "must not know"),
        ("lis_sim/drift/watch.py", "import lis_sim.training.plan", "only from its left"),
        ("lis_sim/drift/watch.py", "from lis_sim import config", "config is for"),
        ("lis_sim/drift/detectors.py", "import ray", "must not know"),
        ("policies/deepfm.py", "import envs", "only from its left"),
        ("policies/deepfm.py", "import_module('ray.train')", "must not know"),
        ("lis_sim/monitoring/exporter.py", "from lis_sim.report import table", "from its left"),
        ("lis_sim/cli/run.py", "import lis_sim.helpers", "no place yet"),
    ],
)
def test_the_test_sees_what_it_should(path: str, source: str, expected: str) -> None:
    (found,) = complaints(source, ROOT / path)
    assert expected in found


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("lis_sim/preference/builder.py", "from lis_sim.data.future import FutureDoor"),
        ("lis_sim/training/loop.py", "from lis_sim.config import Config\nimport envs, torch"),
        (
            "lis_sim/cli/run.py",
            "from lis_sim import __version__\nfrom ..report import write_report",
        ),
        ("policies/deepfm.py", "import torch\nfrom .base import Recommender"),
    ],
)
def test_right_directions_pass(path: str, source: str) -> None:
    assert complaints(source, ROOT / path) == []


def test_nothing_hands_on_what_ray_calls() -> None:
    for path in FILES:
        names = [name for _, name in imports(ast.parse(path.read_text()), path)]
        assert not [n for n in names if n.startswith(tuple(CALLED_BY_RAY))], path


def test_data_does_not_hand_the_future_on() -> None:
    """Re-exporting the door from lis_sim.data would hide who walks through it."""
    for path in FILES:
        if room_of(module_name(path)) == "data" and path.name != "future.py":
            names = [name for _, name in imports(ast.parse(path.read_text()), path)]
            assert not [name for name in names if name.startswith(FUTURE)], path


def test_policies_open_no_files() -> None:
    for path in sorted((ROOT / "policies").rglob("*.py")):
        calls = [
            node.lineno
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "open"
        ]
        assert not calls, f"{path.name} opens a file at line {calls}"


def test_importing_lis_sim_loads_nothing_heavy() -> None:
    code = "import lis_sim, sys; print(*sorted(m.partition('.')[0] for m in sys.modules))"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    heavy = {"numpy", "torch", "ray", "pyarrow", "pydantic", "gymnasium", "rich", "typer"}
    assert heavy & set(answer.stdout.split()) == set()
