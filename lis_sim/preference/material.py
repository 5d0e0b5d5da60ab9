"""What a ``co_click`` data set is made of: which events it takes in, and which of them it uses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lis_sim.data.dataset import Dataset
from lis_sim.data.future import FutureDoor
from lis_sim.errors import ConfigError, nearest
from lis_sim.preference.co_click import ItemVectors
from lis_sim.preference.co_click_settings import selection_of
from lis_sim.preference.evidence import Evidence, EvidenceStore, evidence_of, with_support
from lis_sim.preference.intake import Intake
from lis_sim.preference.level import Level, read_level
from lis_sim.preference.selection import check_selection
from lis_sim.preference.spec import PreferenceSpec

ITEM = "item"


@dataclass(frozen=True, slots=True)
class Material:
    """What one data set takes in, and what it uses of that."""

    intake: Intake
    items: int
    min_support: int = 0
    max_support: int | None = None
    level: Level | None = None  # None: vectors are made of items

    @property
    def fixed(self) -> bool:
        """Is what is used of the whole log the same in every window?"""
        return self.intake.max_age_us is None and self.max_support is None

    @property
    def rows(self) -> int:
        """Of how many things vectors are made: items, or values of a column."""
        return self.items if self.level is None else self.level.values

    def used(self, evidence: Evidence, past: EvidenceStore) -> Evidence:
        """Return what the construction is given of ``evidence``, which is about items."""
        if self.min_support > 0 or self.max_support is not None:
            known = None if self.max_support is None else evidence_of(past, past)
            evidence = with_support(evidence, self.items, self.min_support, self.max_support, known)
        return evidence if self.level is None else self.level.of(evidence)

    def of_items(self, built: ItemVectors, evidence: Evidence) -> ItemVectors:
        """Return what was built of :meth:`used` ``evidence`` as vectors of items."""
        if self.level is None:
            return built
        met = np.bincount(evidence.item, minlength=self.items) > 0
        return self.level.to_items(built, met)


def material_of(spec: PreferenceSpec, door: FutureDoor, seed: int) -> Material:
    """Return what ``spec`` is made of, of the log behind ``door``."""
    dataset, selection = door.dataset, selection_of(spec)
    check_material(spec, dataset)
    intake = Intake.of(selection, spec.per_user, seed, dataset.start_us, dataset.end_us)
    level = None if selection.level == ITEM else read_level(door, selection.level)
    items = dataset.schema.items
    return Material(intake, items, selection.min_support, selection.max_support, level)


def check_material(spec: PreferenceSpec, dataset: Dataset) -> None:
    """Raise an error for settings of ``spec`` that this log cannot fulfil."""
    selection = selection_of(spec)
    check_selection(spec.name, selection, dataset)
    if selection.taken.exposure and dataset.negatives is not None:
        raise ConfigError(
            f"preference '{spec.name}': behaviour is 'exposure', but events of {dataset.path} are "
            f"{dataset.negatives}, which nobody was shown; accepted: another behaviour"
        )
    levels = (ITEM, *(column.name for column in dataset.schema.categorical))
    if selection.level not in levels:
        raise ConfigError(
            f"preference '{spec.name}': level is '{selection.level}', which is no categorical "
            f"column of {dataset.path}; accepted: {', '.join(levels)}"
            f"{nearest(selection.level, levels)}"
        )
