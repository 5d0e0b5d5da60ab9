"""What raises an alarm and what must not: effect sizes, not numbers of events."""

from __future__ import annotations

import numpy as np
import pytest

from lis_sim.drift.measures import measures_of
from lis_sim.drift.measures_reference import Entry, MeasureReference
from lis_sim.drift.settings import DriftSettings
from lis_sim.drift.stream_sample import SAMPLE_EVENTS, Sample
from lis_sim.types import EventBlock
from tests.unit.drift.samples import ITEMS, SCHEMA, TABLE, Draw, drawn, in_sessions, samples

MEASURES = measures_of(SCHEMA, ["content"], DriftSettings())
BEFORE, REFERENCE = 4, 8  # windows


def compared(found: list[Sample]) -> list[list[Entry]]:
    """Return the entries of all windows after the reference."""
    usual = found[BEFORE : BEFORE + REFERENCE]
    references = [MeasureReference(measure, usual) for measure in MEASURES]
    return [[one.entry(later) for one in references] for later in found[BEFORE + REFERENCE :]]


def above(entries: list[Entry]) -> set[tuple[str, str]]:
    return {(one["measure"], one["of"]) for one in entries if one["value"] > one["threshold"]}


def after(random: np.random.Generator, events: int, changed: EventBlock) -> set[tuple[str, str]]:
    """Return what is above its threshold in a window that follows ``events`` in each before."""
    blocks = [drawn(random, events) for _ in range(BEFORE + REFERENCE)]
    return above(compared(samples([*blocks, changed]))[-1])


@pytest.mark.parametrize("draw", [drawn, in_sessions])
def test_small_windows_without_a_shift_are_quiet(draw: Draw) -> None:
    """At most 1 % of windows of 200 events, also where four events of a session are one."""
    windows = 0
    alarms = dict.fromkeys(((one.measure, one.of) for one in MEASURES), 0)
    for seed in range(3):
        random = np.random.default_rng(seed)
        blocks = [draw(random, 200) for _ in range(BEFORE + REFERENCE + 50)]
        for entries in compared(samples(blocks)):
            windows += 1
            for key in above(entries):
                alarms[key] += 1
    assert windows == 150
    assert max(alarms.values()) <= 0.01 * windows, alarms


def test_a_tiny_shift_of_a_huge_window_is_quiet() -> None:
    """One that any test of significance finds: a twentieth of a standard deviation."""
    random = np.random.default_rng(0)
    changed = drawn(random, 3 * SAMPLE_EVENTS, price=0.05, kind=1.15)
    assert after(random, SAMPLE_EVENTS, changed) == set()


@pytest.mark.parametrize("events", [1_000, 4_000])
def test_a_real_shift_is_seen_by_its_own_measures(events: int) -> None:
    random = np.random.default_rng(0)
    price = {("psi", "feature:price"), ("ks", "feature:price")}
    assert after(random, events, drawn(random, events, price=0.8)) == price
    kind = {("psi", "feature:kind")}
    assert after(random, events, drawn(random, events, kind=5.0)) == kind


def test_other_items_are_seen_as_items_and_in_their_vectors() -> None:
    random = np.random.default_rng(0)
    leaning = np.where(TABLE.vectors[:, 0] > 0.0, 1.0, 1e-3) / np.arange(1, ITEMS + 1)[::-1]
    found = after(random, 2_000, drawn(random, 2_000, item=leaning))
    assert ("psi", "items") in found
    assert {of for _, of in found} == {"items", "representation:content"}
    assert ("mean_shift", "representation:content") in found
    assert ("mmd", "representation:content") in found


def test_new_items_are_seen_as_new() -> None:
    random = np.random.default_rng(0)
    few = np.append(np.ones(50), np.zeros(ITEMS - 50))
    blocks = [drawn(random, 500, item=few) for _ in range(BEFORE + REFERENCE)]
    (entries,) = compared(samples([*blocks, drawn(random, 500)]))
    assert {("new_items", "items"), ("psi", "items")} <= above(entries)
    found = {(one["measure"], one["of"]): one for one in entries}
    assert found["new_items", "items"]["reference"] == pytest.approx(0.0, abs=1e-12)
    assert found["new_items", "items"]["value"] > 0.1


def test_thresholds_fall_to_their_floor_as_events_grow() -> None:
    random = np.random.default_rng(0)
    found = []
    for events in (60, 500, 4_000):
        blocks = [drawn(random, events) for _ in range(BEFORE + REFERENCE + 1)]
        (entries,) = compared(samples(blocks))
        found.append([one["threshold"] for one in entries])
    assert (np.diff(found, axis=0) <= 1e-12).all()
    floors = [measure.floor for measure in MEASURES]
    usual = [one["reference"] if one["measure"][:3] == "new" else 0.0 for one in entries]
    assert found[-1] == pytest.approx(np.add(floors, usual), abs=0.01)


def test_a_window_of_a_few_events_has_no_values() -> None:
    random = np.random.default_rng(0)
    blocks = [drawn(random, 300) for _ in range(BEFORE + REFERENCE)]
    (entries,) = compared(samples([*blocks, drawn(random, 19)]))
    assert [one["value"] for one in entries] == [None] * len(MEASURES)
    assert [one["threshold"] for one in entries] == [measure.floor for measure in MEASURES]


def test_entries_do_not_depend_on_how_often_they_are_asked_for() -> None:
    random = np.random.default_rng(0)
    found = samples([drawn(random, 300) for _ in range(BEFORE + REFERENCE + 2)])
    assert compared(found) == compared(found)
