"""Every part of the study that ``lis-sim validate`` runs."""

from __future__ import annotations

from lis_sim.experiments.coverage import CoveragePart
from lis_sim.experiments.estimator import EstimatorPart
from lis_sim.experiments.nulls import NullPart
from lis_sim.experiments.part import Part
from lis_sim.experiments.placebo import PlaceboPart
from lis_sim.experiments.power import PowerPart
from lis_sim.experiments.static import StaticPart
from lis_sim.experiments.verdicts import VerdictPart

PARTS: tuple[Part, ...] = (
    NullPart(),
    CoveragePart(),
    PowerPart(),
    PlaceboPart(),
    VerdictPart(),
    StaticPart(),
    EstimatorPart(),
)
