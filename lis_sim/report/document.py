"""One HTML document around whatever a page shows: no scripts, nothing loaded from outside."""

from __future__ import annotations

from importlib.resources import files

from lis_sim.report.markup import Markup, element

# A browser that reads this fetches nothing and runs nothing, whatever a name or a config holds.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def document(title: str, *content: Markup | None, refresh_seconds: int | None = None) -> str:
    """Return a whole document; ``refresh_seconds`` lets an open tab load it again and again.

    >>> document("a < b").startswith("<!DOCTYPE html>")
    True
    """
    whole = element("body", element("main", *content))
    return f"<!DOCTYPE html>\n{element('html', _head(title, refresh_seconds), whole, lang='en')}\n"


def _head(title: str, refresh_seconds: int | None) -> Markup:
    refresh = None
    if refresh_seconds is not None:
        refresh = Markup(f'<meta http-equiv="refresh" content="{refresh_seconds}">')
    return element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark">'),
        refresh,
        element("title", title),
        element("style", Markup(files("lis_sim.report").joinpath("report.css").read_text())),
    )
