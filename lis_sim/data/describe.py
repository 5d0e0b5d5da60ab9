"""Describe a dataset: counts, label rate per day, cold starts, blemishes, leaking features."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from lis_sim.data.dataset import Dataset
from lis_sim.data.raw_log import connect
from lis_sim.data.raw_sql import literal, quoted, text
from lis_sim.data.readable import readable

LEAK_AUC = 0.95
DAY_US = 86_400_000_000
# Of DuckDB; what an outcome of text, times or lists says of the labels is not scored.
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_NUMBERS = {*_WHOLE, *(f"U{one}" for one in _WHOLE), "FLOAT", "DOUBLE", "DECIMAL", "BOOLEAN"}
_COLD_EVENTS = 10
# A hash, not every other row: logs written in a fixed rhythm would defeat that.
_SCORED_HALF = "(hash(file_row_number) % 2 = 1)"


@dataclass(frozen=True, slots=True)
class DayRate:
    """One UTC day of the log."""

    day: str  # ISO date
    events: int
    label_rate: float


@dataclass(frozen=True, slots=True)
class ColumnAuc:
    """How well one column alone orders the labels.

    A number is its own score; direction does not count, the AUC is that of the better of the
    column and its negative. A categorical value is scored by its label rate in one half
    of the rows, and the AUC taken over the other half, so that a column of rare values is not
    flattered by its own labels.
    """

    column: str
    role: str  # categorical, numeric or outcome
    auc: float
    leak: bool


@dataclass(frozen=True, slots=True)
class Description:
    """What ``lis-sim data describe`` says. Shares are of all events."""

    name: str
    fingerprint: str
    rows: int
    users: int
    items: int
    items_with_events: int
    start_us: int
    end_us: int
    label_rate: float
    label_rate_per_day: tuple[DayRate, ...]
    first_events_of_users: float  # share of events that are their user's first
    cold_item_events: float  # share of events whose item had fewer than 10 events before
    repeated_pairs: int  # events whose user met the same item at the same time before
    rows_in: int
    dropped: dict[str, int]
    blemishes: tuple[str, ...]
    negatives: str | None
    representations: tuple[str, ...]
    columns: tuple[ColumnAuc, ...]

    @property
    def leaks(self) -> tuple[ColumnAuc, ...]:
        """Declared features (not outcomes) that order the labels suspiciously well."""
        return tuple(c for c in self.columns if c.leak and c.role != "outcome")


def describe(dataset: Dataset | Path | str, memory_limit: str = "1GB") -> Description:
    """Return the :class:`Description` of a dataset, computed out of core by DuckDB.

    >>> import tempfile
    >>> from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     spec = SyntheticSpec(events=2000, users=50, items=40)
    ...     found = describe(write_synthetic(spec, Path(folder) / "world"))
    >>> found.rows, found.leaks
    (2000, ())
    """
    log = dataset if isinstance(dataset, Dataset) else Dataset.open(dataset)
    record = log.record
    with _events(log, memory_limit) as connection:
        counts = _counts(connection, record.rows)
        days = _days(connection)
        columns = tuple(_columns(connection, log))
    return Description(
        name=log.name,
        fingerprint=log.fingerprint,
        rows=log.rows,
        users=record.users,
        items=record.items,
        items_with_events=int(counts[0]),
        start_us=log.start_us,
        end_us=log.end_us,
        label_rate=log.label_rate,
        label_rate_per_day=days,
        first_events_of_users=counts[1] / log.rows,
        cold_item_events=counts[2] / log.rows,
        repeated_pairs=int(counts[3]),
        rows_in=record.rows_in,
        dropped=dict(record.dropped),
        blemishes=record.blemishes,
        negatives=record.negatives,
        representations=log.representations(),
        columns=columns,
    )


@contextmanager
def _events(log: Dataset, memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    _check(log)
    paths = [log.path / "events" / part.name for part in log.record.files]
    files = ", ".join(text(literal(path)) for path in paths)
    with (
        readable(str(log.path)),
        TemporaryDirectory(prefix="lis-sim-describe-") as temporary,
        connect(memory_limit, Path(temporary)) as connection,
    ):
        connection.execute(
            'CREATE VIEW events AS SELECT * REPLACE (CAST("time" AS BIGINT) AS "time", CAST(label '
            f"AS FLOAT) AS label) FROM read_parquet([{files}], file_row_number = true, "
            "hive_partitioning = false)"
        )
        yield connection


def _check(log: Dataset) -> None:
    """Decode every row once: what breaks the data contract is told, not described."""
    log.groups(log.record.outcomes)
    for _ in log.blocks():
        pass


def _counts(connection: duckdb.DuckDBPyConnection, rows: int) -> tuple[float, ...]:
    """Return items with events, first events of users, cold events, repeated pairs."""
    # Every item contributes its first _COLD_EVENTS events, whatever their order.
    query = f"""
        SELECT
            (SELECT count(DISTINCT item) FROM events),
            (SELECT count(DISTINCT "user") FROM events),
            (SELECT sum(least(n, {_COLD_EVENTS}))
             FROM (SELECT count(*) AS n FROM events GROUP BY item)),
            {rows} - (SELECT count(*) FROM (SELECT DISTINCT "user", item, "time" FROM events))
    """
    return tuple(float(value) for value in connection.execute(query).fetchall()[0])


def _days(connection: duckdb.DuckDBPyConnection) -> tuple[DayRate, ...]:
    query = (
        f"SELECT strftime(make_timestamp((\"time\" // {DAY_US}) * {DAY_US}), '%Y-%m-%d') AS day, "
        "count(*), avg(label) FROM events GROUP BY 1 ORDER BY 1"
    )
    return tuple(DayRate(*row) for row in connection.execute(query).fetchall())


def _columns(connection: duckdb.DuckDBPyConnection, log: Dataset) -> Iterator[ColumnAuc]:
    schema = log.schema
    for column in schema.categorical:
        # Nothing else of the log is in sight: it may have columns called `rate` or `v`.
        rows = (
            f"(SELECT {quoted(column.name)} AS v, label, {_SCORED_HALF} AS scored FROM events) "
            "AS of_log"
        )
        rates = f"SELECT v, avg(label) AS rate FROM {rows} WHERE NOT scored GROUP BY v"
        scored = (
            "SELECT coalesce(rate, (SELECT avg(label) FROM events)) AS value, "
            f"count(*) AS n, sum(label) AS p FROM {rows} LEFT JOIN ({rates}) AS of_rest "
            "ON of_log.v = of_rest.v WHERE scored GROUP BY 1"
        )
        yield _column(connection, column.name, "categorical", scored)
    numbers = _numeric_outcomes(connection, log.record.outcomes)
    roles = [(name, "numeric") for name in schema.numeric]
    roles += [(name, "outcome") for name in numbers]
    for name, role in roles:
        column_sql = f"CAST({quoted(name)} AS DOUBLE)"
        values = (
            f"SELECT {column_sql} AS value, count(*) AS n, sum(label) AS p FROM events "
            f"WHERE {column_sql} IS NOT NULL GROUP BY 1"
        )
        yield _column(connection, name, role, values)


def _column(connection: duckdb.DuckDBPyConnection, name: str, role: str, groups: str) -> ColumnAuc:
    """Return the AUC, ties at one half, from the counts of every distinct value."""
    query = f"""
        WITH groups AS (SELECT value, sum(n - p) AS q, sum(p) AS p FROM ({groups}) GROUP BY value),
        ranked AS (SELECT p, q, sum(q) OVER (ORDER BY value) - q AS below FROM groups)
        SELECT sum(p * (below + q / 2.0)) / nullif(sum(p) * sum(q), 0) FROM ranked
    """
    value = connection.execute(query).fetchall()[0][0]
    auc = 0.5 if value is None else max(float(value), 1.0 - float(value))
    return ColumnAuc(name, role, auc, auc > LEAK_AUC)


def _numeric_outcomes(connection: duckdb.DuckDBPyConnection, outcomes: Sequence[str]) -> list[str]:
    types = dict(
        connection.execute("SELECT column_name, column_type FROM (DESCRIBE events)").fetchall()
    )
    return [name for name in outcomes if types[name].partition("(")[0] in _NUMBERS]
