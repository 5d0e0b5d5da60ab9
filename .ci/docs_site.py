"""What MkDocs is told beside mkdocs.yml: pages from outside docs/, links to files, made tables.

README.md and its neighbours are pages of the site as they stand, so that nothing is said twice. A
link to any other file of the repository leads to a copy of it, as text. Links that lead nowhere
stay as they are, and fail the build.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from docs_commands import commands
from docs_settings import settings
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
# File of the repository -> page of the site.
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "benchmarks/README.md": "benchmarks.md",
    "deploy/README.md": "deploy.md",
}
COPIES = "source"  # the folder of the site with files that are linked to
_FENCED = re.compile(r"(^ *```.*?^ *```$)", flags=re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(\[[^\]]*\])\(([^)\s]+)\)")
_SETTINGS = re.compile(r"<!-- settings: (\S+) (\w+)\s(.*?)-->", flags=re.DOTALL)
_COMMANDS = "<!-- commands -->"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from outside docs/, and copies of the files that any page links to."""
    written = {f"docs/{file.src_uri}": _text(f"docs/{file.src_uri}") for file in _pages(files)}
    written |= {name: _text(name) for name in PAGES}
    for name, page in PAGES.items():
        files.append(File.generated(config, page, content=_with_site_links(written[name], name)))
    for target in sorted({one for name, text in written.items() for one in _copied(text, name)}):
        copy = File.generated(config, _copy(target), abs_src_path=str(ROOT / target))
        files.append(copy)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links of docs/ that lead out of it, and put made tables in."""
    if page.file.generated_by is None:
        markdown = _with_site_links(markdown, f"docs/{page.file.src_uri}")
    markdown = _SETTINGS.sub(_settings, markdown)
    return markdown.replace(_COMMANDS, commands()) if _COMMANDS in markdown else markdown


def _settings(found: re.Match[str]) -> str:
    try:
        return settings(ROOT / found[1], found[2], found[3])
    except ValueError as error:
        raise PluginError(f"docs/reference/settings.md: {error}") from error


def _with_site_links(text: str, name: str) -> str:
    """Return ``text`` of the repository's file ``name`` with its links as the site has them."""
    here = _page(name)

    def turned(found: re.Match[str]) -> str:
        words, link = found[1], found[2]
        target, mark, anchor = link.partition("#")
        there = _target(target, name)
        if there is None:
            return found[0]
        if (ROOT / there).is_dir():
            return words[1:-1]
        place = posixpath.relpath(_page(there), posixpath.dirname(here) or ".")
        return f"{words}({place}{mark}{anchor})"

    parts = _FENCED.split(text)
    return "".join(one if one.startswith("```") else _LINK.sub(turned, one) for one in parts)


def _copied(text: str, name: str) -> Iterator[str]:
    """Yield the files outside docs/ that ``text`` links to and that are no pages."""
    for found in _LINK.finditer(_FENCED.sub("", text)):
        there = _target(found[2].partition("#")[0], name)
        outside = there and not there.startswith("docs/") and there not in PAGES
        if there and outside and (ROOT / there).is_file():
            yield there


def _target(link: str, name: str) -> str | None:
    """Return the file of the repository that a link of ``name`` leads to; None for others."""
    if not link or "://" in link or link.startswith(("/", "mailto:")):
        return None
    there = posixpath.normpath(posixpath.join(posixpath.dirname(name), link))
    return there if not there.startswith("..") and (ROOT / there).exists() else None


def _page(name: str) -> str:
    """Return where the site has a file of the repository."""
    if name in PAGES:
        return PAGES[name]
    return name.removeprefix("docs/") if name.startswith("docs/") else _copy(name)


def _copy(name: str) -> str:
    return f"{COPIES}/{name}.txt"  # browsers show text, and offer other files for download


def _pages(files: Files) -> Iterator[File]:
    return (file for file in files if file.is_documentation_page() and file.generated_by is None)


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")
