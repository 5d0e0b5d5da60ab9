"""How raw files map to the data contract: files, columns, roles, label rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from lis_sim.data.clock import Clock
from lis_sim.data.formats import FORMATS, TEXT_FORMATS
from lis_sim.data.label_rule import LabelRule
from lis_sim.data.names import check_plain
from lis_sim.data.negatives import Negatives
from lis_sim.data.slate import Slate
from lis_sim.errors import ConfigError, nearest
from lis_sim.plain import shown
from lis_sim.plain.duration import duration_us

ENCODINGS = ("utf-8", "latin-1")
TIME_UNITS = ("s", "ms", "us", "iso")
ID_TYPES = ("string", "int")
UNKNOWN_ITEMS = ("error", "drop")
RESERVED = ("user", "item", "time", "label", "label_time", "request")


@dataclass(frozen=True, slots=True)
class RawTable:
    """Raw files of one shape, read one after another.

    A file may be compressed by gzip or zstd; a folder stands for the files in it, by their names.
    ``separator`` defaults to that of the format; ``columns`` names them when there is no header.
    In ``jsonl`` every line is one object, whose keys are the columns.
    """

    files: tuple[str, ...]
    format: str = "csv"
    separator: str | None = None
    header: bool = True
    columns: tuple[str, ...] = ()
    encoding: str = "utf-8"

    def __post_init__(self) -> None:
        if not self.files:
            raise ConfigError("files is empty; accepted: at least one file")
        accept("format", self.format, FORMATS)
        accept("encoding", self.encoding, ENCODINGS if self.is_text else ENCODINGS[:1])
        if self.is_text and not self.header and not self.columns:
            raise ConfigError(
                "header is false and columns is empty; name the columns in file order"
            )
        if len({name.lower() for name in self.columns}) != len(self.columns):
            raise ConfigError(
                f"columns names one twice (case does not count): {', '.join(self.columns)}"
            )
        self._check_delimiter()

    def _check_delimiter(self) -> None:
        odd = any(one in '\n\r\0"' for one in self.delimiter) or len(self.delimiter.encode()) > 4
        if self.is_text and (not self.delimiter or odd):
            raise ConfigError(
                f"separator is {shown(self.separator)}; accepted: one to four bytes that end no "
                "line and are no quote, such as ',' or '::'"
            )

    @property
    def is_text(self) -> bool:
        """Whether rows are lines of fields: neither objects nor Parquet."""
        return self.format in TEXT_FORMATS

    @property
    def delimiter(self) -> str:
        return FORMATS[self.format] if self.separator is None else self.separator


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature column; ``missing`` is the value of rows without one (None: an error)."""

    name: str
    missing: str | float | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """A column ``name`` made of several ``columns`` of the log, for ids that no column holds.

    Its values are JSON lists of text, such as ``["a","7"]``; where one is missing there is none.
    """

    name: str
    columns: tuple[str, ...]

    def __post_init__(self) -> None:
        check_plain(self.name, "the name of a joined column", ConfigError)
        if len(self.columns) < 2:
            raise ConfigError(
                f"joined: {self.name} is made of {len(self.columns)} columns; accepted: a list of "
                "at least two"
            )


@dataclass(frozen=True, slots=True)
class ItemsSource:
    """A file with one row per item whose columns are joined to the events at import.

    ``unknown`` says what happens to an event whose item is not in the file: ``error``, or
    ``drop`` (counted).
    """

    table: RawTable
    item: str
    categorical: tuple[Feature, ...] = ()
    ignored: tuple[str, ...] = ()
    unknown: str = "error"

    def __post_init__(self) -> None:
        accept("items.unknown", self.unknown, UNKNOWN_ITEMS)


@dataclass(frozen=True, slots=True)
class RepresentationSource:
    """A Parquet file of item vectors. ``trained_until`` is an ISO time; None: unknown.

    An ``optional`` file that is absent is reported as a blemish instead of an error.
    """

    name: str
    file: str
    item: str = "item_id"
    vector: str = "vector"
    trained_until: str | None = None
    unknown_items: str = "error"
    optional: bool = False

    def __post_init__(self) -> None:
        accept("representations.unknown_items", self.unknown_items, UNKNOWN_ITEMS)
        check_plain(self.name, "the name of a representation", ConfigError)


