"""The site of docs/ is built without a warning, loads nothing from elsewhere, and is complete."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

import lis_sim
from lis_sim.cli import app
from lis_sim.config import RunConfig
from tests.slow.docs_pages import PAGES, ROOT, name_of

pytest.importorskip("mkdocs", reason="what builds the site is not installed: make docs does it")
pytestmark = pytest.mark.slow
_LOADED = re.compile(r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"?(https?:)?//|url\(https?:")
_STYLES = re.compile(r"<link\b[^>]*\brel=\"?(?:stylesheet|preconnect|preload)[^>]*https?://")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site, built anew."""
    out = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)],
        check=False,
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return out


def words(path: Path) -> str:
    """Return what a person reads on a page."""
    text = path.read_text(encoding="utf-8")
    return html.unescape(re.sub(r"<[^>]+>", "", text[text.index("<article") :]))


def test_every_page_of_the_repository_is_there(site: Path) -> None:
    beside = {
        "README.md": "index",
        "benchmarks/README.md": "benchmarks",
        "deploy/README.md": "deploy",
    }
    for page in PAGES:
        name = name_of(page)
        place = beside.get(name, name.removeprefix("docs/").removesuffix(".md"))
        place = place.lower() if page.parent == ROOT else place
        assert (site / f"{place}.html").is_file(), name


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not _LOADED.search(text), page
        assert not _STYLES.search(text), page


def test_the_reference_has_all_settings_commands_and_names(site: Path) -> None:
    settings = words(site / "reference" / "settings.html")
    for field in RunConfig.model_fields:
        assert re.search(rf"\b{field}\b", settings), field
    assert "<!--" not in (site / "reference" / "settings.html").read_text().split("<article")[1]
    commands = words(site / "reference" / "commands.html")
    for name in getattr(get_command(app), "commands", {}):
        assert f"lis-sim {name}" in commands, name
    python = words(site / "reference" / "python.html")
    for name in set(lis_sim.__all__) - {"__version__", "score_file"}:
        assert f"lis_sim.{name}" in python, name
    for method in ("window_scores", "verdicts", "records", "best", "outcomes"):
        assert f"{method}(" in python, method
    assert ":class:" not in python
    assert ">>> run.finished" in python
