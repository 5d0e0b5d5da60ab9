"""The watch of a run: every series and every measure, window by window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lis_sim.drift.cause import CLEAN, REPRESENTATION, Key, Moved, points_to
from lis_sim.drift.event import series_event
from lis_sim.drift.measure_events import MeasureEvents
from lis_sim.drift.reference import Point
from lis_sim.drift.series import KEPT, Seen, SeriesWatch, Shift
from lis_sim.drift.settings import DriftSettings

Record = dict[str, Any]
Entry = Mapping[str, Any]
_SHARE = 0.01  # of a label rate or calibration: a smaller change is not worth a word
_HALF = 0.5  # of an arm's change, when the clean arm's makes it one of the log
IN_AUC = ("auc", "lis_crossfit", "lis_crossfit_over_placebo", "ais", "ais_over_placebo")


class Measuring(Protocol):
    """What is used of :class:`lis_sim.drift.stream.StreamWatch`."""

    def measure(self, window: int) -> Sequence[Entry]:
        """Return the measures of one window of the log."""

    def restart(self, of: str, window: int) -> None:
        """Take the reference of ``of`` anew from ``window`` on."""


@dataclass(frozen=True, slots=True)
class WatchPlan:
    """What of a run the watch must know.

    ``warmup`` windows at the start are recorded and not watched; a change of an AUC or of a
    difference of AUCs below ``minimum_effect`` is not worth a word, nor is one of a label rate or
    a calibration below a hundredth of it.
    """

    warmup: int
    minimum_effect: float
    preferences: tuple[str, ...] = ()
    representations: tuple[str, ...] = ()


class DriftWatch:
    """Adds to the records of windows what is watched, and the drift events.

    It is a fold over the records: :meth:`replay` of those that are committed leaves it as it was,
    to the last bit, so no checkpoint knows of it. ``measuring`` None: only series are watched.

    >>> watch = DriftWatch(DriftSettings(reference_windows=4), WatchPlan(0, 0.001, ("likes",)))
    >>> rows = ["series", "arm", "preference", "representation", "value", "standard_error"]
    >>> events = []
    >>> for window, value in enumerate([0.03] * 9 + [0.0] * 6):
    ...     lis = dict(zip(rows, ["lis_crossfit", None, "likes", None, value, 0.01]))
    ...     events += watch.observe(window, window * 3_600_000_000, [lis])["drift"]
    >>> [(one["preference"], one["since_window"], one["points_to"]) for one in events]
    [('likes', 9, 'preference-data')]
    """

    def __init__(
        self, settings: DriftSettings, plan: WatchPlan, measuring: Measuring | None = None
    ) -> None:
        self._settings = settings
        self._plan = plan
        self._measuring = measuring
        self._series: dict[Key, SeriesWatch] = {}
        self._events = MeasureEvents(settings.persistence, settings.cooldown)
        self._above: list[tuple[int, str]] = []  # (window, of) of measures above their threshold
        self._measured_at = -1  # the last window in which the log itself was measured
        self._last_event: dict[str, int] = {}  # by of: the window in which it was seen

    def observe(self, window: int, start_us: int, series: Sequence[Record]) -> Record:
        """Return the fields ``series``, ``measures`` and ``drift`` of a window's record.

        ``series`` as :func:`lis_sim.scores.window_series.window_series` returns it; windows come
        in order, each once.
        """
        measures = [] if self._measuring is None else self._measuring.measure(window)
        return self._take_in(window, start_us, series, measures)

    def replay(self, records: Iterable[Record]) -> None:
        """Take in what was committed before."""
        for one in records:
            self._take_in(one["window"], one["start_us"], one["series"], one["measures"])

    def _take_in(
        self, window: int, start_us: int, series: Sequence[Record], measures: Sequence[Entry]
    ) -> Record:
        self._note_measures(window, measures)
        seen = {_key(one): self._see(window, start_us, one) for one in series}
        of_measures = self._events.observe(window, start_us, measures)
        for event in of_measures:
            self._last_event[event["of"]] = window
            if self._measuring is not None:
                self._measuring.restart(event["of"], window + 1)
        return {
            "series": [_recorded(one, seen[_key(one)]) for one in series],
            "measures": [dict(one) for one in measures],
            "drift": [*self._of_series(seen), *of_measures],
        }

    def _see(self, window: int, start_us: int, one: Record) -> Seen:
        if window < self._plan.warmup:
            return Seen(None, None, None)
        key = _key(one)
        if key not in self._series:
            smallest = (self._plan.minimum_effect, 0.0) if key.series in IN_AUC else (0.0, _SHARE)
            self._series[key] = SeriesWatch(self._settings, *smallest)
        return self._series[key].observe(
            Point(window, start_us, one["value"], one["standard_error"])
        )

    def _of_series(self, seen: Mapping[Key, Seen]) -> list[Record]:
        """Return the events, after all series have seen the window: causes ask the others."""
        found = []
        for key, one in seen.items():
            if one.shift is not None:
                moved = self._moved(key, one.shift)
                pointed = points_to(key, moved, self._plan.preferences)
                found.append(series_event(key, one.shift, pointed))
        return found

    def _moved(self, key: Key, shift: Shift) -> Moved:
        since = shift.since_window

        def series(other: Key) -> bool | None:
            return self._series[other].moved_at(since) if other in self._series else None

        return Moved(
            series,
            self._measures_moved(since),
            with_clean=self._goes_with_clean(key, shift),
            measured=self._measured_at >= since,
        )

    def _measures_moved(self, since: int) -> frozenset[str]:
        """Return what lay above a threshold for long enough, or had an event shortly before.

        After an event there is no reference for a while, as for series.
        """
        above = [of for window, of in self._above if window >= since]
        lasting = {of for of in above if above.count(of) >= self._settings.persistence}
        settling = max(self._settings.cooldown, self._settings.reference_windows)
        return frozenset(
            lasting | {of for of, seen in self._last_event.items() if seen >= since - settling}
        )

    def _goes_with_clean(self, key: Key, shift: Shift) -> bool:
        """Return whether the clean arm moved at least half as far as another arm, the same way.

        Arms score the same events: one alone cannot tell whether it or the log moved.
        """
        clean = self._series.get(Key(key.series, CLEAN))
        if key.arm in (None, CLEAN) or clean is None or shift.change == 0.0:
            return False
        return clean.change_at(shift.since_window) / shift.change >= _HALF

    def _note_measures(self, window: int, measures: Sequence[Entry]) -> None:
        above = {
            one["of"]
            for one in measures
            if one["value"] is not None and one["value"] > one["threshold"]
        }
        self._above = [one for one in self._above if one[0] > window - KEPT]
        self._above += [(window, of) for of in sorted(above)]
        if any(
            one["value"] is not None and not one["of"].startswith(REPRESENTATION)
            for one in measures
        ):
            self._measured_at = window


def _key(one: Record) -> Key:
    return Key(one["series"], one["arm"], one["preference"], one["representation"])


def _recorded(one: Record, seen: Seen) -> Record:
    reference = seen.reference
    return {
        **one,
        "reference": None if reference is None else reference.value,
        "reference_standard_error": None if reference is None else reference.standard_error,
        "z": seen.z,
    }
