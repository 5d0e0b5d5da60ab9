"""A drift event as ``windows.jsonl`` has it, with a sentence for the person on call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from lis_sim.drift.cause import Cause, Key
from lis_sim.drift.series import Shift

Record = dict[str, Any]
_CALLED = {
    "auc": "The AUC",
    "calibration": "The calibration",
    "label_rate": "The label rate",
    "lis_crossfit_over_placebo": "lis_crossfit over its placebo",
    "ais_over_placebo": "ais over its placebo",
}
_BECAUSE: dict[Cause, str] = {
    "data": "This points to the data, on which all arms stand.",
    "preference-data": (
        "The clean arm's AUC, its calibration, the label rate and the measures of the log hold: "
        "this points to the preference data."
    ),
    "representation": (
        "The clean arm and lis_crossfit hold, or the representation itself moved: this points to "
        "the representation."
    ),
}


def series_event(key: Key, shift: Shift, cause: Cause) -> Record:
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
        "points_to": cause,
        "words": words(key, shift, cause),
    }


def words(key: Key, shift: Shift, cause: Cause) -> str:
    """Return what happened, since when, and what it points to.

    >>> shift = Shift("adwin", 0.002, 0.034, 0.004, 40, 1_704_067_200_000_000)
    >>> words(Key("lis_crossfit", preference="likes"), shift, "data")
    'lis_crossfit of likes fell from 0.0340 to 0.0020 (standard error 0.0040) since window 40 \
(2024-01-01 00:00 UTC). This points to the data, on which all arms stand.'
    """
    called = _CALLED.get(key.series, key.series)
    of = key.arm or key.preference or key.representation
    when = datetime.fromtimestamp(shift.since_us / 1e6, UTC)
    verb = "rose" if shift.change > 0 else "fell"
    return (
        f"{called}{f' of {of}' if of else ''} {verb} from {shift.reference:.4f} to "
        f"{shift.value:.4f} (standard error {shift.standard_error:.4f}) since window "
        f"{shift.since_window} ({when:%Y-%m-%d %H:%M} UTC). {_BECAUSE[cause]}"
    )
