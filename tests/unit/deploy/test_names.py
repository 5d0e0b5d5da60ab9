"""Rules and dashboard read only what a run serves, by labels it has."""

from __future__ import annotations

import pytest

from tests.unit.deploy.deployed import (
    documented,
    metrics_in,
    panel_expressions,
    rules,
    selected_labels,
    variable_queries,
)

RECORDED = rules("record")
EXPRESSIONS = [
    *((name, str(rule["expr"])) for name, rule in (RECORDED | rules("alert")).items()),
    *panel_expressions(),
    *variable_queries().items(),
]


def test_names_are_found_in_expressions() -> None:
    expression = 'max by (run) (lis_sim_score{run="$run",arm!=""}) / lis_sim:gap:longest2w > 0'
    assert metrics_in(expression) == {"lis_sim_score", "lis_sim:gap:longest2w"}
    assert list(selected_labels(expression)) == [("lis_sim_score", {"run", "arm"})]


@pytest.mark.parametrize(("name", "expression"), EXPRESSIONS, ids=[name for name, _ in EXPRESSIONS])
def test_what_is_read_exists(name: str, expression: str) -> None:
    known = documented()
    assert metrics_in(expression) <= known.keys() | RECORDED.keys(), name
    for metric, labels in selected_labels(expression):
        assert labels <= known[metric], f"{name}: {metric}"


def test_everything_recorded_is_used() -> None:
    used = {metric for _, expression in EXPRESSIONS for metric in metrics_in(expression)}
    assert RECORDED.keys() <= used
