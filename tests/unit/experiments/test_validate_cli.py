"""``lis-sim validate``: what it prints where, and its exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import lis_sim.experiments.catalogue as catalogue
import lis_sim.experiments.study as study
from lis_sim.cli import main
from lis_sim.experiments.scheduling import play_here
from tests.unit.experiments.toys import Doubling

Validate = Callable[..., tuple[int, str, str]]


@pytest.fixture
def validate(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Validate:
    """Run the command over toy parts in this process; return exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.setattr(study, "play_on_ray", play_here)
    monkeypatch.setattr(catalogue, "PARTS", (Doubling(), Doubling("broken", broken=(3,))))

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["lis-sim", "validate", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return int(ended.value.code or 0), out, err

    return run


def test_prints_figures_as_a_table(validate: Validate, tmp_path: Path) -> None:
    code, out, err = validate("--only", "doubling")
    assert code == 0, err
    assert "doubling_mean" in out
    assert ">= 3" in out
    assert "4 tasks (0 kept)" in out
    assert (tmp_path / "runs" / "validate" / "results.jsonl").is_file()


def test_json_is_one_object(validate: Validate) -> None:
    code, out, _ = validate("--quick", "--only", "doubling", "--json")
    (figure,) = json.loads(out)["figures"]
    assert code == 0  # it ran; that its target is not met is a result
    assert set(figure) == {"name", "value", "low", "high", "target", "detail", "met"}
    assert (figure["name"], figure["value"], figure["met"]) == ("doubling_mean", 1.0, False)


def test_failed_tasks_are_named_at_the_end(validate: Validate) -> None:
    code, out, err = validate("--json")
    assert code == 1
    assert len(json.loads(out)["figures"]) == 2
    assert "failed: broken/case/3: ValueError: seed 3 is broken" in err
    assert validate("--quick")[0] == 0


def test_writes_the_page(validate: Validate) -> None:
    code, _, _ = validate("--only", "doubling", "--markdown", "docs/page.md", "--out", "elsewhere")
    assert code == 0
    text = Path("docs/page.md").read_text()
    assert "```bash\nlis-sim validate --only doubling\n```" in text
    assert Path("elsewhere/results.jsonl").is_file()


def test_an_unknown_part_is_refused(validate: Validate) -> None:
    code, _, err = validate("--only", "doublings")
    assert code == 1
    assert "did you mean 'doubling'?; accepted: doubling, broken" in err
