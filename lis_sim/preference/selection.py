"""Which of the log's events a data set is made of, and what counts as engagement."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time

from lis_sim.data.dataset import Dataset
from lis_sim.data.decode import check_no_missing
from lis_sim.errors import ConfigError
from lis_sim.plain.duration import duration_us
from lis_sim.preference.behaviour import LABEL, Behaviour


@dataclass(frozen=True, slots=True)
class Selection:
    """A part of the log. The defaults take all of it, with the label as engagement.

    Whatever is selected, an arm still sees no event that its kind must not see: a selection
    only takes away.

    An outcome is taken as known when its event is. One that comes about later, such as a
    purchase days after the click, then reaches causal too early, and causal leaks by that delay:
    keep such outcomes for the leaked arms, or write what was known at the time of the event.

    Of every user only the last ``per_user`` events (of the preference data set) are remembered,
    each arm's up to its own horizon. With so few that users have more in the log, an arm that
    sees further has forgotten events that causal still knows, and bounds nothing.

    Attributes:
        behaviour: What counts as engagement: ``label``; the name of an outcome column of 0 and
            1; a rule on an outcome column, ``dwell >= 30``; or ``exposure``: every event, so
            that only who was shown what together is left.
        users_share: Share of the users, by a hash of the user and the run's seed: the same for
            every replicate, and smaller shares lie inside larger ones.
        events_share: Share of the events, by a hash of the event's row in the log.
        min_support: Only items with at least so many engagements in the evidence at hand.
        max_support: Only items with at most so many engagements in the evidence at hand, or
            in the past: what causal keeps, arms that see further keep too, however often it is
            engaged with later, or else they would bound nothing.
        level: ``item``, or a categorical column in which every item has one value: vectors are
            made for the values and every item gets that of its own.
        until: Only events before this date (ISO, UTC) or before this share of the log's time.
        max_age: Only events at most this much older than the start of the window served, such
            as ``7d``.

    Examples:
        >>> Selection(behaviour="dwell >= 30", users_share=0.1).level
        'item'
        >>> Selection(users_share=0)
        Traceback (most recent call last):
        lis_sim.errors.ConfigError: co_click.users_share is 0; accepted: a number above 0, at most 1
    """

    behaviour: str = LABEL
    users_share: float = 1.0
    events_share: float = 1.0
    min_support: int = 0
    max_support: int | None = None
    level: str = "item"
    until: str | float | date | None = None
    max_age: str | None = None

    def __post_init__(self) -> None:
        for name in ("behaviour", "level"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name).strip():
                raise ConfigError(f"co_click.{name} is {getattr(self, name)!r}; accepted: text")
        Behaviour.parse(self.behaviour)
        for name in ("users_share", "events_share"):
            _check_share(name, getattr(self, name))
        _check_support("min_support", self.min_support)
        if self.max_support is not None:
            _check_support("max_support", self.max_support)
            if self.max_support < self.min_support:
                raise ConfigError(
                    f"co_click.max_support is {self.max_support}, below min_support "
                    f"{self.min_support}; accepted: at least min_support"
                )
        self.until_us(0, 1)
        _ = self.max_age_us

    @property
    def taken(self) -> Behaviour:
        """What counts as engagement, parsed."""
        return Behaviour.parse(self.behaviour)

    @property
    def max_age_us(self) -> int | None:
        """``max_age`` in microseconds."""
        if self.max_age is None:
            return None
        return duration_us(str(self.max_age), "co_click.max_age")

    def until_us(self, start_us: int, end_us: int) -> int | None:
        """Return ``until`` as a time, for a log from ``start_us`` to ``end_us`` (inclusive).

        >>> Selection(until=0.5).until_us(100, 299), Selection().until_us(0, 9)
        (200, None)
        >>> Selection(until="1970-01-02").until_us(0, 9) == 86_400 * 10**6
        True
        """
        if self.until is None:
            return None
        if isinstance(self.until, int | float):
            _check_share("until", self.until, "an ISO date such as 2024-01-31, or ")
            return start_us + round(float(self.until) * (end_us + 1 - start_us))
        return _date_us(self.until)


SETTINGS = tuple(field.name for field in fields(Selection))


def _date_us(value: object) -> int:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
        if isinstance(at, date) and not isinstance(at, datetime):
            at = datetime.combine(at, time())  # YAML reads 2024-01-31 as a date
        if isinstance(at, datetime):
            at = at.replace(tzinfo=at.tzinfo or UTC)
            return round(at.timestamp() * 10**6)
    except ValueError:
        pass
    raise ConfigError(
        f"co_click.until is {value!r}; accepted: an ISO date such as 2024-01-31, or a share of "
        "the log's time above 0, at most 1"
    )


def _check_share(name: str, value: object, also: str = "") -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 < float(str(value)) <= 1:
        raise ConfigError(
            f"co_click.{name} is {value!r}; accepted: {also}a number above 0, at most 1"
        )


def _check_support(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ConfigError(f"co_click.{name} is {value!r}; accepted: a whole number, 0 or more")


def check_selection(name: str, selection: Selection, dataset: Dataset) -> None:
    """Raise an error where the log lacks what data set ``name`` selects: an outcome, or any event.

    :class:`DataError` for an outcome column that is missing or has missing values,
    :class:`ConfigError` for ``until`` before the log.
    """
    column = selection.taken.column
    if column is not None:
        dataset.check_outcomes([column])
        check_no_missing(dataset.groups([column]), column)
    until_us = selection.until_us(dataset.start_us, dataset.end_us)
    if until_us is not None and until_us <= dataset.start_us:
        raise ConfigError(
            f"preference '{name}': until is {selection.until!r}, and no event is before it; "
            "accepted: a date after the log's first event, or a larger share of its time"
        )
