"""The space: what is drawn, what a grid has, what Optuna is told, and what is refused."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.errors import ConfigError
from lis_sim.hashing import generator
from lis_sim.search.conditions import active
from lis_sim.search.edges import candidates
from lis_sim.search.plain import plain, text_of
from lis_sim.search.space import Settings, Space

KIND = {
    "kind": {"choice": ["co_click", "sparse_id"]},
    "rank": {"integer": [2, 4]},
    "passes": {"integer": [1, 2], "when": {"kind": "sparse_id"}},
    "rounds": {"choice": [1, 8], "when": {"kind": "co_click", "rank": [3, 4]}},
}

scalars: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-99, 99),
    st.text("ab ü\"'", max_size=4),
    st.floats(allow_nan=False, allow_infinity=False),
)
flat: st.SearchStrategy[Any] = st.one_of(scalars, st.lists(scalars, max_size=3))
values: st.SearchStrategy[Any] = st.one_of(
    flat, st.dictionaries(st.text("xy", max_size=2), flat, max_size=3)
)
ways: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.lists(values, min_size=1, max_size=4, unique_by=text_of).map(
        lambda found: {"choice": found}
    ),
    st.tuples(st.integers(1, 9), st.integers(1, 9), st.booleans()).map(
        lambda ends: {"integer": [ends[0], ends[0] + ends[1]], "log": ends[2]}
    ),
    st.sampled_from([{"uniform": [-1, 1.5]}, {"log_uniform": [1e-3, 10]}]),
)


@st.composite
def spaces(draw: st.DrawFn) -> Space:
    """Return a space of any kinds of dimensions, some of which depend on others."""
    space: dict[str, Any] = {}
    for at in range(draw(st.integers(1, 5))):
        how = draw(ways)
        earlier = [path for path, other in space.items() if "choice" in other]
        other = draw(st.sampled_from([None, *earlier]))
        if other is not None:
            wanted = draw(st.lists(st.sampled_from(space[other]["choice"]), min_size=1, max_size=2))
            how = {**how, "when": {other: wanted}}
        space[f"group.{at}"] = how
    return Space.parse(space)


def optuna_draws(space: Space, trials: int, seed: int = 0) -> list[tuple[Settings, dict[str, Any]]]:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    found = []
    for _ in range(trials):
        trial = study.ask()
        space.define(trial)
        found.append((space.decode(trial.params), dict(trial.params)))
    return found


@given(spaces(), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_what_is_drawn_is_of_the_space_and_survives_optuna_and_the_ledger(
    space: Space, seed: int
) -> None:
    drawn = space.draw(np.random.default_rng(seed))
    space.check(drawn)
    assert text_of(drawn) == text_of(space.draw(np.random.default_rng(seed))), "same seed"
    assert text_of(space.decode(space.encode(drawn))) == text_of(drawn)
    assert text_of(json.loads(json.dumps(drawn))) == text_of(drawn)
    there = {one.path for one in space.dimensions if active(one, drawn)}
    assert there == set(drawn)


@given(spaces())
@settings(max_examples=12, deadline=None)
def test_optuna_draws_what_the_space_has(space: Space) -> None:
    for found, params in optuna_draws(space, 3):
        space.check(found)
        assert space.encode(found) == params


@given(spaces())
@settings(max_examples=25, deadline=None)
def test_the_size_is_that_of_the_grid(space: Space) -> None:
    ranges = [one for one in space.dimensions if one.size is None]
    if ranges:
        assert space.size is None
        with pytest.raises(ConfigError, match=f"{ranges[0].kind}, which a grid has no values of"):
            space.grid()
        return
    grid = space.grid()
    assert len(grid) == space.size
    assert len({text_of(one) for one in grid}) == len(grid), "each once"
    for one in grid:
        space.check(one)


@given(spaces())
@settings(max_examples=25, deadline=None)
def test_every_edge_is_in_a_candidate(space: Space) -> None:
    known = {one.path: one for one in space.dimensions}
    for one in space.dimensions:
        # One that waits for two values at once of the same dimension never comes.
        parents = [known[path] for path in one.when]
        if any(parent.when for parent in parents):
            continue
        for edge in one.edges():
            for found in candidates(space, one, edge):
                space.check(found)
                assert text_of(found[one.path]) == text_of(edge)


def test_a_dimension_is_there_only_with_what_it_waits_for() -> None:
    grid = Space.parse(KIND).grid()
    # co_click: rank 2 alone, ranks 3 and 4 with two rounds each; sparse_id: 3 ranks x 2 passes
    assert len(grid) == 1 + 2 * 2 + 3 * 2
    assert {"kind": "co_click", "rank": 2} in grid
    assert {"kind": "co_click", "rank": 4, "rounds": 8} in grid
    assert {"kind": "sparse_id", "rank": 2, "passes": 1} in grid
    turned = Space.parse(dict(reversed(KIND.items())))
    assert [one.path for one in turned.dimensions] == ["rank", "kind", "rounds", "passes"]
    assert {text_of(one) for one in turned.grid()} == {text_of(one) for one in grid}


def test_a_large_grid_is_counted_and_not_made() -> None:
    space = Space.parse({f"{at}": {"integer": [1, 1000]} for at in range(4)})
    assert space.size == 1000**4
    with pytest.raises(ConfigError, match=r"1,000,000,000,000 settings, .* accepted: 10,000 at mo"):
        space.grid()


def test_draws_are_as_even_as_they_say() -> None:
    space = Space.parse(
        {
            "choice": {"choice": [None, "a", [1, 2]]},
            "whole": {"integer": [2, 5]},
            "octaves": {"integer": [1, 7], "log": True},
            "rate": {"log_uniform": [0.01, 1]},
            "share": {"uniform": [0, 2]},
        }
    )
    rng = generator(0, "test")
    drawn = [space.draw(rng) for _ in range(3000)]
    shares = [sum(one["choice"] == value for one in drawn) / 3000 for value in (None, "a", [1, 2])]
    assert shares == pytest.approx([1 / 3] * 3, abs=0.03)
    assert np.mean([one["whole"] for one in drawn]) == pytest.approx(3.5, abs=0.06)
    assert np.mean([one["share"] for one in drawn]) == pytest.approx(1.0, abs=0.04)
    assert np.mean([one["rate"] < 0.1 for one in drawn]) == pytest.approx(0.5, abs=0.03)
    # from 0.5 to 7.5 there are log2(15) octaves, and the 1 has those from 0.5 to 1.5
    ones = np.mean([one["octaves"] == 1 for one in drawn])
    assert ones == pytest.approx(np.log(3) / np.log(15), abs=0.03)
    assert {one["octaves"] for one in drawn} == set(range(1, 8))


def test_optuna_draws_a_log_integer_the_same_way() -> None:
    space = Space.parse({"octaves": {"integer": [1, 7], "log": True}})
    theirs = [found["octaves"] for found, _ in optuna_draws(space, 400)]
    rng = generator(1, "test")
    ours = [space.draw(rng)["octaves"] for _ in range(4000)]
    for value in range(1, 8):
        assert np.mean(np.equal(theirs, value)) == pytest.approx(
            np.mean(np.equal(ours, value)), abs=0.08
        )


def test_dates_and_tuples_become_what_json_gives_back() -> None:
    space = Space.parse({"until": {"choice": [date(2024, 1, 31), None, (1, 2)]}})
    assert space.dimensions[0].choices == ("2024-01-31", None, [1, 2])
    with pytest.raises(ConfigError, match=r"x has the key 1; accepted: text as a key"):
        plain({1: 2}, "x")
    with pytest.raises(ConfigError, match=r"x has nan; accepted: finite numbers"):
        plain([float("nan")], "x")


WRONG: list[tuple[object, str]] = [
    (None, r"search\.space is None; accepted: settings and how they are drawn, as in"),
    ({}, r"search\.space is \{\}; accepted"),
    ({"a": 3}, r"search\.space: a is 3; accepted: how it is drawn, as in \{choice: \[1, 2\]\}"),
    ({"a": {}}, r"a has no way to draw it; accepted: exactly one of choice, integer, uniform"),
    ({"a": {"choise": [1]}}, r"a: 'choise' is no way .*; did you mean 'choice'\?; accepted"),
    ({"a": {"choice": [1], "uniform": [0, 1]}}, r"a has choice and uniform; accepted: exactly"),
    ({"a": {"choice": []}}, r"a: choice is \[\]; accepted: a list of values"),
    ({"a": {"choice": "x"}}, r"a: choice is 'x'; accepted: a list of values"),
    ({"a": {"choice": [1, [2], [2]]}}, r"a: choice has \[2\] twice; accepted: distinct values"),
    ({"a": {"choice": [{1, 2}]}}, r"a has \{1, 2\}; accepted: text, numbers"),
    ({"a": {"integer": [2]}}, r"integer is \[2\]; accepted: two whole numbers, the smaller one fi"),
    ({"a": {"integer": [2.0, 4]}}, r"integer is \[2\.0, 4\]; accepted: two whole numbers"),
    ({"a": {"integer": [False, True]}}, r"integer is \[False, True\]; accepted: two whole"),
    ({"a": {"integer": [4, 4]}}, r"integer is \[4, 4\]; accepted: two whole numbers, the smaller"),
    ({"a": {"uniform": [1, 0]}}, r"uniform is \[1, 0\]; accepted: two numbers, the smaller"),
    ({"a": {"uniform": ["0", 1]}}, r"uniform is \['0', 1\]; accepted: two numbers"),
    ({"a": {"uniform": [0, float("inf")]}}, r"a has inf; accepted: finite numbers"),
    ({"a": {"log_uniform": [0, 1]}}, r"log_uniform is \[0, 1\], but 0 .* have no logarithm"),
    ({"a": {"integer": [0, 9], "log": True}}, r"integer is \[0, 9\], but 0 and what is below it"),
    ({"a": {"integer": [1, 9], "log": 1}}, r"a: log is 1; accepted: true or false"),
    ({"a": {"uniform": [1, 9], "log": True}}, r"log is given with uniform; .*take log_uniform"),
    ({"a": {"choice": [1, 9], "log": True}}, r"log is given with choice; .*; leave it out"),
    ({"a": {"choice": [1], "when": {}}}, r"a: when is \{\}; accepted: another dimension's path"),
    ({"a": {"choice": [1], "when": "b"}}, r"a: when is 'b'; accepted: another dimension's path"),
    (
        {"a": {"choice": [1], "when": {"beta": 1}}, "bet": {"choice": [1]}},
        r"a: when names beta, which is no other dimension .*; did you mean 'bet'\?; accepted: bet",
    ),
    ({"a": {"choice": [1], "when": {"a": 1}}}, r"when names a, which is no other .*: none is the"),
    (
        {"a": {"choice": [1], "when": {"b": 1}}, "b": {"uniform": [0, 2]}},
        r"when names b, which is uniform: hardly ever .*; accepted: a choice or an integer",
    ),
    (
        {"a": {"choice": [1], "when": {"b": [1, "x"]}}, "b": {"choice": [1, None]}},
        r"when wants b to be 'x', which it never is; accepted: 1, null",
    ),
    (
        {"a": {"choice": [1], "when": {"b": 9}}, "b": {"integer": [1, 5]}},
        r"when wants b to be 9, which it never is; accepted: 1 to 5",
    ),
    (
        {
            "a": {"choice": [1], "when": {"b": 1}},
            "b": {"choice": [1], "when": {"c": 1}},
            "c": {"choice": [1], "when": {"a": 1}},
        },
        r"search\.space: a, b, c wait for each other in a circle",
    ),
]


@pytest.mark.parametrize(("space", "message"), WRONG)
def test_wrong_spaces(space: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Space.parse(space)


STRANGE: list[tuple[dict[str, Any], str]] = [
    ({}, r"kind is missing"),
    ({"kind": "co_click"}, r"rank is missing"),
    ({"kind": "co_click", "rank": 2, "passes": 1}, r"passes is not there"),
    ({"kind": "co_click", "rank": 2, "rang": 1}, r"rang is not there; did you mean 'rank'\?"),
    ({"kind": "co_click", "rank": 9}, r"rank is 9, which is not of this space"),
    ({"kind": "co_click", "rank": 2.0}, r"rank is 2\.0, which is not of this space"),
    ({"kind": None, "rank": 2}, r"kind is None, which is not of this space; accepted: .*choice"),
]


@pytest.mark.parametrize(("found", "message"), STRANGE)
def test_settings_of_another_space(found: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Space.parse(KIND).encode(found)
