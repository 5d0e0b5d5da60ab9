"""The command that runs benchmarks: which ones, how it prints, how it ends."""

from __future__ import annotations

import importlib
import io
import json
from types import SimpleNamespace

import pytest

from benchmarks.__main__ import NAMES, ON_REQUEST, main
from lis_sim.errors import RunError
from lis_sim.experiments.figure import Figure


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let every benchmark give one figure at once; return the names of those that were run."""
    asked: list[str] = []

    def module(name: str) -> SimpleNamespace:
        asked.append(name)
        return SimpleNamespace(figures=lambda: [Figure(name[-5:], 0.5, target=">= 0.9")])

    monkeypatch.setattr(importlib, "import_module", module)
    return asked


def test_json_is_one_object_of_figures(measured: list[str]) -> None:
    out = io.StringIO()
    assert main(["--only", "drift", "--json"], out) == 0
    assert measured == ["benchmarks.drift"]
    (figure,) = json.loads(out.getvalue())["figures"]
    assert (figure["name"], figure["value"], figure["met"]) == ("drift", 0.5, False)


def test_without_a_name_all_are_run_and_a_table_is_printed(measured: list[str]) -> None:
    out = io.StringIO()
    assert main([], out) == 0
    assert measured == [f"benchmarks.{name}" for name in NAMES]
    assert out.getvalue().count(">= 0.9") == len(NAMES)


def test_long_ones_are_run_by_name_only(measured: list[str]) -> None:
    assert not set(ON_REQUEST) & set(NAMES)
    for name in ON_REQUEST:
        assert main(["--only", name, "--json"], io.StringIO()) == 0
    assert measured == [f"benchmarks.{name}" for name in ON_REQUEST]


def test_an_unknown_name_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--only", "drfit"])
    assert ended.value.code == 2
    assert f"did you mean 'drift'?; accepted: {NAMES[0]}, " in capsys.readouterr().err


def test_what_cannot_be_measured_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> list[Figure]:
        raise RunError("no room; make some")

    monkeypatch.setattr(importlib, "import_module", lambda name: SimpleNamespace(figures=broken))
    assert main(["--only", "drift"]) == 1
    assert "no room; make some" in capsys.readouterr().err
