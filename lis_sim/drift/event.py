"""A drift event as ``windows.jsonl`` has it, with a sentence for the person on call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from lis_sim.drift.cause import Key, Pointed
from lis_sim.drift.series import Shift

Record = dict[str, Any]
_CALLED = {
    "auc": "The AUC",
    "calibration": "The calibration",
    "label_rate": "The label rate",
    "lis_crossfit_over_placebo": "lis_crossfit over its placebo",
    "ais_over_placebo": "ais over its placebo",
}


def series_event(key: Key, shift: Shift, pointed: Pointed) -> Record:
    """Return the record of a shift of ``key``."""
    return {
        "kind": "series",
        "series": key.series,
        "arm": key.arm,
        "preference": key.preference,
        "representation": key.representation,
        "measure": None,
        "of": None,
        "detector": shift.detector,
        "direction": "up" if shift.change > 0 else "down",
        "value": shift.value,
        "reference": shift.reference,
        "change": shift.change,
        "standard_error": shift.standard_error,
        "since_window": shift.since_window,
        "since_us": shift.since_us,
        "points_to": pointed.to,
        "words": words(key, shift, pointed.because),
    }


def words(key: Key, shift: Shift, because: str) -> str:
    """Return what happened, since when, and what it points to.

    >>> shift = Shift("adwin", 0.002, 0.034, 0.004, 40, 1_704_067_200_000_000)
    >>> words(Key("lis_crossfit", preference="likes"), shift, "This points to the data.")
    'lis_crossfit of likes fell from 0.0340 to 0.0020 (standard error 0.0040) since window 40 \
(2024-01-01 00:00 UTC). This points to the data.'
    """
    called = _CALLED.get(key.series, key.series)
    of = key.arm or key.preference or key.representation
    verb = "rose" if shift.change > 0 else "fell"
    return (
        f"{called}{f' of {of}' if of else ''} {verb} from {shift.reference:.4f} to "
        f"{shift.value:.4f} (standard error {shift.standard_error:.4f}) "
        f"{since_words(shift.since_window, shift.since_us)}. {because}"
    )


def since_words(window: int, start_us: int) -> str:
    """Return since when, for a change that began with ``window``, which starts at ``start_us``.

    >>> since_words(40, 1_704_067_200_000_000)
    'since window 40 (2024-01-01 00:00 UTC)'
    """
    when = datetime.fromtimestamp(start_us / 1e6, UTC)
    return f"since window {window} ({when:%Y-%m-%d %H:%M} UTC)"
