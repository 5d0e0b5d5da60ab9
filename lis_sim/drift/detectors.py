"""The detectors, from river, as they are set for standardised series.

``python -m benchmarks --only drift`` measures these settings. On values that are not
standardised, no setting fits two series: detectors of the same settings see nothing there.
"""

from __future__ import annotations

from typing import Protocol

from river.drift import ADWIN, PageHinkley

# Shifts of less than one standard error of a window add nothing to the sum, so that the slow
# trend of a ranker that still learns does not alarm; four standard errors beyond that do.
_ALLOWED = 1.0
_SUM = 4.0
# ADWIN's own defaults, except that it looks at every window and not at every 32nd.
_CONFIDENCE = 0.01


class Detector(Protocol):
    """What is used of a river detector."""

    @property
    def drift_detected(self) -> bool:
        """Whether the last value changed its mind."""

    def update(self, x: float) -> None:
        """Take in one value."""


def make_detector(name: str, reference_windows: int) -> Detector:
    """Return a fresh ``adwin`` or ``page_hinkley`` that stays silent in the reference period.

    >>> detector = make_detector("page_hinkley", reference_windows=8)
    >>> signals = []
    >>> for z in [0.0] * 20 + [-3.0] * 4:
    ...     detector.update(z)
    ...     signals.append(detector.drift_detected)
    >>> signals.index(True)
    22

    Source: Page 1954, "Continuous inspection schemes"; Bifet and Gavalda 2007, "Learning from
    time-changing data with adaptive windowing"; code of river (Montiel et al. 2021).
    """
    if name == "page_hinkley":
        return PageHinkley(
            min_instances=reference_windows + 1, delta=_ALLOWED, threshold=_SUM, alpha=1.0
        )
    return ADWIN(  # type: ignore[no-untyped-call]
        delta=_CONFIDENCE, clock=1, min_window_length=3, grace_period=reference_windows
    )
