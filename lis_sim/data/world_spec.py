"""The knobs of a synthetic world. ``docs/worlds.md`` tells what each does and where from."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from lis_sim.errors import ConfigError, nearest
from lis_sim.plain import shown

CHUNK_EVENTS = 262_144  # drawn at a time, in an equal share of the log's time
DAY_S = 86_400
SESSION_GAP_S = 650  # mean time between two events of a session
ROOM = 8  # of a chunk's time, in sessions of mean length, so that hardly any is cut short
FIXED_SIGNALS = ("popularity", "category_taste")
_NUMBERED = re.compile(r"corrupt_(0|[1-9]\d?|100)|noise(_[1-9]\d*)?")
_AT_LEAST_ONE = ("events", "users", "items", "days", "factors", "categories", "positions")
_AT_MOST = {  # beyond it there is a typing error, or no machine for it
    "events": 10**11,
    "users": 10**9,
    "items": 10**9,
    "days": 36_500,
    "factors": 4_096,
    "categories": 10**6,
    "positions": 10_000,
    **dict.fromkeys(("content_dimensions", "image_dimensions", "text_dimensions"), 65_536),
}
_RANGES = {  # of the knobs that are not whole numbers: least and most
    "activity_tail": (0.1, 1e6),
    "session_events": (1.0, 1e6),
    "popularity": (0.0, 10.0),
    "exposure_skill": (0.0, 1.0),
    "recency": (0.0, 1e6),
    "new_days": (0.0, 1e5),
    "taste": (0.0, 100.0),
    "drift": (0.0, 100.0),
    "quality": (0.0, 100.0),
    "context": (0.0, 100.0),
    "position": (0.0, 100.0),
    "mood": (0.0, 100.0),
    "bias": (-100.0, 100.0),
    "conversion_bias": (-100.0, 100.0),
    "dwell_match": (0.0, 0.6),
    "content_noise": (0.0, 1e6),
    "image_noise": (0.0, 1e6),
    "text_noise": (0.0, 1e6),
    "modality_overlap": (0.0, 1.0),
    "content_nuisance": (0.0, 1e6),
}


@dataclass(frozen=True, slots=True)
class SyntheticSpec:
    """How large the world is and what matters in it.

    The catalogue (items, their factors, births and vectors, the effects of the context)
    depends on ``seed`` alone; users and all events depend on ``population_seed`` too.

    >>> SyntheticSpec(events=0)
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: synthetic.events is 0; accepted: 1 or more
    """

    events: int = 200_000
    users: int = 5_000
    items: int = 2_000
    seed: int = 0
    population_seed: int | None = None  # None: that of the catalogue
    days: int = 28
    # Who comes, and when
    activity_tail: float = 1.5  # Pareto exponent; large: all users alike
    session_events: float = 1.2  # mean events of a session
    # What is shown
    born_before: float = 0.3  # share of items live at the start; the rest appear over the log
    popularity: float = 1.0  # standard deviation of the logarithm of an item's exposure
    exposure_skill: float = 0.2  # share of exposures that follow the user's taste
    recency: float = 0.3  # new items are shown 1 + recency times as often
    new_days: float = 7.0  # how long an item counts as new
    # What makes a label: standard deviations of the parts of its logit
    factors: int = 8  # dimensions of taste
    categories: int = 20  # item categories, a coarse view of the factors
    taste: float = 1.0
    drift: float = 0.01  # a taste's correlation with itself d days later is exp(-drift d)
    quality: float = 0.6
    context: float = 0.2
    positions: int = 10
    position: float = 0.2  # fall of the logit when the logarithm of the position rises by 1
    mood: float = 0.5  # shared by the labels of a session
    bias: float = -0.4
    # What else a user does
    conversion_bias: float = -4.7
    dwell_match: float = 0.3  # part of the match in the logarithm of the dwell
    # What is known of an item's content
    content_dimensions: int = 32
    content_noise: float = 0.5  # standard deviation of the noise on one factor
    image_dimensions: int = 48
    image_noise: float = 0.7
    text_dimensions: int = 24
    text_noise: float = 0.5
    content_nuisance: float = 0.0  # standard deviation of all of content that has no part in taste
    modality_overlap: float = 0.3  # how much image sees of text's half of the factors, and back
    signals: tuple[str, ...] = ()  # more outcome columns: see lis_sim.data.world_outcomes

    def __post_init__(self) -> None:
        for name in _AT_LEAST_ONE:
            if getattr(self, name) < 1:
                raise ConfigError(f"synthetic.{name} is {getattr(self, name)}; accepted: 1 or more")
        for name, largest in _AT_MOST.items():
            if getattr(self, name) > largest:
                raise ConfigError(
                    f"synthetic.{name} is {getattr(self, name)}; accepted: {largest:,} at most"
                )
        if not 0 < self.born_before <= 1:
            raise ConfigError(
                f"synthetic.born_before is {self.born_before}; accepted: more than 0, at most 1"
            )
        for name, (least, most) in _RANGES.items():
            if not least <= getattr(self, name) <= most:
                raise ConfigError(
                    f"synthetic.{name} is {getattr(self, name)}; accepted: {least:g} to {most:g}"
                )
        for name in ("content_dimensions", "image_dimensions", "text_dimensions"):
            if getattr(self, name) < self.factors:
                raise ConfigError(
                    f"synthetic.{name} is {getattr(self, name)}; "
                    f"accepted: at least factors = {self.factors}"
                )
        self._check_sessions()
        self._check_signals()

    @property
    def population(self) -> int:
        """The seed from which users and events are drawn."""
        return self.seed if self.population_seed is None else self.population_seed

    def _check_sessions(self) -> None:
        """Sessions end with their chunk: long ones would pile up their events at its end."""
        chunks = -(-self.events // CHUNK_EVENTS)
        most = max(1.0, self.days * DAY_S / (chunks * ROOM * SESSION_GAP_S))
        if self.session_events > most:
            raise ConfigError(
                f"synthetic.session_events is {self.session_events:g}, which is too long for "
                f"{self.events:,} events in days = {self.days}; accepted: at most "
                f"{math.floor(100 * most) / 100:g}, or more days (a session may last 1/{ROOM} of "
                f"the time of {CHUNK_EVENTS:,} events on average, or of the log if that is shorter)"
            )

    def _check_signals(self) -> None:
        for name in self.signals:
            if name not in FIXED_SIGNALS and not _NUMBERED.fullmatch(name):
                raise ConfigError(
                    f"synthetic.signals has {shown(name)}"
                    f"{nearest(name[:100], ('noise', *FIXED_SIGNALS))}; "
                    "accepted: corrupt_0 to corrupt_100, noise, noise_1, noise_2, ..., "
                    f"{', '.join(FIXED_SIGNALS)}"
                )
            if self.signals.count(name) > 1:
                raise ConfigError(f"synthetic.signals has {name!r} twice; accepted: each once")


_ACCEPTED: dict[str, tuple[tuple[type, ...], str]] = {
    "int": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "int | None": ((int, type(None)), "a whole number or null"),
    "tuple[str, ...]": ((list, tuple), "a list of names"),
}


def parse_synthetic(given: Mapping[str, Any]) -> SyntheticSpec:
    """Return the spec with the settings ``given``, as YAML or JSON has them.

    >>> parse_synthetic({"events": 500, "signals": ["noise"]}).signals
    ('noise',)
    """
    kinds = {field.name: str(field.type) for field in fields(SyntheticSpec)}
    settings: dict[str, Any] = {}
    for key, value in given.items():
        if key not in kinds:
            raise ConfigError(
                f"data.synthetic.{key} is not a setting{nearest(key, kinds)}; "
                f"accepted: {', '.join(kinds)}"
            )
        accepted, words = _ACCEPTED[kinds[key]]
        names = value if isinstance(value, list | tuple) else ()
        if (
            isinstance(value, bool)
            or not isinstance(value, accepted)
            or not all(isinstance(name, str) for name in names)
        ):
            raise ConfigError(f"data.synthetic.{key} is {shown(value)}; accepted: {words}")
        settings[key] = tuple(names) if key == "signals" else value
    return SyntheticSpec(**settings)
