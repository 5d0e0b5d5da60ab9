"""From raw columns to typed ones: SQL expressions and the values they accept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from lis_sim.data.clock import Clock
from lis_sim.data.conversion import converted
from lis_sim.data.import_spec import Feature, ImportSpec
from lis_sim.data.label_rule import LabelRule
from lis_sim.data.raw_sql import quoted, text
from lis_sim.data.slate import Slate
from lis_sim.data.slate_rows import CLICK, ITEM, POSITION, SLATE, item_kind

EARLIEST_US = 631_152_000_000_000  # 1990-01-01
LATEST_US = 4_102_444_800_000_000  # 2100-01-01


@dataclass(frozen=True, slots=True)
class TypedColumn:
    """One column of the events: its SQL, and when that SQL is not acceptable.

    ``name`` is that in the dataset, ``raw`` that in the file.
    """

    name: str
    raw: str
    sql: str
    accepted: str
    bad: str  # SQL condition on the raw columns
    late: str = "false"  # SQL condition: a positive that is none, since it came too late


def typed_columns(
    spec: ImportSpec, types: Mapping[str, pa.DataType | None], requests_before: int = 0
) -> list[TypedColumn]:
    """Return the columns of the events of ``spec``; ``types`` are Parquet's (None: text).

    Slates without an id are numbered on from ``requests_before``.
    """
    columns = [
        id_column("user", spec.user, spec.id_type, types[spec.user]),
        _item(spec, types),
        time_column("time", spec.time, spec.clock, types[spec.time]),
        _label_of(spec),
    ]
    if spec.has_request:
        columns.append(_request(spec, types, requests_before))
    if spec.label_time is not None:
        time, label = columns[2:4]
        known = _label_time(time.sql, spec.label_time, spec.clock, types[spec.label_time])
        if spec.conversion_us is not None:
            columns[3], known = _converted(time, label, known, types[spec.label_time], spec)
        columns.append(known)
    columns += [_categorical(feature, types[feature.name]) for feature in spec.categorical]
    form = spec.log.format
    columns += [_numeric(feature, _number_text(feature.name, form)) for feature in spec.numeric]
    return columns + [
        _outcome(name, _number_text(name, form), types[name]) for name in spec.outcomes
    ]


def id_column(name: str, raw: str, id_type: str, kind: pa.DataType | None = None) -> TypedColumn:
    """Return the column of ids that are ``string`` or ``int``; ``kind`` is Parquet's type."""
    if id_type == "int":
        sql = f"TRY_CAST({quoted(raw)} AS BIGINT)"
        # TRY_CAST rounds 1.5 to 2 and reads 0x10 as 16; an id that changes when it is read is not
        # accepted.
        other = f"TRY_CAST({quoted(raw)} AS DOUBLE) IS DISTINCT FROM {sql}::DOUBLE"
        return TypedColumn(name, raw, sql, "a whole number", f"{sql} IS NULL OR {other}")
    sql = f"CAST({quoted(raw)} AS VARCHAR)"
    if kind is not None and pa.types.is_floating(kind):
        # pandas makes a missing whole number NaN, which is nobody.
        bad = f"{quoted(raw)} IS NULL OR NOT isfinite({quoted(raw)})"
        return TypedColumn(name, raw, sql, "an id, not a number that is missing", bad)
    return TypedColumn(name, raw, sql, "an id", f"{quoted(raw)} IS NULL")


def _item(spec: ImportSpec, types: Mapping[str, pa.DataType | None]) -> TypedColumn:
    if spec.slate is None:
        return id_column("item", spec.item, spec.id_type, types[spec.item])
    column = id_column("item", ITEM, spec.id_type, item_kind(spec.slate, types))
    accepted = column.accepted
    if spec.slate.mark is not None:
        accepted += f" before each {spec.slate.mark + '1'!r} and {spec.slate.mark + '0'!r}"
    # A request without items has a row, and no item.
    return replace(
        column, raw=spec.item, accepted=accepted, bad=f"{POSITION} IS NOT NULL AND ({column.bad})"
    )


def _label_of(spec: ImportSpec) -> TypedColumn:
    if spec.slate is not None:
        return _click(spec.slate)
    if not spec.label:
        return TypedColumn("label", spec.item, "CAST(1 AS FLOAT)", "", "false")
    return _label(spec.rule, _number_text(spec.rule.column, spec.log.format))


def _click(slate: Slate) -> TypedColumn:
    accepted = "items that were shown in the same row, or nothing"
    if slate.mark is not None:
        accepted = f"items that end with {slate.mark + '1'!r} (clicked) or {slate.mark + '0'!r}"
    sql = f"CAST({CLICK} AS FLOAT)"
    return TypedColumn("label", slate.label, sql, accepted, f"{CLICK} IS NULL")


def _request(spec: ImportSpec, types: Mapping[str, pa.DataType | None], before: int) -> TypedColumn:
    if spec.request is None:
        return TypedColumn("request", SLATE, f"({SLATE} + {before})", "", "false")
    kind = types[spec.request]
    whole = kind is not None and pa.types.is_integer(kind)
    return id_column("request", spec.request, "int" if whole else "string", kind)


