"""Drift: whether what is watched still is what it was in a reference period.

Read :mod:`.reference` and :mod:`.series` first (one series), then :mod:`.detectors`,
:mod:`.persistence` and :mod:`.change`; :mod:`.stream` and :mod:`.measures` watch the log itself;
:mod:`.watch` puts both together, and :mod:`.cause` says what a change points to.
"""

from lis_sim.drift.settings import DriftSettings
from lis_sim.drift.stream import StreamWatch
from lis_sim.drift.watch import DriftWatch, WatchPlan

__all__ = ["DriftSettings", "DriftWatch", "StreamWatch", "WatchPlan"]
