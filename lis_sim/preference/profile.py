"""What describing a preference data set finds: plain values, as JSON holds them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from lis_sim.preference.agreement import Ratio


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of what it says something. Shares are of the whole log's.

    ``users_reachable`` is how many users as many events, taken at random from the log, would be
    of: who has few events of everybody does not have few users.
    """

    items: float  # share of the items that have a vector at the log's end
    impressions: float  # share of the events whose item has one
    users: int  # with evidence
    users_of_log: int
    users_reachable: float


@dataclass(frozen=True, slots=True)
class Support:
    """How many engagements an item's vector rests on.

    ``weight`` is the mean over impressions of ``n / (n + 5)``, how far an item's
    ``n`` engagements speak for themselves; ``weight_of_log`` the same for all labels.
    """

    events: int
    engagements: int
    rate: float
    per_item: tuple[float, float, float]  # engagements: lower quartile, median, upper quartile
    per_impression: tuple[float, float, float]  # the same, of the item of an impression
    weight: float
    weight_of_log: float


@dataclass(frozen=True, slots=True)
class Age:
    """When its evidence is from."""

    oldest_us: int
    newest_us: int
    median_days: float  # before the log's end
    newest_days: float  # before the log's end
    events_after: float  # share of the log's events that come after the newest evidence


@dataclass(frozen=True, slots=True)
class Concentration:
    """The share of the 1 % busiest, beside theirs in the whole log."""

    items: float  # of its engagements
    items_of_log: float  # of the log's engagements
    users: float  # of its events
    users_of_log: float  # of the log's events


@dataclass(frozen=True, slots=True)
class Popularity:
    """Rank correlations (Spearman) over its items; None where either is the same for all."""

    impressions: float | None  # of its engagements with how often the log shows the item
    label_rate: float | None  # of its engagement rate with the log's


@dataclass(frozen=True, slots=True)
class Agreement:
    """Split-half agreement, by user: of the items' rates, and of taste beyond them.

    None where every event is an engagement. ``rates_kept`` and ``taste_kept`` are what users share
    here as a share of what they share in the label of the same events, in the scale of rates
    that is kindest to the data set; None where the label shows nothing clear. Taste is that of
    the 1,024 users with most events. ``with_label`` is the correlation of engagement and label
    of the same events, users' and items' means taken out; None where one is the other.
    """

    rates: float | None = None
    rates_of_label: float | None = None
    taste: float | None = None
    taste_of_label: float | None = None
    rates_clear: bool | None = None  # are they beyond what chance brings?
    taste_clear: bool | None = None
    rates_kept: Ratio | None = None
    taste_kept: Ratio | None = None
    with_label: Ratio | None = None


@dataclass(frozen=True, slots=True)
class Overlap:
    """How far another data set of the config holds the same engagements (user, item)."""

    other: str
    shared: float  # share of this one's that the other has
    jaccard: float  # of all that either has


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that is wrong, or ``none``.

    It is named when ``lost``, the share of what the log could give that is not there, is above
    ``threshold``; ``value`` beside ``reference`` is the evidence, told in ``because``.
    """

    name: str
    lost: float
    threshold: float
    value: float
    reference: float
    because: str


@dataclass(frozen=True, slots=True)
class PreferenceProfile:
    """A preference data set, described. ``causes`` are ranked, the first one is the answer."""

    name: str
    kind: str
    behaviour: str
    coverage: Coverage
    support: Support
    age: Age | None
    concentration: Concentration
    popularity: Popularity
    agreement: Agreement
    overlaps: tuple[Overlap, ...]
    causes: tuple[Cause, ...]
    sentence: str

    @property
    def cause(self) -> str:
        """The first of the causes by name."""
        return self.causes[0].name

    def record(self) -> dict[str, Any]:
        """Return everything as plain values for JSON."""
        return asdict(self)
