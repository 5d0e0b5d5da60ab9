"""Code that is not ours: where it is looked for, and what is said of what is wrong with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lis_sim.errors import ConfigError
from lis_sim.plain import own_code
from tests.unit.plugins import install

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder in which distributions are looked for."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def path_of(name: str, *built_in: str) -> str | None:
    return own_code.import_path(name, own_code.POLICIES, built_in)


def test_a_plug_in_is_found_by_its_name(folder: Path) -> None:
    install(folder, "theirs", policies={"mine": "my_package.ranker:Mine"})
    assert path_of("mine", "deepfm") == "my_package.ranker:Mine"
    assert path_of("deepfm", "deepfm") is None
    assert path_of("yours", "deepfm") is None
    assert "mine" in own_code.plugin_names(own_code.POLICIES)
    assert "mine" not in own_code.plugin_names(own_code.PREFERENCES)


def test_a_name_that_is_built_in_is_refused(folder: Path) -> None:
    install(folder, "theirs", policies={"deepfm": "my_package.ranker:Mine"})
    with pytest.raises(ConfigError, match=r"'deepfm' is built in.*theirs.*accepted: names that"):
        path_of("deepfm", "deepfm")


def test_a_name_of_two_packages_is_refused(folder: Path) -> None:
    install(folder, "theirs", policies={"mine": "one.ranker:Mine"})
    install(folder, "others", policies={"mine": "two.ranker:Mine"})
    with pytest.raises(ConfigError, match=r"write (one|two).ranker:Mine or .*ranker:Mine instead"):
        path_of("mine")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import no_such_module\n", r"broken cannot be imported \(No module named 'no_such_m"),
        ("def f(:\n", r"importing broken raised SyntaxError: invalid syntax"),
        ("x = 1\n\n1 / 0\n", r"importing broken raised ZeroDivisionError.*\(broken.py, line 3\)"),
        (
            "Rankers = 1\n",
            r"but broken has no 'Ranker'; did you mean 'Rankers'\?; accepted: a c",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_told(
    text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "broken", raising=False)
    with pytest.raises(ConfigError, match=f"^policy is broken, .*{message}"):
        own_code.imported("broken:Ranker", "policy is broken", "a class")
    sys.modules.pop("broken", None)


def test_the_current_folder_is_looked_in_last(tmp_path: Path) -> None:
    """A file there named as a module of the standard library hides nothing."""
    (tmp_path / "my_module.py").write_text("here = True\n")
    (tmp_path / "colorsys.py").write_text("raise SystemExit('hidden')\n")
    code = (
        "import os, sys\n"
        f"sys.path[:] = [{str(ROOT)!r}, *(one for one in sys.path if one)]\n"
        f"os.chdir({str(tmp_path)!r})\n"
        "from lis_sim.plain.own_code import imported\n"
        "assert imported('my_module:here', '', '') is True\n"
        "imported('colorsys:rgb_to_hsv', '', '')\n"
        "print(sys.path[-1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path)


def test_nested_names_and_files() -> None:
    found = own_code.imported("pathlib:Path.home", "", "")
    assert found == Path.home
    assert own_code.source_file(test_nested_names_and_files) == Path(__file__)
    assert own_code.source_file(len) is None
