"""Where on a page a section stands: the ids and the level of headings of one run."""

from __future__ import annotations

from typing import NamedTuple

from lis_sim.report.markup import Markup, element


class Place(NamedTuple):
    """``prefix`` begins every id of a run; its sections have headings of ``level``."""

    prefix: str = ""
    level: int = 2

    def section(self, name: str, title: str, *content: Markup | None) -> Markup:
        """Return a section that a link to :meth:`anchor` finds.

        >>> print(Place("r1-", 3).section("drift", "Drift"))
        <section id="r1-drift" aria-labelledby="r1-drift-title"><h3 id="r1-drift-title">Drift</h3>\
</section>
        """
        anchor = self.anchor(name)
        heading = element(f"h{self.level}", title, id=f"{anchor}-title")
        return element("section", heading, *content, id=anchor, aria_labelledby=f"{anchor}-title")

    def anchor(self, name: str) -> str:
        """Return the id of the section called ``name``."""
        return f"{self.prefix}{name}"

    def heading(self, title: str) -> Markup:
        """Return a heading within a section."""
        return element(f"h{self.level + 1}", title)


def card(*content: Markup | None, kind: str = "") -> Markup:
    """Return a framed part of a page."""
    return element("div", *content, class_=f"card {kind}".rstrip())


def scrolled(label: str, *content: Markup | None) -> Markup:
    """Return what may be wider than a screen; the keyboard reaches and scrolls it."""
    return element("div", *content, class_="scroll", tabindex="0", role="region", aria_label=label)


def chart_card(svg: Markup, title: str, caption: str | None) -> Markup:
    """Return a chart in a card, its title above and its caption below."""
    return card(
        element(
            "figure",
            element("div", title, class_="chart-title"),
            scrolled(title, svg),
            None if caption is None else element("figcaption", caption),
        )
    )
