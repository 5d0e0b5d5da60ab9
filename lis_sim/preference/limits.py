"""What settings of preference data can be at most: beyond it they are typing errors.

A rank of 2**31 would ask for more memory than there is, and a strength of 1e300 for more than a
float holds, hours after the settings were read.
"""

from __future__ import annotations

MOST = 4_096  # dimensions, rounds, passes
LARGEST = 1e9  # rates, strengths, scales
SMALLEST = 1e-9  # of what must be above 0


def is_whole(value: object) -> bool:
    """Whether ``value`` is a whole number from 1 to :data:`MOST`."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST


def is_number(value: object, or_zero: bool = False) -> bool:
    """Whether ``value`` is a number from :data:`SMALLEST` to :data:`LARGEST`, or 0 if that may be.

    >>> is_number(0.5), is_number(1e300), is_number(True), is_number(0), is_number(0, True)
    (True, False, False, False, True)
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return SMALLEST <= value <= LARGEST or (or_zero and value == 0)
