"""No label is seen before its event is scored, and every label is seen once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.envs.logs import World, garbled, play, same, worlds


@given(worlds(), st.data())
def test_garbling_labels_leaves_what_was_shown_before_bit_identical(
    world: World, data: st.DataObject
) -> None:
    row = data.draw(st.integers(0, len(world.events)))
    honest, lying = play(world.env()), play(world.env(garbled(world.events, row)))
    steps_before = [k for k, first in enumerate(honest.rows) if first <= row]
    for k in steps_before:
        assert same(honest.observations[k], lying.observations[k])


@settings(max_examples=8)
@given(worlds())
def test_a_step_never_depends_on_its_own_labels_or_later_ones(world: World) -> None:
    honest = play(world.env())
    for k, first in enumerate(honest.rows):
        lying = play(world.env(garbled(world.events, first)))
        assert same(honest.observations[: k + 1], lying.observations[: k + 1])


@given(worlds())
def test_no_observation_names_a_label(world: World) -> None:
    expected = {"user", "item", "categorical", "numeric", "history", "history_length"}
    for observation in play(world.env()).observations:
        assert observation.keys() == expected | {"mask", "count"}


@given(worlds())
def test_history_is_what_was_revealed_before_the_step(world: World) -> None:
    played, length = play(world.env()), world.settings["history"]
    engaged: dict[int, list[int]] = defaultdict(list)
    for k, observation in enumerate(played.observations):
        for j in range(observation["count"]):
            recent = engaged[int(observation["user"][j])][::-1][:length]
            assert observation["history"][j].tolist() == recent + [-1] * (length - len(recent))
            assert observation["history_length"][j] == len(recent)
        if k < len(played.infos):
            revealed = played.infos[k]["revealed"]
            for user, item, label in zip(
                revealed["user"], revealed["item"], revealed["label"], strict=True
            ):
                if label:
                    engaged[int(user)].append(int(item))


@given(worlds())
def test_labels_are_revealed_once_their_time_has_passed(world: World) -> None:
    played, events = play(world.env()), world.events
    known_us = events.label_time_us
    if known_us is None:
        known_us = events.time_us + world.settings["label_delay_us"]
    out: list[int] = []
    clock_us = 0
    for k, info in enumerate(played.infos):
        rows = info["revealed"]["row"]
        assert (rows < played.rows[k + 1]).all(), "scored before it was revealed"
        assert (known_us[rows] < info["clock_us"]).all()
        assert info["clock_us"] >= clock_us
        assert np.lexsort((rows, known_us[rows])).tolist() == list(range(len(rows)))
        clock_us = info["clock_us"]
        out.extend([*rows.tolist(), *info["timed_out"].tolist()])
        waiting = set(range(played.rows[k + 1])) - set(out)
        assert info["settled_row"] == min(waiting, default=played.rows[k + 1])
        assert all(known_us[row] >= clock_us for row in waiting), "revealed too late"
    assert sorted(out) == list(range(len(events)))


@given(worlds())
def test_the_clock_stops_where_the_next_step_begins(world: World) -> None:
    played, time_us = play(world.env()), world.events.time_us
    for k, info in enumerate(played.infos):
        next_row = played.rows[k + 1]
        if not info["window_end"]:
            assert info["clock_us"] == max(time_us[next_row], time_us[next_row - 1] + 1)
        elif next_row < len(time_us):
            assert time_us[next_row - 1] < info["clock_us"] <= time_us[next_row]


@given(worlds())
def test_revealed_rows_say_what_was_shown_and_scored(world: World) -> None:
    played, events = play(world.env()), world.events
    for k, info in enumerate(played.infos):
        revealed = info["revealed"]
        rows = revealed["row"]
        for name in ("user", "item", "time_us", "label", "categorical", "numeric"):
            assert same(revealed[name], getattr(events, name)[rows]), name
        step = np.searchsorted(played.rows, rows, side="right") - 1
        assert (step <= k).all()
        for j, (row, shown) in enumerate(zip(rows, step, strict=True)):
            at = row - played.rows[shown]
            assert same(revealed["history"][j], played.observations[shown]["history"][at])
        arms = np.arange(world.settings["arms"])
        np.testing.assert_allclose(revealed["score"], arms[:, None] + rows / 1000, rtol=1e-6)


@given(worlds())
def test_without_delay_each_step_reveals_itself(world: World) -> None:
    at_once = replace(world.events, label_time_us=None)
    played = play(world.env(at_once, label_delay_us=0))
    for k, info in enumerate(played.infos):
        expected = list(range(played.rows[k], played.rows[k + 1]))
        assert info["revealed"]["row"].tolist() == expected
        assert not len(info["timed_out"])
