"""A family of preference data sets of a synthetic world, from the truth down to nothing.

Every member is the log's own events under other settings of ``co_click``, or one of the
world's ``signals`` (outcome columns of known quality) in place of the label. So the order of
some of them is known beforehand, in expectation: more corruption is not better, and noise is
worth nothing. One world's draw may order neighbours otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from lis_sim.config import PreferenceConfig
from lis_sim.data.world_outcomes import OUTCOMES
from lis_sim.errors import ConfigError, nearest
from lis_sim.preference.behaviour import Behaviour

CORRUPTION = tuple(f"corrupt_{percent}" for percent in range(0, 101, 10))
"""From all labels kept to all replaced by coins: worth less and less in expectation."""

WORTHLESS = ("corrupt_100", "noise")
"""Coins that know neither user nor item."""

_SETTINGS: dict[str, dict[str, Any]] = {
    # The label with a known share of coins in its place.
    "corrupt_0": {},
    **{name: {"behaviour": name} for name in CORRUPTION[1:]},
    # A part of the users; of the events.
    "users_50": {"users_share": 0.5},
    "users_20": {"users_share": 0.2},
    "users_5": {"users_share": 0.05},
    "events_50": {"events_share": 0.5},
    "events_20": {"events_share": 0.2},
    "events_5": {"events_share": 0.05},
    "short_memory": {"per_user": 8},
    # One behaviour each.
    "exposure": {"behaviour": "exposure"},
    "dwell": {"behaviour": "dwell >= 30"},
    "conversion": {"behaviour": "conversion"},
    # Only items that many, or few, engaged with.
    "low_support": {"max_support": 30},
    "high_support": {"min_support": 60},
    # A coarser look at the items, at other people, at nothing.
    "category_level": {"level": "category"},
    "category_taste": {"behaviour": "category_taste"},
    "popularity": {"behaviour": "popularity"},
    "noise": {"behaviour": "noise"},
    # Collected long ago, or only lately.
    "stale_30": {"until": 0.3},
    "stale_60": {"until": 0.6},
    "last_week": {"max_age": "7d"},
}


def _config(name: str, settings: dict[str, Any]) -> PreferenceConfig:
    rest = {key: value for key, value in settings.items() if key != "per_user"}
    if "per_user" in settings:
        return PreferenceConfig(name=name, per_user=settings["per_user"], settings=rest)
    return PreferenceConfig(name=name, settings=rest)


FAMILY: Mapping[str, PreferenceConfig] = MappingProxyType(
    {name: _config(name, settings) for name, settings in _SETTINGS.items()}
)
"""By name, ready for the ``preferences`` of a :class:`~lis_sim.config.RunConfig`.

``low_support`` and ``high_support`` are the two ends of a world with some 30 to 60 engagements
an item: items with 31 to 59 are in neither.
"""


def members(names: Iterable[str]) -> tuple[PreferenceConfig, ...]:
    """Return members of the family by name, in the order asked for.

    >>> [one.settings for one in members(["corrupt_0", "stale_30"])]
    [{}, {'until': 0.3}]
    """
    found = []
    for name in names:
        if name not in FAMILY:
            raise ConfigError(
                f"'{name}' is not in the family of data sets; accepted: {', '.join(FAMILY)}"
                f"{nearest(name, FAMILY)}"
            )
        found.append(FAMILY[name])
    return tuple(found)


def signals_needed(names: Iterable[str]) -> tuple[str, ...]:
    """Return the ``signals`` a :class:`~lis_sim.data.synthetic.SyntheticSpec` must have for them.

    >>> signals_needed(["corrupt_0", "corrupt_30", "dwell", "noise", "exposure"])
    ('corrupt_30', 'noise')
    """
    columns = (
        Behaviour.parse(one.settings.get("behaviour", "label")).column for one in members(names)
    )
    return tuple(sorted({column for column in columns if column and column not in OUTCOMES}))
