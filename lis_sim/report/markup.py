"""HTML elements as nested calls; every text is escaped unless it is markup already."""

from __future__ import annotations

from html import escape


class Markup(str):
    """Text that is HTML already and must not be escaped again."""

    __slots__ = ()


def element(tag: str, *content: str | None, **attributes: str | None) -> Markup:
    """Return one element; ``None`` contents and attributes are left out.

    An attribute's trailing underscore is dropped and inner ones become hyphens, so ``class_`` and
    ``aria_label`` can be written.

    >>> print(element("p", "a < b ", element("b", "now"), class_="note"))
    <p class="note">a &lt; b <b>now</b></p>
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{written}>{join(*content)}</{tag}>")


def join(*content: str | None) -> Markup:
    """Return contents one after the other, escaping those that are plain text.

    >>> print(join("1 > 0", Markup("<br>"), None))
    1 &gt; 0<br>
    """
    return Markup("".join(_safe(part) for part in content if part is not None))


def _safe(part: str) -> str:
    return part if isinstance(part, Markup) else escape(part)
