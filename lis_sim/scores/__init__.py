"""Scores of recommenders: AUC, its differences, their errors, and what to do about them.

NumPy, and machine code over its arrays where sorting and counting take the time (:mod:`.radix`,
:mod:`.counting`). Read :mod:`.auc` and :mod:`.influence` first, then :mod:`.window` (what an arm
contributes of a window), :mod:`.accumulate` (sums over windows), :mod:`.interval`, :mod:`.anytime`
(for readers who look while a run goes) and :mod:`.verdict`; :mod:`.family` puts them together.
What is measured beside the AUC: :mod:`.metrics_plan`, :mod:`.measures`, :mod:`.metric_family`.
:mod:`.binned_auc` is for scores that do not fit one machine.
"""

from lis_sim.scores.accumulate import Accumulator
from lis_sim.scores.anytime import anytime_half_width
from lis_sim.scores.auc import Auc, auc
from lis_sim.scores.binned_auc import BinnedAuc
from lis_sim.scores.calibration import calibration, log_loss
from lis_sim.scores.family import LisFamily
from lis_sim.scores.gauc import gauc
from lis_sim.scores.influence import auc_influence, auc_influences, clustered_variance
from lis_sim.scores.interval import Estimate
from lis_sim.scores.measures import EventColumns, Measured
from lis_sim.scores.metrics_plan import MetricsPlan
from lis_sim.scores.plan import FamilyPlan, RepresentationPlan, first_window_after
from lis_sim.scores.ratio import Covariance, fieller
from lis_sim.scores.verdict import Evidence, Verdict, decide
from lis_sim.scores.window import CellWindow, SliceCell, score_cell, score_cells

__all__ = [
    "Accumulator",
    "Auc",
    "BinnedAuc",
    "CellWindow",
    "Covariance",
    "Estimate",
    "EventColumns",
    "Evidence",
    "FamilyPlan",
    "LisFamily",
    "Measured",
    "MetricsPlan",
    "RepresentationPlan",
    "SliceCell",
    "Verdict",
    "anytime_half_width",
    "auc",
    "auc_influence",
    "auc_influences",
    "calibration",
    "clustered_variance",
    "decide",
    "fieller",
    "first_window_after",
    "gauc",
    "log_loss",
    "score_cell",
    "score_cells",
]
