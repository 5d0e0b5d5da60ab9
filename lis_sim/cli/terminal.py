"""The console of every command: what a name holds is shown, and does nothing to the terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import IO, Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.status import Status
from rich.text import Text

_REPLACED = "\N{REPLACEMENT CHARACTER}"
_KEPT = "\n\t"
# Cc: escape sequences begin with one of them; Cf: they turn text around or hide it; Zl, Zp: they
# break a line where a terminal shows none.
_CATEGORIES = frozenset(("Cc", "Cf", "Zl", "Zp", "Cs"))


def harmless(text: str) -> str:
    r"""Return ``text`` without what a terminal would obey: a sign in the place of each.

    >>> print(harmless("clicks \x1b[31mred\x1b[0m"))
    clicks �[31mred�[0m
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        _REPLACED if one not in _KEPT and unicodedata.category(one) in _CATEGORIES else one
        for one in text
    )


class Terminal(Console):
    """A console that takes no markup and lets no escape sequence of a name through.

    A log, a config or another one's run folder names columns, items and arms: ``[red]`` and
    ``[/x]`` in a name are that name, and no styles. Styled text is made of
    :class:`rich.text.Text`, or printed with ``markup=True`` and names put through
    :func:`rich.markup.escape`.
    """

    def __init__(self, *, stderr: bool = False, file: IO[str] | None = None, **more: Any) -> None:
        super().__init__(stderr=stderr, file=file, markup=False, emoji=False, **more)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Yield what is shown of ``renderable``, harmless; Rich's own controls stay."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=harmless(segment.text))

    def status(self, status: RenderableType, **more: Any) -> Status:
        """Show ``status`` and a spinner while a block runs; a text is taken as it is."""
        return super().status(Text(status) if isinstance(status, str) else status, **more)
