"""What ``preferences.json`` of a run folder must look like to be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lis_sim.errors import RunError
from lis_sim.plain.shape import COUNT, NUMBER, TEXT, TIME_US, Each, Group, Maybe, check_shape

_MAYBE = Maybe(NUMBER)
_INTERVAL = Group({"value": NUMBER, "low": NUMBER, "high": NUMBER})
_AGREEMENT = {
    **dict.fromkeys(("rates", "rates_of_label", "taste", "taste_of_label"), _MAYBE),
    **dict.fromkeys(("rates_kept", "taste_kept", "with_label"), Maybe(_INTERVAL)),
}
_PROFILE = Group(
    {
        "name": TEXT,
        "coverage": Group(
            {"items": NUMBER, "impressions": NUMBER, "users": COUNT, "users_of_log": COUNT}
        ),
        "support": Group(
            {"events": COUNT, "engagements": COUNT, "rate": NUMBER}
            | {"per_item": Each(NUMBER), "per_impression": Each(NUMBER)}
        ),
        "age": Maybe(
            Group(
                {"oldest_us": TIME_US, "newest_us": TIME_US}
                | dict.fromkeys(("median_days", "newest_days", "events_after"), NUMBER)
            )
        ),
        "concentration": Group(
            dict.fromkeys(("items", "items_of_log", "users", "users_of_log"), NUMBER)
        ),
        "popularity": Group({"impressions": _MAYBE, "label_rate": _MAYBE}),
        "agreement": Group(_AGREEMENT),
        "overlaps": Each(Group({"other": TEXT, "shared": NUMBER, "jaccard": NUMBER})),
        "causes": Each(Group({"name": TEXT, "because": TEXT})),
        "sentence": TEXT,
    },
    {"kind": TEXT, "behaviour": TEXT},
)


def check_profiles(found: Mapping[str, Any], where: str) -> None:
    """Raise :class:`RunError` unless ``found`` is a ``preferences.json`` that can be shown."""
    check_shape(found, Group({"preferences": Each(_PROFILE)}), where)
    for one in found["preferences"]:
        quartiles = (one["support"]["per_item"], one["support"]["per_impression"])
        if any(len(three) != 3 for three in quartiles) or not one["causes"]:
            raise RunError(
                f"{where} is not what a run writes: {one['name']} lacks quartiles or causes"
            )
