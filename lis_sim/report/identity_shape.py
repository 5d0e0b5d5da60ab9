"""What ``run.json`` and ``config.yaml`` of an unfinished run must look like to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lis_sim.plain.shape import COUNT, NUMBER, TEXT, Group, Maybe, check_shape

_STREAM = Maybe(Group({}, {"step_events": COUNT}))
_SETTINGS = Group(
    {},
    {
        **dict.fromkeys(("folds", "replicates", "seed"), COUNT),
        "form": TEXT,
        "content": Maybe(TEXT),
        "minimum_effect": NUMBER,
        "stream": _STREAM,
    },
)
_LIVE = Group({"name": TEXT, "first_part": TEXT})
_IDENTITY = Group(
    {},
    {
        "settings": _SETTINGS,
        "data": Group({}, {"events": Maybe(TEXT), "live": Maybe(_LIVE)}),
        "lis_sim": TEXT,
    },
)
_CONFIG = Group(
    {},
    {
        **_SETTINGS.may,
        "training": Maybe(Group({}, {"engine": TEXT})),
        "data": Maybe(Group({}, {"source": Maybe(TEXT)})),
    },
)


def check_identity(found: Mapping[str, Any], where: str) -> None:
    """Raise :class:`RunError` unless ``found`` is a ``run.json`` that can be shown."""
    check_shape(found, _IDENTITY, where)


def check_config(found: object, where: str) -> None:
    """Raise :class:`RunError` unless ``found`` is a ``config.yaml`` that can be shown."""
    check_shape(found, _CONFIG, where)
