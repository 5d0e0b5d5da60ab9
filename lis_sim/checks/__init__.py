"""The contract of recommenders and of builders of preference data, as checks that anybody can run.

>>> from lis_sim.checks import check
>>> report = check("popularity")
>>> report.failed, [one.check for one in report.outcomes if one.result == "skipped"][:1]
(0, ['a_new_view_counts_at_once'])
"""

from lis_sim.checks.builder_checks import BUILDER_CHECKS, BuilderCase
from lis_sim.checks.case import Case
from lis_sim.checks.outcome import BrokenError, Check, Outcome, UncheckedError, outcomes
from lis_sim.checks.policy_arms import ARM_CHECKS
from lis_sim.checks.policy_scores import SCORES
from lis_sim.checks.policy_state import STATE
from lis_sim.checks.report import Report, check

POLICY_CHECKS: tuple[Check[Case], ...] = (*SCORES, *STATE, *ARM_CHECKS)

__all__ = [
    "BUILDER_CHECKS",
    "POLICY_CHECKS",
    "BrokenError",
    "BuilderCase",
    "Case",
    "Check",
    "Outcome",
    "Report",
    "UncheckedError",
    "check",
    "outcomes",
]
