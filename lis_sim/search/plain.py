"""Plain values: what YAML can say and JSON can keep, so that settings survive a ledger."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from lis_sim.errors import ConfigError


def plain(value: object, where: str) -> Any:
    """Return ``value`` as JSON would give it back; dates become ISO text, tuples lists.

    Raises :class:`ConfigError` for what JSON has no word for; ``where`` is said in it.

    >>> from datetime import date
    >>> plain({"until": date(2024, 1, 31), "hidden": (8, 4)}, "choice")
    {'until': '2024-01-31', 'hidden': [8, 4]}
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigError(f"{where} has {value}; accepted: finite numbers")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(one, where) for one in value]
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise ConfigError(f"{where} has the key {key!r}; accepted: text as a key")
        return {key: plain(one, where) for key, one in value.items()}
    raise ConfigError(
        f"{where} has {value!r}; accepted: text, numbers, true, false, null, lists and mappings"
    )


def text_of(value: object) -> str:
    """Return a plain value as one text; two values have the same only if they are the same.

    >>> text_of({"b": [1, True], "a": None})
    '{"a": null, "b": [1, true]}'
    """
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
