"""Content vectors aligned on preference data: the gain a model really reaches."""

from lis_sim.alignment.cut import parse_cut
from lis_sim.alignment.methods import METHODS
from lis_sim.alignment.versions import Aligned, align, align_rolling, aligned_versions

__all__ = ["METHODS", "Aligned", "align", "align_rolling", "aligned_versions", "parse_cut"]
