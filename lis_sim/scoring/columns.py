"""Which column of a file of scores is what: by its name, or by what the settings say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from lis_sim.arms import KINDS, REPRESENTATION_KINDS, Arm, default_arms
from lis_sim.data.parquet_file import listed
from lis_sim.data.raw_types import is_bytes, is_text, value_type
from lis_sim.errors import ConfigError, DataError, nearest
from lis_sim.scores.metrics_plan import NO_METRICS, MetricsPlan
from lis_sim.scoring.settings import ColumnNames, named_arm

CLEAN = "clean"
REQUIRED = ("user", "time", "label")
OPTIONAL = ("item", "slice", "replicate", "fold", "request")
_OUTCOME = "outcome:"  # before the name of its column: a role


@dataclass(frozen=True, slots=True)
class ScoreColumns:
    """The columns of a file: by role (``user``, ``time``, ...) and by arm, ``clean`` first."""

    roles: Mapping[str, str]
    arms: Mapping[str, str]

    @property
    def representations(self) -> tuple[str, ...]:
        """Names that have an aligned arm."""
        parsed = (Arm.parse(name) for name in self.arms)
        return tuple(arm.source for arm in parsed if arm.kind == "aligned" and arm.source)

    @property
    def preferences(self) -> tuple[str, ...]:
        """Names of all other arms, in the order of their columns."""
        sources = (Arm.parse(name).source for name in self.arms)
        others = (name for name in sources if name and name not in self.representations)
        return tuple(dict.fromkeys(others))


def outcome_role(column: str) -> str:
    """Return the role of the outcome in ``column``."""
    return f"{_OUTCOME}{column}"


def is_outcome(role: str) -> bool:
    """Return whether ``role`` is that of an outcome."""
    return role.startswith(_OUTCOME)


def find_columns(
    schema: pa.Schema, names: ColumnNames, path: Path, metrics: MetricsPlan = NO_METRICS
) -> ScoreColumns:
    """Return what each column of ``schema`` is; a column that is nothing is refused.

    ``metrics``: what is measured beside the AUC, whose columns must be there.

    Raises:
        DataError: the file lacks a column, has one of the wrong type, or one nobody knows.
        ConfigError: two roles name one column, or the arms do not go together.
    """
    roles = _roles(schema, names, path) | _outcomes(schema, metrics, path)
    if metrics.requests and "request" not in roles:
        raise DataError(
            f"{path} has no column {names.request or 'request'!r}, and ndcg and mrr are of "
            f"requests; it has: {listed(schema.names)}; name it with --request COLUMN"
        )
    arms = _arms(schema, names, path, set(roles.values()))
    found = ScoreColumns(roles, arms)
    _check_used_once(found, names.ignored, path)
    _check_known(schema, found, names.ignored, path)
    _check_together(found, path)
    for role, column in (*roles.items(), *arms.items()):
        _check_type(schema, role, column, path)
    return found


def _roles(schema: pa.Schema, names: ColumnNames, path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for role in (*REQUIRED, *OPTIONAL):
        asked: str | None = getattr(names, role)
        column = asked or role
        if asked is None and column in names.ignored:
            continue
        if column in schema.names:
            found[role] = column
        elif asked is not None:
            raise DataError(
                f"{path} has no column {column!r}{nearest(column, schema.names)}; it has: "
                f"{listed(schema.names)}; name the {role}'s with --{role} COLUMN"
            )
    return found


def _outcomes(schema: pa.Schema, metrics: MetricsPlan, path: Path) -> dict[str, str]:
    for column in metrics.columns:
        if column not in schema.names:
            raise DataError(
                f"{path} has no column {column!r}{nearest(column, schema.names)}, whose outcome is "
                f"to be measured; it has: {listed(schema.names)}"
            )
    return {outcome_role(column): column for column in metrics.columns}


def _arms(schema: pa.Schema, names: ColumnNames, path: Path, taken: set[str]) -> dict[str, str]:
    """Return the column of every arm, in the order in which a run has them."""
    found = dict(names.arms)
    for arm, column in found.items():
        if column not in schema.names:
            raise DataError(
                f"{path} has no column {column!r}{nearest(column, schema.names)}, which is to be "
                f"the arm {arm!r}; it has: {listed(schema.names)}"
            )
    free = (c for c in schema.names if c not in {*taken, *names.ignored, *found.values()})
    for column in free:
        if _is_arm(column):
            found.setdefault(column, column)
    if CLEAN not in found:
        raise DataError(
            f"{path} has no column {CLEAN!r}: every score is a difference from what the ranker "
            f"does without a representation; it has: {listed(schema.names)}; name that column "
            f"with --arm {CLEAN}=COLUMN"
        )
    unordered = ScoreColumns({}, found)
    ordered = default_arms(unordered.preferences, unordered.representations)
    return {name: found.pop(name) for name in map(str, ordered) if name in found} | found


def _is_arm(column: str) -> bool:
    try:
        named_arm(column)
    except ConfigError:
        return False
    return True


def _check_used_once(found: ScoreColumns, ignored: tuple[str, ...], path: Path) -> None:
    used = [*found.roles.items(), *found.arms.items(), *(("ignored", one) for one in ignored)]
    first: dict[str, str] = {}
    for what, column in used:
        if column in first:
            raise ConfigError(
                f"{path}: column {column!r} is to be both {first[column]!r} and {what!r}; "
                "accepted: one role for a column; leave one of the two options out"
            )
        first[column] = what


def _check_known(
    schema: pa.Schema, found: ScoreColumns, ignored: tuple[str, ...], path: Path
) -> None:
    known = {*found.roles.values(), *found.arms.values(), *ignored}
    for column in schema.names:
        if column not in known:
            kind = column.partition(":")[0]
            words = (*REQUIRED, *OPTIONAL, *KINDS)
            raise DataError(
                f"{path}: column {column!r} is neither {', '.join((*REQUIRED, *OPTIONAL))} nor an "
                f"arm{nearest(kind, words)}; accepted arms: clean, or one of "
                f"{', '.join(KINDS[1:])} followed by ':NAME' (letters, digits, '_', '-', '.'); say "
                f"what it is, as with --arm {KINDS[1]}:NAME={column}, or leave it out with "
                f"--ignored {column}"
            )


def _check_together(found: ScoreColumns, path: Path) -> None:
    for name in found.representations:
        kinds = [Arm.parse(arm).kind for arm in found.arms if Arm.parse(arm).source == name]
        others = [kind for kind in kinds if kind not in REPRESENTATION_KINDS]
        if others:
            raise ConfigError(
                f"{path} has the arms aligned:{name} and {others[0]}:{name}; accepted: different "
                "names for preference data and representations, because both have an arm "
                f"placebo:NAME; rename one, as with --arm aligned:OTHER=aligned:{name}"
            )


def _check_type(schema: pa.Schema, role: str, column: str, path: Path) -> None:
    kind = value_type(schema.field(column).type)
    words, suits = _OUTCOME_TYPE if is_outcome(role) else _TYPES.get(role, _SCORE)
    if not suits(kind):
        raise DataError(
            f"{path}, column {column!r} ({role}) is of type {schema.field(column).type}; accepted: "
            f"{words}; cast it where the file is written"
        )


def _is_id(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or is_text(kind) or is_bytes(kind)


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind)


def _is_time(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_timestamp(kind)


def _is_label(kind: pa.DataType) -> bool:
    return _is_number(kind) or pa.types.is_boolean(kind)


def _is_slice(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or is_text(kind) or pa.types.is_boolean(kind)


_Suits = Callable[[pa.DataType], bool]
_ID = ("whole numbers, text or bytes", _is_id)
_WHOLE = ("whole numbers", pa.types.is_integer)
_SCORE: tuple[str, _Suits] = ("numbers", _is_number)
_OUTCOME_TYPE: tuple[str, _Suits] = ("numbers or truth values", _is_label)
_TYPES: Mapping[str, tuple[str, _Suits]] = {
    "user": _ID,
    "item": _ID,
    "time": ("timestamps, or whole numbers (--time-unit)", _is_time),
    "label": ("0 and 1, or truth values", _is_label),
    "slice": ("text, whole numbers or truth values", _is_slice),
    "replicate": _WHOLE,
    "fold": _WHOLE,
    "request": _ID,
}
