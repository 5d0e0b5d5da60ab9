"""What the source never does: execute what a file says, start commands, write formulas."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCES = sorted(
    path for folder in ("lis_sim", "envs", "policies") for path in (ROOT / folder).rglob("*.py")
)
# Modules whose readers execute what they read, or that start commands.
MODULES = {
    *("pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"),
    *("subprocess", "pty", "popen2", "commands", "ctypes", "cffi", "code", "codeop", "runpy"),
    *("jsonpickle", "zipfile", "tarfile", "shutil.unpack_archive", "xml", "telnetlib", "smtplib"),
}
CALLS = {"eval", "exec", "compile", "__import__", "breakpoint", "input"}
# By what a dotted name ends in. Safe loaders of YAML: safe_load, subclasses of SafeLoader.
ENDS = (
    *("os.system", "os.popen", "os.execv", "os.execvp", "os.spawnv", "os.posix_spawn", "os.fork"),
    *("yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.full_load", "yaml.Loader"),
    *("yaml.UnsafeLoader", "yaml.FullLoader", "yaml.dump", "torch.load", "torch.save"),
    *("torch.jit.load", "torch.hub.load", "shutil.unpack_archive", "pd.read_pickle", "to_pickle"),
    # Ray would unpickle what it finds in a folder.
    *("Tuner.restore", "Tuner.can_restore", "Trainer.restore", "TorchTrainer.restore"),
    *("ExperimentAnalysis", "get_pickled_error", "pickled_error_file"),
    *("logging.config.listen", "create_subprocess_shell", "create_subprocess_exec"),
)
# No result is written in a form that spreadsheets take formulas from.
TABLES = ("to_csv", "csv.writer", "csv.DictWriter", "write_csv", "to_excel", "savetxt", "CSVWriter")
UNWRITTEN = "import_module of a name that is not written there"
# (file, what): why it may.
ALLOWED = {
    # The packages of a Ray on another machine are found by the names in this very file.
    ("lis_sim/training/cluster/session.py", "__import__"),
    # Public names, imported when they are asked for, from the table in this very file.
    ("lis_sim/__init__.py", UNWRITTEN),
    # Words of an error: what sorts a file. Nothing executes them.
    ("lis_sim/scoring/scan.py", "COPY"),
}
# The only file that imports what a config names: rankers and builders of a user's own.
OWN_CODE = {"lis_sim/plain/own_code.py"}


def dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` of a chain of names; what is not one becomes ``?``."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def loads(call: ast.Call) -> str | None:
    """Return what is wrong with a call of np.load or of a function with ``shell``."""
    keywords = {one.arg: one.value for one in call.keywords}
    if dotted(call.func) in ("np.load", "numpy.load"):
        allowed = keywords.get("allow_pickle")
        if not (isinstance(allowed, ast.Constant) and allowed.value is False):
            return "np.load without allow_pickle=False"
    if "shell" in keywords:
        return "shell="
    return None


def complaints(source: str, path: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        for name in imported(node):
            if name.split(".")[0] in MODULES or name in MODULES or "cloudpickle" in name:
                yield name
        if isinstance(node, ast.Attribute | ast.Name):
            name = dotted(node)
            yield from (end for end in (*ENDS, *TABLES) if f".{name}".endswith(f".{end}"))
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in CALLS:
                yield node.func.id
            if (found := loads(node)) is not None:
                yield found
            called = dotted(node.func).rpartition(".")[2]
            written = bool(node.args) and isinstance(node.args[0], ast.Constant)
            if called == "import_module" and path not in OWN_CODE and not written:
                yield UNWRITTEN
        if isinstance(node, ast.Constant) and str(node.value).lstrip().startswith("COPY "):
            yield "COPY"  # DuckDB's way to write a file


def test_no_source_executes_what_it_reads() -> None:
    found = set()
    for path in SOURCES:
        name = path.relative_to(ROOT).as_posix()
        found |= {(name, one) for one in complaints(path.read_text(), name)}
    assert found - ALLOWED == set()


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from ray import cloudpickle",
        "import ray.cloudpickle as c",
        "from subprocess import run",
        "def f():\n    import marshal",
        "eval('1')",
        "exec(x)",
        "import yaml\nyaml.load(text)",
        "import yaml\nyaml.load(text, Loader=yaml.UnsafeLoader)",
        "import torch\ntorch.load(path)",
        "import os\nos.system('ls')",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "run('ls', shell=True)",
        "import_module(config.kind)",
        "table.to_csv(path)",
        "import csv\ncsv.writer(file)",
        "connection.execute('COPY t TO x')",
        "import tarfile",
    ],
)
def test_the_test_sees_what_it_should(source: str) -> None:
    assert list(complaints(source, "lis_sim/x.py"))


@pytest.mark.parametrize(
    "source",
    [
        "import yaml\nyaml.safe_load(text)",
        "np.load(path, mmap_mode='c', allow_pickle=False)",
        "import csv\ncsv.reader([line])",
        "model.eval()",
        "re.compile('x')",
        "import_module('lis_sim.x')",
    ],
)
def test_what_is_safe_passes(source: str) -> None:
    assert list(complaints(source, "lis_sim/x.py")) == []


def test_one_setting_names_code() -> None:
    """`preferences[].kind`: SECURITY.md says that such a config is to be trusted like code."""
    users = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if "import_module(" in path.read_text() and path.name != "__init__.py"
    }
    assert users == OWN_CODE
