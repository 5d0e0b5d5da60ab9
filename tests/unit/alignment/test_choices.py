"""Choices are what they say: of one user, one engaged with, the others passed over."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.alignment.choices import Shown
from lis_sim.preference.evidence import Evidence
from lis_sim.preference.past import Past

ITEMS = 12


def shown_to(seed: int, events: int = 120, users: int = 8) -> tuple[Past, Shown]:
    random = np.random.default_rng(seed)
    user = np.sort(random.integers(0, users, events)).astype(np.int32)
    item = random.integers(0, ITEMS, events).astype(np.int32)
    whose, start = np.unique(user, return_index=True)
    ends = np.append(start, events)
    past = Past(whose, Evidence(item, random.integers(0, 2, events).astype(np.float32), ends))
    return past, Shown.of(past, random.random(ITEMS) < 0.8)


def answers(past: Past) -> dict[tuple[int, int], bool]:
    """Return by user and item whether the first meeting was an engagement."""
    found: dict[tuple[int, int], bool] = {}
    for group, user in enumerate(past.user):
        for at in range(past.evidence.start[group], past.evidence.start[group + 1]):
            pair = (int(user), int(past.evidence.item[at]))
            found.setdefault(pair, bool(past.evidence.label[at]))
    return found


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_first_meetings_of_users_with_both_answers_are_kept(seed: int) -> None:
    past, shown = shown_to(seed)
    truth = answers(past)
    pairs = list(zip(shown.user[shown.group].tolist(), shown.item.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert [truth[pair] for pair in pairs] == shown.engaged.tolist()
    for group in range(len(shown.user)):
        given_by = shown.engaged[shown.group == group]
        assert given_by.any()
        assert not given_by.all()
        assert (np.diff(given_by.astype(int)) <= 0).all()  # engagements first


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_a_choice_shares_no_event_with_its_context(seed: int) -> None:
    past, shown = shown_to(seed)
    truth = answers(past)
    choices = shown.draw(np.random.default_rng(seed), passed=3, share=0.5)
    known_by = {(int(shown.group[at]), int(shown.item[at])) for at in choices.context}
    for group, offered in zip(choices.group.tolist(), choices.offered.tolist(), strict=True):
        user = int(shown.user[group])
        assert [truth[user, item] for item in offered] == [True, False, False, False]
        assert not {(group, item) for item in offered} & known_by


def test_rates_and_residuals_by_hand() -> None:
    shown = Shown(
        np.array([4, 7], np.int32),
        np.array([0, 0, 1, 1]),
        np.array([0, 1, 0, 2], np.int32),
        np.array([True, False, True, False]),
    )
    rate = shown.rates(4, strength=2.0)
    np.testing.assert_allclose(rate, [(2 + 1) / 4, 1 / 3, 1 / 3, 0.5])
    first = np.array([1 - 0.75, -1 / 3])
    np.testing.assert_allclose(shown.beyond(rate, 2.0)[:2], first - first.sum() / 4)


def test_users_can_be_taken_out() -> None:
    _, shown = shown_to(3)
    some = shown.of_users(np.arange(len(shown.user)) % 2 == 1)
    assert some.user.tolist() == shown.user[1::2].tolist()
    kept = np.isin(shown.user[shown.group], some.user)
    assert some.user[some.group].tolist() == shown.user[shown.group][kept].tolist()
    assert some.item.tolist() == shown.item[kept].tolist()
