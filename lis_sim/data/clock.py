"""How raw times are written: numbers since 1970 or since a day of their own, ISO, or a pattern."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from lis_sim.data.raw_sql import quoted, text
from lis_sim.errors import ConfigError
from lis_sim.plain import shown

_SCALE = {"s": 1_000_000, "ms": 1_000, "us": 1}
_WORDS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds"}
_DIRECTIVES = "YymdbBHIpMSfzj%"  # which mean the same to Python and to DuckDB
_PATTERN = re.compile(rf"([^%]|%[{_DIRECTIVES}])*")


@dataclass(frozen=True, slots=True)
class Clock:
    """The form of a column of times.

    ``pattern`` is one of Python's ``strptime`` and stands instead of a unit. ``origin`` (ISO) is
    what numbers count from where that is not 1970; a time without a zone is UTC.

    >>> Clock(pattern="%m/%d/%Y %I:%M:%S %p").accepted
    "a time in the form '%m/%d/%Y %I:%M:%S %p'"
    >>> Clock("ms", origin="2024-01-01").accepted
    'milliseconds since 2024-01-01'
    """

    unit: str = "s"
    pattern: str | None = None
    origin: str | None = None

    def __post_init__(self) -> None:
        if self.pattern is not None and not (
            "%" in self.pattern and _PATTERN.fullmatch(self.pattern)
        ):
            raise ConfigError(
                f"time_format is {shown(self.pattern)}; accepted: a pattern of text and "
                f"{', '.join('%' + one for one in _DIRECTIVES)}, such as '%m/%d/%Y %H:%M:%S'"
            )
        if self.origin is not None and (self.pattern is not None or self.unit == "iso"):
            raise ConfigError(
                f"time_origin is {shown(self.origin)} where times are no numbers; accepted: with "
                "the time units s, ms and us"
            )
        _ = self.origin_us  # is it a time?

    @property
    def origin_us(self) -> int:
        """Microseconds from 1970 to what numbers count from."""
        if self.origin is None:
            return 0
        try:
            found = datetime.fromisoformat(self.origin)
            found = found if found.tzinfo else found.replace(tzinfo=UTC)
            return round(found.timestamp()) * 1_000_000
        except (ValueError, OverflowError) as error:
            raise ConfigError(
                f"time_origin is {shown(self.origin)}; accepted: an ISO date or time, such as "
                "2024-01-01"
            ) from error

    @property
    def accepted(self) -> str:
        """What a value must be."""
        if self.pattern is not None:
            return f"a time in the form {self.pattern!r}"
        if self.unit == "iso":
            return "an ISO 8601 time"
        return f"{_WORDS[self.unit]} since {self.origin or 1970}"

    def sql(self, raw: str, kind: pa.DataType | None) -> str:
        """Return SQL for the microseconds UTC of a column; ``kind``: Parquet's, None: text."""
        if self.pattern is not None:
            return f"epoch_us(try_strptime(CAST({quoted(raw)} AS VARCHAR), {text(self.pattern)}))"
        moment = kind is not None and pa.types.is_timestamp(kind)
        if moment and self.origin is not None:
            raise ConfigError(
                f"time_origin is {self.origin!r}, and column {raw!r} is of type {kind}: a time "
                "already; leave it out"
            )
        if moment or self.unit == "iso":
            # The plain TIMESTAMP ignores an offset such as +01:00; the session's time zone is UTC.
            return f"epoch_us(TRY_CAST({quoted(raw)} AS TIMESTAMPTZ))"
        scale, origin = _SCALE[self.unit], f" + {self.origin_us}" if self.origin_us else ""
        if kind is not None and pa.types.is_integer(kind):
            return f"TRY(CAST({quoted(raw)} AS BIGINT) * {scale}{origin})"
        # A double holds every microsecond of the accepted years exactly (below 2^53).
        number = f"round(TRY_CAST({quoted(raw)} AS DOUBLE) * {scale})"
        return f"TRY(CAST({number} AS BIGINT){origin})"
