"""The events a preference data set is made of, beside what the whole log has, for describing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lis_sim.data.dataset import Dataset
from lis_sim.data.future import FutureDoor
from lis_sim.preference.behaviour import Behaviour
from lis_sim.preference.evidence import Evidence, EvidenceStore, with_support
from lis_sim.preference.intake import Intake, Taken
from lis_sim.preference.material import Material, material_of
from lis_sim.preference.spec import PreferenceSpec
from lis_sim.types import Bool, EventBlock, Float64, Int32, Int64

_LABEL = 2  # the label's bit beside the behaviour's


@dataclass(frozen=True, slots=True)
class LogCounts:
    """What the whole log has."""

    impressions: Int64  # (I,) events of every item
    engagements: Int64  # (I,) those with label 1
    users: Int64  # (U,) events of every user
    start_us: int
    end_us: int  # of the last event

    @property
    def events(self) -> int:
        return int(self.impressions.sum())

    def add(self, block: EventBlock) -> LogCounts:
        """Return the counts with those of ``block``."""
        items, users = len(self.impressions), len(self.users)
        return replace(
            self,
            impressions=self.impressions + np.bincount(block.item, minlength=items),
            engagements=self.engagements
            + np.bincount(block.item[block.label > 0], minlength=items),
            users=self.users + np.bincount(block.user, minlength=users),
        )


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a builder holds of a data set at the log's end, by user (ascending), oldest first.

    ``label`` is what the log says of the same events, whatever the behaviour.
    """

    spec: PreferenceSpec
    material: Material
    user: Int32  # (n,)
    item: Int32  # (n,)
    engaged: Float64  # (n,) 0 or 1
    label: Float64  # (n,) 0 or 1
    time_us: Int64  # (n,)

    def __len__(self) -> int:
        return len(self.user)

    def chosen(self, rows: Bool) -> Gathered:
        """Return the events of ``rows`` ``(n,)`` alone."""
        return replace(
            self,
            user=self.user[rows],
            item=self.item[rows],
            engaged=self.engaged[rows],
            label=self.label[rows],
            time_us=self.time_us[rows],
        )

    def evidence(self, label: bool = False) -> Evidence:
        """Return the events as a construction is given them, engaged with by ``label`` if asked."""
        first = np.flatnonzero(np.diff(self.user, prepend=-1))
        engaged = (self.label if label else self.engaged).astype(np.float32)
        return Evidence(self.item, engaged, np.append(first, len(self)))


def gather(
    dataset: Dataset, specs: Sequence[PreferenceSpec], seed: int
) -> tuple[LogCounts, list[Gathered]]:
    """Read the log once; return what it has and what each of ``specs`` takes of it.

    Events are chosen as the builder chooses them for an arm that sees the log to its end.
    """
    door = FutureDoor(dataset)
    made_of = [material_of(spec, door, seed) for spec in specs]
    intakes = dict.fromkeys(one.intake for one in made_of)
    stores = {intake: EvidenceStore(intake.per_user, ages=True) for intake in intakes}
    columns = {intake.behaviour.column for intake in intakes}
    schema = dataset.schema
    items, users = np.zeros(schema.items, np.int64), np.zeros(schema.users, np.int64)
    counts = LogCounts(items, items, users, dataset.start_us, dataset.end_us)
    outcomes = sorted(column for column in columns if column is not None)
    for stamped in door.read(0, dataset.end_us + 1, dataset.start_us, outcomes):
        counts = counts.add(stamped.block)
        for intake, store in stores.items():
            store.add(_taken(intake, stamped.block))
    return counts, [_held(*one, stores, counts) for one in zip(specs, made_of, strict=True)]


def _taken(intake: Intake, block: EventBlock) -> Taken:
    """Return the events of ``intake``, their label as a second bit of ``engaged``.

    In one store, so that both are kept of the same events.
    """
    taken = intake.take(block)
    label = replace(intake, behaviour=Behaviour()).take(block).engaged
    return replace(taken, engaged=(taken.engaged + _LABEL * label).astype(np.int8))


def _held(
    spec: PreferenceSpec,
    material: Material,
    stores: Mapping[Intake, EvidenceStore],
    counts: LogCounts,
) -> Gathered:
    """Return what ``material`` uses of what its store holds once the log is over."""
    store = stores[material.intake]
    if material.intake.max_age_us is not None:
        store.forget_before(counts.end_us + 1 - material.intake.max_age_us)
    user, item, coded = store.events()
    engaged, label = (coded % _LABEL).astype(np.float64), (coded // _LABEL).astype(np.float64)
    found = Gathered(spec, material, user, item, engaged, label, store.times())
    if material.min_support == 0 and material.max_support is None:
        return found
    used = with_support(
        found.evidence(), material.items, material.min_support, material.max_support
    )
    return found.chosen(np.bincount(used.item, minlength=material.items)[item] > 0)