@dataclass(frozen=True, slots=True)
class ImportSpec:
    """Everything :func:`lis_sim.data.importing.import_log` must be told.

    Every column of the log has exactly one role: user, item, time, label, ``label_time``,
    ``categorical`` or ``numeric`` feature (known before the event), ``outcomes`` (known after
    it, never an input of a ranker) or ``ignored``. The column of a label *rule* may be an
    outcome as well. ``request`` is the id of the request that an event was shown in. With a
    ``slate`` every row is a whole request, and ``item`` and ``label`` are the columns of its lists.
    A label that is 1 later than ``conversion_window`` after its event (such as ``7d``) is 0, and
    known at the window's end, as is one without a ``label_time`` (:mod:`.conversion`).
    ``joined`` columns are made of others, which keep roles of their own. An ignored name may end
    in ``*`` for all others that begin so. A log whose rows are all positives needs ``negatives``,
    and then its ``label`` may be empty.

    >>> spec = ImportSpec(
    ...     "mine", RawTable(("log.csv",)), user="u", item="i", time="t", label="rating >= 4"
    ... )
    >>> spec.rule.column
    'rating'
    """

    name: str
    log: RawTable
    user: str
    item: str
    time: str
    label: str
    time_unit: str = "s"
    time_format: str | None = None
    time_origin: str | None = None
    joined: tuple[Joined, ...] = ()
    id_type: str = "string"
    label_time: str | None = None
    conversion_window: str | None = None
    request: str | None = None
    slate: Slate | None = None
    negatives: Negatives | None = None
    categorical: tuple[Feature, ...] = ()
    numeric: tuple[Feature, ...] = ()
    outcomes: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    drop_duplicates: bool = False
    items: ItemsSource | None = None
    representations: tuple[RepresentationSource, ...] = ()
    homepage: str | None = None
    folder: Path = field(default_factory=Path)  # what relative file names are relative to

    def __post_init__(self) -> None:
        accept("time unit", self.time_unit, TIME_UNITS)
        accept("id_type", self.id_type, ID_TYPES)
        check_plain(self.name, "name", ConfigError)
        if self.label or self.negatives is None:
            LabelRule.parse(self.label)
        _ = self.clock, self.conversion_us  # are their settings such?
        self._check_slate()
        self._check_roles()
        self._check_names()

    @property
    def has_request(self) -> bool:
        """Whether events say which request they belong to; of a slate without an id, its number."""
        return self.request is not None or self.slate is not None

    @property
    def conversion_us(self) -> int | None:
        """How long after its event a positive counts, in microseconds; None: for ever."""
        if self.conversion_window is None:
            return None
        if self.label_time is None:
            raise ConfigError(
                f"conversion_window is {shown(self.conversion_window)} without label_time; "
                "accepted: both, label_time being the column that says when the event converted"
            )
        return duration_us(self.conversion_window, "conversion_window")

    @property
    def clock(self) -> Clock:
        return Clock(self.time_unit, self.time_format, self.time_origin)

    @property
    def rule(self) -> LabelRule:
        return LabelRule.parse(self.label)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the categorical columns of the dataset: the log's, then the items file's."""
        joined = self.items.categorical if self.items is not None else ()
        return tuple(f.name for f in (*self.categorical, *joined))

    def at(self, folder: Path | str) -> ImportSpec:
        """Return this spec for files that lie in ``folder``."""
        return replace(self, folder=Path(folder))

    def path(self, file: str) -> Path:
        """Return where ``file`` lies."""
        return self.folder / file

    def roles(self) -> list[tuple[str, str]]:
        """Return (role, column) of every declared column of the log."""
        pairs = [("user", self.user), ("time", self.time)]
        pairs += [("label_time", self.label_time)] if self.label_time else []
        pairs += [("categorical", f.name) for f in self.categorical]
        pairs += [("numeric", f.name) for f in self.numeric]
        pairs += [("outcomes", name) for name in self.outcomes]
        pairs += [("ignored", name) for name in self.ignored]
        pairs += [("request", self.request)] if self.request else []
        if self.slate is not None:
            pairs += [("clicked", self.slate.clicked)] if self.slate.clicked else []
            return [*pairs, ("shown", self.slate.shown)]
        pairs += [("item", self.item)]
        if not self.label:
            return pairs
        label_is_outcome = self.rule.operator is not None and self.rule.column in self.outcomes
        return pairs if label_is_outcome else [*pairs, ("label", self.rule.column)]

    def _check_roles(self) -> None:
        role_of: dict[str, str] = {}
        for role, column in self.roles():
            if column in role_of:
                raise ConfigError(
                    f"column {column!r} is declared as {role_of[column]} and as {role}; "
                    "accepted: one role per column"
                )
            role_of[column] = role

    def _check_slate(self) -> None:
        if self.slate is not None and self.negatives is not None:
            raise ConfigError(
                "negatives are given beside a slate, which says what was shown and not clicked; "
                "accepted: one of the two"
            )
        if self.slate is not None and (self.item, self.label) != (
            self.slate.shown,
            self.slate.label,
        ):
            raise ConfigError(
                f"item is {shown(self.item)} and label {shown(self.label)} beside a slate; its "
                "columns say what was shown and clicked. Leave them out"
            )

    def _check_names(self) -> None:
        names = [*self.feature_names, *(f.name for f in self.numeric), *self.outcomes]
        for name in self.feature_names:
            check_plain(name, "the name of a categorical column", ConfigError)
        of_representations = [source.name for source in self.representations]
        for name in of_representations:
            if of_representations.count(name) > 1:
                raise ConfigError(f"two representations are called {name!r}; accepted: one of each")
        for name in names:
            if name in RESERVED:
                raise ConfigError(
                    f"a feature or outcome is called {name!r}, which the dataset uses itself "
                    f"({', '.join(RESERVED)}); rename the column in the raw file"
                )
            if names.count(name) > 1:
                raise ConfigError(f"two columns would be called {name!r}; rename one of them")


def accept(setting: str, value: str, accepted: Iterable[str]) -> None:
    """Raise :class:`ConfigError` unless ``value`` is one of ``accepted``."""
    words = list(accepted)
    if value not in words:
        raise ConfigError(
            f"{setting} is {shown(value)}{nearest(str(value)[:100], words)}; "
            f"accepted: {', '.join(words)}"
        )
