"""What is off in settings, said as: what arrived, what is accepted, what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from lis_sim.errors import nearest
from lis_sim.plain import shown
from lis_sim.plain.secrets import without_secrets

Place: TypeAlias = Sequence[int | str]
_QUOTED = re.compile(r"'([^']*)'")


def explained(
    item: Mapping[str, Any], where: str, fields_at: Callable[[Place], Sequence[str]]
) -> str:
    """Return one of the errors of pydantic's validation in words.

    ``where``: the file, ``fields_at``: the settings there are at the place of a group.

    >>> wrong = {"type": "missing", "loc": ("data", "source"), "input": None, "msg": ""}
    >>> explained(wrong, "a.yaml", lambda place: [])
    'a.yaml: data.source is missing; it must be given'
    """
    place = without_secrets(".".join(str(part) for part in item["loc"]))
    if item["type"] == "extra_forbidden":
        accepted = fields_at(item["loc"][:-1])
        key = str(item["loc"][-1])
        if item["loc"] == ("search",):
            return (
                f"{where}: it has a group 'search': give it to `lis-sim tune`, or the best.yaml "
                "that comes of it to `lis-sim run`"
            )
        return (
            f"{where}: {place} is not a setting{nearest(key, accepted)}; "
            f"accepted here: {', '.join(accepted)}"
        )
    if item["type"] == "missing":
        return f"{where}: {place} is missing; it must be given"
    if item["type"] == "value_error":
        return f"{where}: {place or 'settings'}: {str(item['msg']).removeprefix('Value error, ')}"
    return f"{where}: {place} is {shown(item['input'])}; {_accepted(item)}"


_ACCEPTED = {
    "string_pattern_mismatch": "accepted: letters, digits, '_', '-' and, not as the first, '.'",
    "tuple_type": "accepted: a list",
    "model_type": "accepted: a group of settings",
    "int_type": "accepted: a whole number",
    "float_type": "accepted: a number",
    "string_type": "accepted: text",
    "invalid_key": "accepted: text as the name of a setting",
}


def _accepted(item: Mapping[str, Any]) -> str:
    if item["type"] in _ACCEPTED:
        return _ACCEPTED[item["type"]]
    message = str(item["msg"]).replace("Input should be", "accepted:")
    if item["type"] == "literal_error":
        message += nearest(str(item["input"]), _QUOTED.findall(message))
    return message
