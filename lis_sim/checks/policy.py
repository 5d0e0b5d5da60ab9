"""All checks of a recommender, in the order in which they are made."""

from __future__ import annotations

from lis_sim.checks.case import Case
from lis_sim.checks.outcome import Check
from lis_sim.checks.policy_arms import ARM_CHECKS
from lis_sim.checks.policy_first import FIRST_CHECKS
from lis_sim.checks.policy_scores import SCORES
from lis_sim.checks.policy_state import STATE

POLICY_CHECKS: tuple[Check[Case], ...] = (*FIRST_CHECKS, *SCORES, *STATE, *ARM_CHECKS)
