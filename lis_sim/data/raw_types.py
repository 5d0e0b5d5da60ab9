"""Which types a Parquet column may have for its role: nothing is turned into text by accident."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
from pyarrow import types

from lis_sim.errors import DataError

_WORDS = {
    "id": "text, whole numbers, truth values, bytes or UUIDs",
    "time": "numbers, text or timestamps (dates with time_unit iso)",
    "number": "numbers, truth values or text",
}
_KIND_OF_ROLE = {
    **dict.fromkeys(("user", "item", "item_a", "item_b", "categorical", "request"), "id"),
    **dict.fromkeys(("time", "label_time"), "time"),
    **dict.fromkeys(("label", "numeric", "weight"), "number"),
}


def check_types(
    where: str,
    roles: Iterable[tuple[str, str]],
    kinds: Mapping[str, pa.DataType | None],
    time_unit: str,
) -> None:
    """Raise :class:`DataError` for a column whose type does not suit its role; None is text.

    Outcomes and ignored columns may be anything.

    >>> check_types("log.parquet", [("user", "u")], {"u": pa.list_(pa.int64())}, "s")
    Traceback (most recent call last):
    lis_sim.errors.DataError: log.parquet, column 'u' (declared as user) is of type list<item: int64>; \
accepted: text, whole numbers, truth values, bytes or UUIDs
    """  # noqa: E501
    for role, column in roles:
        wanted, kind = _KIND_OF_ROLE.get(role), kinds.get(column)
        if wanted is None or kind is None or _suits(wanted, value_type(kind), time_unit):
            continue
        raise DataError(
            f"{where}, column {column!r} (declared as {role}) is of type {kind}; accepted: "
            f"{_WORDS[wanted]}"
        )


def check_same(
    where: str, other: str, kinds: Mapping[str, pa.DataType], others: Mapping[str, pa.DataType]
) -> None:
    """Raise :class:`DataError` for a column of file ``other`` whose type is not that in ``where``.

    Rows of several files are read as one, and 1.5 as a whole number would be 2.
    """
    for name, kind in kinds.items():
        if family(kind) != family(others[name]):
            raise DataError(
                f"{other}, column {name!r} is of type {others[name]}; accepted: {kind}, as in "
                f"{where}"
            )


def value_type(kind: pa.DataType) -> pa.DataType:
    """Return the type of the values of ``kind``, which may be a dictionary of them."""
    return kind.value_type if isinstance(kind, pa.DictionaryType) else kind


def is_text(kind: pa.DataType) -> bool:
    """Return whether ``kind`` is UTF-8 text."""
    return types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)


def list_of(kind: pa.DataType | None) -> pa.DataType | None:
    """Return the type of the values of ``kind``, lists; None: it is no lists, or text.

    >>> list_of(pa.list_(pa.int64())), list_of(pa.string())
    (DataType(int64), None)
    """
    if isinstance(kind, pa.ListType | pa.LargeListType | pa.FixedSizeListType):
        values: pa.DataType = kind.value_type
        return values
    return None


def is_bytes(kind: pa.DataType) -> bool:
    """Return whether ``kind`` is bytes: text as old versions of Spark and Impala write it."""
    return (
        types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_binary_view(kind)
        or types.is_fixed_size_binary(kind)
    )


def is_uuid(kind: pa.DataType) -> bool:
    """Return whether ``kind`` is Arrow's UUID."""
    return isinstance(kind, pa.BaseExtensionType) and kind.extension_name == "arrow.uuid"


def _suits(wanted: str, kind: pa.DataType, time_unit: str) -> bool:
    if types.is_null(kind) or is_text(kind):
        return True
    if wanted == "id":
        # Numbers with a point are left to the import, which knows whether ids are whole.
        return (
            _is_number(kind)
            or types.is_boolean(kind)
            or types.is_temporal(kind)
            or is_bytes(kind)
            or is_uuid(kind)
        )
    if wanted == "time":
        moment = types.is_timestamp(kind) or (types.is_date(kind) and time_unit == "iso")
        return moment or _is_number(kind)
    return _is_number(kind) or types.is_boolean(kind)


def _is_number(kind: pa.DataType) -> bool:
    return types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)


def family(kind: pa.DataType) -> str:
    """Return what types that may stand side by side have in common.

    >>> family(pa.int8()) == family(pa.int64()), family(pa.list_(pa.string()))
    (True, 'list of text')
    """
    if (values := list_of(kind)) is not None:
        return f"list of {family(values)}"
    inner = value_type(kind)
    if types.is_integer(inner):
        return "whole"
    return "text" if is_text(inner) else str(inner)
