"""A signal counts when it persists: one odd window is no drift."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable

from lis_sim.drift.detectors import Detector

# Standard errors that a window counts for at most: one of fifty would leave ADWIN, which estimates
# the variance, deaf for the rest of the run. And when the next window does not bear it out.
_FAR = 5.0
_ALONE = 2.0


class Persistent:
    """Asks a detector anew in every window until it has signalled in ``windows`` in a row.

    A detector forgets what it knew when it signals. So a window is first shown to a copy: if
    the copy signals, the detector itself stays as it was, and the next window must make it signal
    again. A window that was the only one to do so counts for little in what the detector knows.

    After a signal of a change that does not matter the detector is made anew and shown the last
    ``memory`` windows: what it found has become the usual, and it is not deaf meanwhile.

    >>> from lis_sim.drift.detectors import make_detector
    >>> persistent = Persistent(lambda: make_detector("page_hinkley", 8), windows=2, memory=8)
    >>> [persistent.signals(z) for z in [0.0] * 20 + [-9.0, 0.0]].count(True)
    0
    >>> [persistent.signals(z) for z in [-9.0, -9.0]]
    [False, True]
    """

    def __init__(self, make: Callable[[], Detector], windows: int, memory: int) -> None:
        self._make = make
        self._detector = make()
        self._windows = windows
        self._recent: deque[float] = deque(maxlen=memory)
        self._row: list[float] = []

    def signals(self, z: float, matters: Callable[[], bool] = lambda: True) -> bool:
        """Take in one window; return whether it is the last of enough signals in a row."""
        z = _within(_FAR, z)
        self._recent.append(z)
        asked = copy.deepcopy(self._detector)
        asked.update(z)
        if not asked.drift_detected:
            self._detector = asked
            self._take_in_alone()
        elif matters():
            self._row.append(z)
        else:
            self._begin_anew()
        return len(self._row) >= self._windows

    def _take_in_alone(self) -> None:
        """Let windows that signalled, but not for long enough, count as far as others do."""
        for z in self._row:
            asked = copy.deepcopy(self._detector)
            asked.update(_within(_ALONE, z))
            if not asked.drift_detected:
                self._detector = asked
        self._row.clear()

    def _begin_anew(self) -> None:
        self._detector = self._make()
        self._row.clear()
        for z in self._recent:
            self._detector.update(z)


def _within(most: float, z: float) -> float:
    return max(-most, min(most, z))
