"""One HTML document around whatever a page shows: no scripts, nothing loaded from outside.

Every text is escaped where it becomes markup; what escaping leaves, signs that turn the text around
them about, hide it or are not HTML at all, is replaced here, for the page as a whole.
"""

from __future__ import annotations

from importlib.resources import files

from lis_sim.report.markup import Markup, element

# A browser that reads this fetches nothing and runs nothing, whatever a name or a config holds.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_CONTROLS = {*range(0x20), *range(0x7F, 0xA0)} - {ord("\n"), ord("\t")}
_BIDIRECTIONAL = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_HIDDEN = {0x200B, 0x2028, 0x2029, 0x2060, 0xFEFF, 0xFFFE, 0xFFFF, *range(0xE0000, 0xE0080)}
_SURROGATES = range(0xD800, 0xE000)  # a file's name may hold them, UTF-8 none
_REPLACED = dict.fromkeys({*_CONTROLS, *_BIDIRECTIONAL, *_HIDDEN, *_SURROGATES}, "\ufffd")


def document(title: str, *content: Markup | None, refresh_seconds: int | None = None) -> str:
    """Return a whole document; ``refresh_seconds`` lets an open tab load it again and again.

    >>> document("a < b").startswith("<!DOCTYPE html>")
    True
    """
    whole = element("body", element("main", *content))
    page = f"<!DOCTYPE html>\n{element('html', _head(title, refresh_seconds), whole, lang='en')}\n"
    return page.translate(_REPLACED)


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
