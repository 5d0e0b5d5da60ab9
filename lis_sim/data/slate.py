"""Slates: rows that hold a whole request, the items shown and which of them were clicked."""

from __future__ import annotations

from dataclasses import dataclass

from lis_sim.errors import ConfigError
from lis_sim.plain import shown as told

_LONGEST = 4  # characters of a separator or a mark


@dataclass(frozen=True, slots=True)
class Slate:
    """The columns of a request's lists; every shown item becomes one event, in their order.

    ``shown`` and ``clicked`` are lists (Parquet, JSONL) or text with ``separator`` between the
    items; what is clicked was shown, and no list means that nothing was. Instead of ``clicked``
    every item may end with ``mark`` and its label: with "-", ``N1-0 N2-1`` are two items of which
    the second was clicked.

    >>> Slate("impressions", mark="-").label
    'impressions'
    """

    shown: str
    clicked: str | None = None
    mark: str | None = None
    separator: str = " "

    def __post_init__(self) -> None:
        if (self.clicked is None) == (self.mark is None):
            raise ConfigError(
                f"slate has clicked {told(self.clicked)} and mark {told(self.mark)}; accepted: one "
                "of the two: the column of the clicked items, or what stands before the 0 or 1 "
                "that ends every shown item"
            )
        if self.clicked == self.shown:
            raise ConfigError(f"slate has {told(self.shown)} as shown and as clicked; give two")
        for name, value in (("separator", self.separator), ("mark", self.mark)):
            if value is not None and not 1 <= len(value) <= _LONGEST:
                raise ConfigError(
                    f"slate: {name} is {told(value)}; accepted: one to {_LONGEST} characters"
                )

    @property
    def label(self) -> str:
        """The column that says what was clicked."""
        return self.shown if self.clicked is None else self.clicked
