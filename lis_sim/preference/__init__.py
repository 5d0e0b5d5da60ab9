"""Preference data becomes item representations, one window after another."""

from lis_sim.preference.builder import Builder, BuilderPlan, widths
from lis_sim.preference.spec import Horizon, PreferenceSpec

__all__ = ["Builder", "BuilderPlan", "Horizon", "PreferenceSpec", "widths"]
