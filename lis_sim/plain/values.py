"""What a setting may be made of, and how a value is shown in a message."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from datetime import date
from reprlib import Repr
from typing import Any

from lis_sim.plain.secrets import without_secrets

MOST_VALUES = 100_000
DEEPEST = 40  # groups in groups: real settings have five
LARGEST_WHOLE = 2**63 - 1
_COMMON = (str, int, float, bool, list, dict, type(None))
LONGEST_TEXT = 2_000  # a path, or a rule; what is longer is no setting


class _Short(Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 100
        self.maxlist = self.maxtuple = self.maxdict = self.maxset = 8
        self.maxlevel = 3

    def repr_str(self, x: str, level: int) -> str:
        # First: what is left of a cut address no longer looks like one, its password included.
        return super().repr_str(without_secrets(x), level)

    def repr_int(self, x: int, level: int) -> str:
        # Python writes no more than 4,300 digits.
        return repr(x) if abs(x) <= LARGEST_WHOLE else f"<whole number of {x.bit_length()} bits>"


_SHORT = _Short()


def shown(value: object) -> str:
    """Return ``value`` as a message shows it: on one line, no longer than a reader will read.

    What is secret in an address (:mod:`lis_sim.plain.secrets`) is hidden.

    >>> shown("a" * 1000)[:20], len(shown("a" * 1000)), shown([1, "b"])
    ("'aaaaaaaaaaaaaaaaaaa", 100, "[1, 'b']")
    """
    text = _SHORT.repr(value)
    return text if len(text) <= 300 else f"{text[:290]}..."


def why_not_plain(value: object) -> str | None:
    r"""Return what of ``value`` no setting can be, with its place; None when all is well.

    Plain are None, true, false, whole numbers of 64 bits, finite numbers, dates, text without
    control characters, and lists and groups of these, their keys text. A numpy scalar counts as
    the number that it is, a pydantic model as the group of its fields.

    >>> why_not_plain({"data": {"source": "a" + chr(0)}})
    "data.source holds the control character '\\x00'; accepted: text that can be printed"
    >>> why_not_plain({"drift": {"psi": [0.1, float("nan")]}})
    'drift.psi.1 is nan; accepted: a finite number'
    >>> why_not_plain({"folds": 5}) is None
    True
    """
    waiting: list[tuple[tuple[str, ...], object]] = [((), value)]
    for _ in range(MOST_VALUES):
        if not waiting:
            return None
        place, one = waiting.pop()
        one = _opened(one)
        if reason := _why_not(one):
            return f"{_place(place)} {reason}"
        if isinstance(one, list | tuple | Mapping) and len(place) >= DEEPEST:
            return f"{_place(place[:4])}... has groups {DEEPEST} deep; accepted: fewer"
        # The last comes off first, and a reader looks from the top.
        waiting += reversed([((*place, key), inner) for key, inner in _inside(one)])
    return f"the settings hold more than {MOST_VALUES:,} values; accepted: fewer"


def plain(value: Any) -> Any:
    """Return ``value``, in which :func:`why_not_plain` found nothing, without numpy's scalars.

    >>> import numpy as np
    >>> plain({"dim": np.int64(4), "rates": [np.float32(0.5), None]})
    {'dim': 4, 'rates': [0.5, None]}
    """
    if _is_numpy_scalar(value):
        return value.item()
    if isinstance(value, Mapping):
        return {plain(key): plain(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return tuple(plain(one) for one in value)
    return [plain(one) for one in value] if isinstance(value, list) else value


def _is_numpy_scalar(value: object) -> bool:
    # By name: whoever reads settings need not load numpy.
    return type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0


def _opened(value: Any) -> object:
    if type(value) in _COMMON:
        return value
    if _is_numpy_scalar(value):
        return value.item()
    return vars(value) if hasattr(type(value), "model_fields") else value


def _inside(value: object) -> list[tuple[str, object]]:
    if isinstance(value, Mapping):
        return [(str(key), inner) for key, inner in value.items()]
    if isinstance(value, list | tuple):
        return [(str(at), inner) for at, inner in enumerate(value)]
    return []


def _why_not(value: object) -> str | None:
    if isinstance(value, str):
        return _why_no_text(value)
    if isinstance(value, bool) or value is None or isinstance(value, date):
        return None
    if isinstance(value, int):
        return _why_no_whole(value)
    if isinstance(value, float):
        return None if math.isfinite(value) else f"is {value}; accepted: a finite number"
    if isinstance(value, Mapping):
        odd = next((key for key in value if not isinstance(key, str)), None)
        if odd is not None:
            return f"has the key {shown(odd)}; accepted: text as the name of a setting"
        return next((f"has a key that {why}" for key in value if (why := _why_no_text(key))), None)
    if isinstance(value, list | tuple):
        return None
    return (
        f"is {shown(value)}, {type(value).__name__}; accepted: text, numbers, true, false, null, "
        "dates, lists and groups"
    )


def _why_no_whole(value: int) -> str | None:
    if abs(value) <= LARGEST_WHOLE:
        return None
    return f"is {shown(value)}; accepted: whole numbers of 64 bits (at most {LARGEST_WHOLE})"


def _why_no_text(text: str) -> str | None:
    if len(text) > LONGEST_TEXT:
        return f"is a text of {len(text):,} characters; accepted: {LONGEST_TEXT:,} at most"
    if text.isprintable():
        return None
    for one in text:
        # Cc: what a terminal obeys; Cs: halves of characters, which no file can hold.
        if unicodedata.category(one) in ("Cc", "Cs") and one not in "\n\t":
            return f"holds the control character {one!r}; accepted: text that can be printed"
    return None


def _place(place: tuple[str, ...]) -> str:
    return ".".join(part if len(part) <= 60 else f"{part[:57]}..." for part in place) or "it"
