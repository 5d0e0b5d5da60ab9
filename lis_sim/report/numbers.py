"""Numbers as text. Only the text is rounded; every comparison was made before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

UNDEFINED = "undefined"


def score_text(score: str, value: float | None) -> str:
    """Return a score's value: signed AUC difference, or plain ratio for `realised`.

    >>> score_text("lis", 0.00231), score_text("lis", -0.4), score_text("realised", 0.613)
    ('+0.00231', '-0.40000', '0.61')
    >>> score_text("lis", 0.0), score_text("lis", None)
    ('0', 'undefined')
    """
    if value is None:
        return UNDEFINED
    if value == 0:
        return "0"  # exact: two arms that never differed, not a small number rounded away
    return f"{value:.2f}" if score == "realised" else f"{value:+.5f}"


def interval_text(score: str, low: float | None, high: float | None) -> str:
    """Return a 95 % interval of a score, or a dash where there is none.

    >>> interval_text("lis", 0.001, 0.003)
    '[+0.00100, +0.00300]'
    """
    if low is None or high is None:
        return "-"
    form = ".2f" if score == "realised" else "+.5f"
    return f"[{low:{form}}, {high:{form}}]"


def error_text(value: float | None) -> str:
    """Return a standard error.

    >>> error_text(0.00042), error_text(None)
    ('0.00042', '-')
    """
    return "-" if value is None else f"{value:.5f}"


def plain_text(value: float | None, digits: int = 4, undefined: str = UNDEFINED) -> str:
    """Return an unsigned number such as an AUC.

    >>> plain_text(0.71234), plain_text(None)
    ('0.7123', 'undefined')
    """
    return undefined if value is None else f"{value:.{digits}f}"


def auc_interval_text(auc: Mapping[str, Any]) -> str:
    """Return the interval of an arm's AUC, or the counts that made it undefined.

    >>> auc_interval_text({"value": None, "positives": 0, "negatives": 812})
    '0 pos, 812 neg'
    """
    if auc.get("value") is None:
        return f"{auc.get('positives', 0):,} pos, {auc.get('negatives', 0):,} neg"
    if auc.get("low") is None or auc.get("high") is None:
        return "-"
    return f"[{auc['low']:.4f}, {auc['high']:.4f}]"


def windows_text(score: Mapping[str, Any]) -> str:
    """Return how many windows a score rests on, with the undefined ones.

    >>> windows_text({"windows": 15, "windows_undefined": 2})
    '15 (2 undefined)'
    """
    windows = score.get("windows")
    undefined = score.get("windows_undefined") or 0
    return ("-" if windows is None else f"{windows:,}") + (
        f" ({undefined:,} undefined)" if undefined else ""
    )


def time_text(time_us: Any) -> str:
    """Return a time of the stream as text, to the minute.

    >>> time_text(0), time_text(None)
    ('1970-01-01 00:00', '-')
    """
    if time_us is None:
        return "-"
    return f"{datetime.fromtimestamp(int(time_us) / 1e6, UTC):%Y-%m-%d %H:%M}"


def slice_order(names: Iterable[str]) -> list[str]:
    """Return distinct slices, ``all`` first, the others as they appear.

    >>> slice_order(["cold", "all", "warm", "cold"])
    ['all', 'cold', 'warm']
    """
    return sorted(dict.fromkeys(names), key=lambda name: name != "all")
