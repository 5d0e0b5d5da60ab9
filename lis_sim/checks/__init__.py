"""The contract of recommenders and of builders of preference data, as checks that anybody can run.

>>> from lis_sim.checks import check
>>> report = check("popularity")
>>> report.failed, [one.check for one in report.outcomes if one.result == "skipped"][:1]
(0, ['an_empty_representation_changes_nothing'])
"""

from lis_sim.checks.builder_checks import BUILDER_CHECKS, BuilderCase
from lis_sim.checks.case import Case
from lis_sim.checks.outcome import BrokenError, Check, Outcome, UncheckedError, outcomes
from lis_sim.checks.policy import POLICY_CHECKS
from lis_sim.checks.report import Report, check

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
