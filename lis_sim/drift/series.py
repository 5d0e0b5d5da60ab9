"""One series under watch: its reference, its standardised windows and its detectors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from statistics import fmean

from lis_sim.drift.change import Change, change_point
from lis_sim.drift.detectors import make_detector
from lis_sim.drift.persistence import Persistent
from lis_sim.drift.reference import Point, Reference, weighted_mean
from lis_sim.drift.settings import DriftSettings

# Of a window's standard error: with enough windows a detector finds any change, and most of what
# it then finds is a ranker that goes on learning.
SMALLEST_SHIFT = 1.0
_CLEARLY = 3.0  # standard errors
_BEFORE = 16  # windows; earlier ones tell of a ranker that still learned
KEPT = 1_000  # windows that are remembered since the reference, so that a run may go on for years


@dataclass(frozen=True, slots=True)
class Shift:
    """A change of level that persisted: from ``reference`` to ``value`` since a window."""

    detector: str
    value: float  # inverse-variance mean of the windows since
    reference: float
    standard_error: float  # of value minus reference
    since_window: int
    since_us: int

    @property
    def change(self) -> float:
        return self.value - self.reference


@dataclass(frozen=True, slots=True)
class Seen:
    """What the watch says of one window of a series; None while the reference is being taken."""

    reference: Reference | None
    z: float | None
    shift: Shift | None


class SeriesWatch:
    """Follows one series window by window; a fold over its points, so it needs no checkpoint.

    The first ``reference_windows`` windows with a standard error above 0 make the reference, and
    again after a shift: what is new has become the usual. Windows without a value (one class, a
    representation that is not shown yet) are passed over. A change below ``smallest``, in the
    series' own units, or below ``smallest_share`` of the reference is not worth a word, however
    sure it is. Since when is looked for in the last ``KEPT`` windows.

    >>> watch = SeriesWatch(DriftSettings(reference_windows=4))
    >>> levels = [0.03] * 12 + [0.0] * 6
    >>> seen = [watch.observe(Point(k, 0, x, 0.01)) for k, x in enumerate(levels)]
    >>> shift = next(one.shift for one in seen if one.shift)
    >>> shift.since_window, shift.reference, shift.value
    (12, 0.03, 0.0)
    """

    def __init__(
        self, settings: DriftSettings, smallest: float = 0.0, smallest_share: float = 0.0
    ) -> None:
        self._settings = settings
        self._smallest = smallest
        self._smallest_share = smallest_share
        self._last_shift: int | None = None  # the window in which it was seen
        self._start_over()

    def observe(self, point: Point) -> Seen:
        """Take in the next window."""
        if self._reference is None:
            self._gather(point)
            return Seen(None, None, None)
        reference = self._reference
        z = reference.standardised(point)
        if z is None:
            return Seen(reference, None, None)
        self._points.append(point)
        self._z.append(z)
        del self._points[:-KEPT], self._z[:-KEPT]
        detector = self._signalling(z)
        if detector is None or self._quiet(point.window):
            return Seen(reference, z, None)
        shift = self._shift(detector, reference)
        self._last_shift = point.window
        self._start_over()
        return Seen(reference, z, shift)

    def moved_at(self, window: int) -> bool | None:
        """Return whether the windows from ``window`` on are clearly off those right before it.

        Weaker than a shift: it serves to tell what else moved then, not to raise an alarm. A
        series that had a shift meanwhile or shortly before did move: estimates of since when are
        no closer. One that cannot be compared, while its reference is taken, does not count as
        holding. None: it never had a window to compare, and nothing is known of it.
        """
        if self._last_shift is None and not self._points:
            return None
        if self._last_shift is not None and self._last_shift >= window - self._settling:
            return True
        at = self._place(window)
        before, since = self._z[max(0, at - _BEFORE) : at], self._z[at:]
        if not before or not since:
            return True
        shift = abs(fmean(since) - fmean(before))
        by_chance = math.sqrt(1.0 / len(before) + 1.0 / len(since))
        return shift >= max(SMALLEST_SHIFT, _CLEARLY * by_chance)

    def change_at(self, window: int) -> float:
        """Return the mean of the windows from ``window`` on less that of those right before it.

        In the units of the series; 0.0 where either has none.
        """
        at = self._place(window)
        before, since = self._points[max(0, at - _BEFORE) : at], self._points[at:]
        if not before or not since:
            return 0.0
        return weighted_mean(since)[0] - weighted_mean(before)[0]

    @property
    def _settling(self) -> int:
        return max(self._settings.cooldown, self._settings.reference_windows)

    def _quiet(self, window: int) -> bool:
        last = self._last_shift
        return last is not None and window <= last + self._settings.cooldown

    def _place(self, window: int) -> int:
        return sum(point.window < window for point in self._points)

    def _start_over(self) -> None:
        self._reference: Reference | None = None
        self._points: list[Point] = []  # of the reference and since
        self._z: list[float] = []  # of the same windows
        length = self._settings.reference_windows
        self._detectors = {
            name: Persistent(
                partial(make_detector, name, length), self._settings.persistence, length
            )
            for name in self._settings.detectors
        }

    def _gather(self, point: Point) -> None:
        # A window in which arms scored alike says nothing of how far others may lie from it.
        if point.value is None or not point.standard_error:
            return
        self._points.append(point)
        if len(self._points) < self._settings.reference_windows:
            return
        self._reference = Reference.of(self._points)
        for gathered in self._points:
            z = self._reference.standardised(gathered)
            assert z is not None
            self._z.append(z)
            for detector in self._detectors.values():
                detector.signals(z, lambda: False)

    def _signalling(self, z: float) -> str | None:
        """Show every detector the window; return the name of the first that has had enough."""
        signals = [name for name, one in self._detectors.items() if one.signals(z, self._matters)]
        return signals[0] if signals else None

    def _matters(self) -> bool:
        """Return whether the likeliest change is large enough, and leads away from the reference.

        Both, because the windows before it may already have left the reference.
        """
        assert self._reference is not None
        change = change_point(self._z)
        since = self._since(change)
        off = weighted_mean(since)[0] - self._reference.value
        smallest = max(self._smallest, self._smallest_share * abs(self._reference.value))
        return (
            abs(change.shift) >= SMALLEST_SHIFT
            and abs(off) >= smallest
            and ((off > 0) == (change.shift > 0))
        )

    def _shift(self, detector: str, reference: Reference) -> Shift:
        since = self._since(change_point(self._z))
        value, error = weighted_mean(since)
        return Shift(
            detector=detector,
            value=value,
            reference=reference.value,
            standard_error=(error**2 + reference.standard_error**2) ** 0.5,
            since_window=since[0].window,
            since_us=since[0].start_us,
        )

    def _since(self, change: Change) -> list[Point]:
        return self._points[change.first :]
