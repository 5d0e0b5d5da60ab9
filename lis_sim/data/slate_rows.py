"""Slates as a DuckDB relation with a row for every shown item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from lis_sim.data.raw import ROW
from lis_sim.data.raw_sql import quoted, text
from lis_sim.data.raw_types import family, is_text, list_of
from lis_sim.data.slate import Slate
from lis_sim.errors import DataError

Kinds = Mapping[str, pa.DataType | None]  # of columns; None: text
ITEM = "__item"
CLICK = "__click"  # 1, 0, or NULL where that cannot be told
SLATE = "__slate"  # rows of all files together, counted from 1
POSITION = "__position"  # in the request, counted from 1; NULL: it showed no item


def shown_rows(slate: Slate, rows: str, names: Sequence[str], kinds: Kinds) -> str:
    """Return SQL for the shown items of ``rows`` in their order, each with ``names`` and ``__row``.

    The column of what was shown holds one item, as it stands in the file. A request without items
    keeps one row, so that its other values are checked and it is counted.
    """
    shown = _list(slate.shown, slate, kinds)
    clicked = "NULL::VARCHAR[]" if slate.clicked is None else _list(slate.clicked, slate, kinds)
    columns = ", ".join(quoted(name) for name in names)
    others = ", ".join(quoted(name) for name in names if name != slate.shown)
    lists = f"SELECT {others}, {ROW} AS {SLATE}, {shown} AS s, {clicked} AS c FROM {rows}"
    # Beside an unnest DuckDB would compare the lists anew for every item.
    checked = f"SELECT *, {_FITS} AS fits FROM ({lists})"
    items = (
        f"SELECT {others}, {SLATE}, c, fits, {_unnested('s')} AS {quoted(slate.shown)}, "
        f"{_unnested('range(1, len(s) + 1)')} AS {POSITION} FROM ({checked})"
    )
    return (
        f"(SELECT {columns}, {SLATE}, {POSITION}, {_item(slate, kinds)} AS {ITEM}, "
        f"{_click(slate)} AS {CLICK}, row_number() OVER () AS {ROW} FROM ({items}))"
    )


def check_lists(slate: Slate, where: str, kinds: Kinds) -> None:
    """Raise :class:`DataError` unless what was shown and clicked are lists of the same, or text."""
    shown = kinds[slate.shown]
    label = shown if slate.clicked is None else kinds[slate.clicked]
    alike = label is None if shown is None else label is not None and family(shown) == family(label)
    marked = slate.mark is None or is_text(item_kind(slate, kinds) or pa.string())
    if not (alike and marked and all(one is None or _may_be(one) for one in (shown, label))):
        raise DataError(
            f"{where}, column {slate.shown!r} is of type {shown or 'text'}, {slate.label!r} of "
            f"{label or 'text'}; accepted: two lists of ids, or two of text; with a mark, text"
        )


def item_kind(slate: Slate, kinds: Kinds) -> pa.DataType | None:
    """Return the type of one shown item; None: text."""
    return list_of(kinds[slate.shown])


def _may_be(kind: pa.DataType) -> bool:
    values = list_of(kind)
    return is_text(kind) or (values is not None and not pa.types.is_nested(values))


def _list(name: str, slate: Slate, kinds: Kinds) -> str:
    if list_of(kinds[name]) is not None:
        return quoted(name)
    return f"string_split({quoted(name)}, {text(slate.separator)})"


# A click on what was not shown, or on nothing, says that the lists are not understood.
_FITS = "c IS NULL OR (list_has_all(coalesce(s, []), c) AND list_count(c) = len(c))"


def _unnested(values: str) -> str:
    return f"unnest(CASE WHEN len(s) > 0 THEN {values} ELSE [NULL] END)"


def _item(slate: Slate, kinds: Kinds) -> str:
    item = quoted(slate.shown)
    if slate.mark is not None:
        return f"nullif(left({item}, {-len(slate.mark) - 1}), '')"
    # Two separators one after another have nothing between them.
    return f"nullif({item}, '')" if is_text(item_kind(slate, kinds) or pa.string()) else item


def _click(slate: Slate) -> str:
    item = quoted(slate.shown)
    if slate.mark is None:
        clicked = f"CAST(c IS NOT NULL AND list_contains(c, {item}) AS TINYINT)"
        return f"CASE WHEN NOT fits THEN NULL WHEN {POSITION} IS NULL THEN 0 ELSE {clicked} END"
    ends = [f"right({item}, {len(slate.mark) + 1}) = {text(slate.mark + end)}" for end in "01"]
    return f"CASE WHEN {POSITION} IS NULL OR {ends[0]} THEN 0 WHEN {ends[1]} THEN 1 END"