def time_column(name: str, raw: str, clock: Clock, kind: pa.DataType | None) -> TypedColumn:
    """Return the column of times in microseconds UTC; ``kind`` is Parquet's type (None: text)."""
    unit = "" if clock.pattern is not None else f" (time_unit is {clock.unit!r})"
    accepted = f"{clock.accepted}, between 1990 and 2100{unit}"
    sql = clock.sql(raw, kind)
    bad = f"({sql}) IS NULL OR ({sql}) NOT BETWEEN {EARLIEST_US} AND {LATEST_US}"
    return TypedColumn(name, raw, sql, accepted, bad)


def _number_text(name: str, form: str) -> str:
    """Return SQL for what is read as a number: in objects ``true`` is 1, as in Parquet."""
    if form != "jsonl":
        return quoted(name)
    return f"CASE {quoted(name)} WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE {quoted(name)} END"


def _label(rule: LabelRule, raw: str) -> TypedColumn:
    number = f"TRY_CAST({raw} AS DOUBLE)"
    if rule.operator is None:
        bad = f"{number} IS NULL OR {number} NOT IN (0, 1)"
        return TypedColumn("label", rule.column, f"CAST({number} AS FLOAT)", "0 or 1", bad)
    operator = {"==": "=", "!=": "<>"}.get(rule.operator, rule.operator)
    sql = f"CAST({number} {operator} {rule.value!r}::DOUBLE AS FLOAT)"
    bad = f"{number} IS NULL OR NOT isfinite({number})"
    return TypedColumn("label", rule.column, sql, "a finite number", bad)


def _label_time(event_sql: str, raw: str, clock: Clock, kind: pa.DataType | None) -> TypedColumn:
    column = time_column("label_time", raw, clock, kind)
    bad = f"({column.bad}) OR ({column.sql}) < ({event_sql})"
    accepted = f"{column.accepted}, not before the event's time"
    return TypedColumn(column.name, raw, column.sql, accepted, bad)


def _converted(
    time: TypedColumn,
    label: TypedColumn,
    known: TypedColumn,
    kind: pa.DataType | None,
    spec: ImportSpec,
) -> tuple[TypedColumn, TypedColumn]:
    """Return label and label time as the conversion window leaves them."""
    assert spec.conversion_us is not None
    none = f"{quoted(known.raw)} IS NULL"
    if kind is not None and pa.types.is_floating(kind):
        none += f" OR isnan({quoted(known.raw)})"  # pandas' missing number
    found = converted(
        label.sql, f"CASE WHEN {none} THEN NULL ELSE {known.sql} END", time.sql, spec.conversion_us
    )
    bad = f"CASE WHEN {none} THEN ({label.sql}) = 1 ELSE {known.bad} END"
    accepted = f"{known.accepted}; nothing where the label is 0"
    return (
        replace(label, sql=found.label, late=found.late),
        replace(known, sql=found.label_time, bad=bad, accepted=accepted),
    )


def _categorical(feature: Feature, kind: pa.DataType | None) -> TypedColumn:
    raw = quoted(feature.name)
    accepted = "a value in every row, or `missing:` declared for the column"
    if kind is not None and pa.types.is_floating(kind):
        raw = f"CASE WHEN isnan({raw}) THEN NULL ELSE {raw} END"  # pandas' missing number
    if kind is not None and pa.types.is_temporal(kind):
        raw = f"CAST({raw} AS VARCHAR)"  # Python knows no year 10,000
    if feature.missing is None:
        return TypedColumn(feature.name, feature.name, raw, accepted, f"({raw}) IS NULL")
    sql = f"COALESCE(CAST({raw} AS VARCHAR), {text(feature.missing)})"
    return TypedColumn(feature.name, feature.name, sql, accepted, "false")


def _numeric(feature: Feature, raw: str) -> TypedColumn:
    number = f"TRY_CAST({raw} AS FLOAT)"
    broken = f"{number} IS NULL OR NOT isfinite({number})"
    if feature.missing is None:
        accepted = "a finite number in every row, or `missing:` declared for the column"
        return TypedColumn(feature.name, feature.name, number, accepted, broken)
    missing = f"{float(feature.missing)!r}::FLOAT"
    # pandas writes a missing number as NaN.
    sql = f"CASE WHEN {number} IS NULL OR isnan({number}) THEN {missing} ELSE {number} END"
    bad = f"{raw} IS NOT NULL AND {number} IS NULL OR isinf({number})"
    return TypedColumn(feature.name, feature.name, sql, "a finite number, or nothing", bad)


def weight_column(name: str, raw: str) -> TypedColumn:
    """Return the column of a finite number, float64."""
    number = f"TRY_CAST({quoted(raw)} AS DOUBLE)"
    bad = f"{number} IS NULL OR NOT isfinite({number})"
    return TypedColumn(name, raw, number, "a finite number", bad)


def _outcome(name: str, raw: str, kind: pa.DataType | None) -> TypedColumn:
    if kind is not None:
        return TypedColumn(name, name, quoted(name), "anything", "false")
    number = f"TRY_CAST({raw} AS DOUBLE)"
    bad = f"{raw} IS NOT NULL AND {number} IS NULL"
    return TypedColumn(name, name, number, "a number, or nothing", bad)


def first_bad_sql(columns: Sequence[TypedColumn], row: str) -> str:
    """Return SQL expressions giving the first bad row of every column, or NULL."""
    return ", ".join(
        f"min({row}) FILTER (WHERE {column.bad}) AS bad_{at}" for at, column in enumerate(columns)
    )
