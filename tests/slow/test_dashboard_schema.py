"""Grafana's own types judge the dashboard: `@grafana/schema` and `tsc --noEmit`."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.deploy.deployed import ROOT, dashboard

pytestmark = [pytest.mark.slow, pytest.mark.services]

INSTALLED = ROOT / "build/grafana-schema"  # by `make test-services`
COMPILER = {
    "noEmit": True,
    "strict": True,
    "exactOptionalPropertyTypes": True,
    "module": "esnext",
    "moduleResolution": "bundler",
    "target": "es2022",
    "types": [],
    "skipLibCheck": True,
}
Dashboard = dict[str, Any]


def constants(board: Dashboard) -> Iterator[tuple[str, Any]]:
    """Yield a type of dashboard.ts and what must be of it, for all parts of the dashboard."""
    yield "Whole", {k: v for k, v in board.items() if k not in ("panels", "annotations")}
    yield from (("Annotation", one) for one in board["annotations"]["list"])
    for panel in board["panels"]:
        if panel["type"] == "row":
            yield "Row", panel
        else:
            yield from panel_constants(panel)


def panel_constants(panel: Dashboard) -> Iterator[tuple[str, Any]]:
    kind = panel["type"]
    yield "Panel", {k: v for k, v in panel.items() if k not in ("targets", "options")}
    yield f"Options['{kind}']", panel["options"]
    yield from (("Target", target) for target in panel["targets"])
    yield f"Custom['{kind}']", panel["fieldConfig"]["defaults"].get("custom", {})
    for override in panel["fieldConfig"]["overrides"]:
        # The values of overrides are of no type of their own: those of the fields they override.
        for one in override["properties"]:
            custom, dot, name = one["id"].partition(".")
            value_type = f"Custom['{kind}']" if dot else "Field"
            yield f"Partial<{value_type}>", {name if dot else custom: one["value"]}


@pytest.fixture
def complaints(tmp_path: Path) -> Callable[[Dashboard], str]:
    """Return a function from a dashboard to what tsc has against it."""
    if shutil.which("node") is None:
        pytest.skip("node is absent; Debian's packages nodejs and npm")
    if not (INSTALLED / "node_modules").is_dir():
        pytest.skip(f"@grafana/schema is not in {INSTALLED.relative_to(ROOT)}; make test-services")
    (tmp_path / "node_modules").symlink_to(INSTALLED / "node_modules")
    (tmp_path / "tsconfig.json").write_text(
        json.dumps({"compilerOptions": COMPILER, "files": ["check.ts"]})
    )
    types = (Path(__file__).parent / "dashboard.ts").read_text()

    def judge(board: Dashboard) -> str:
        lines = (
            f"export const c{i}: {kind} = {json.dumps(value)};"
            for i, (kind, value) in enumerate(constants(board))
        )
        (tmp_path / "check.ts").write_text(types + "\n".join(lines))
        command = ["node", "node_modules/typescript/bin/tsc", "--project", "."]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert bool(done.returncode) == bool(done.stdout.strip()), done.stderr
        return done.stdout

    return judge


def test_the_dashboard_is_what_grafana_takes(complaints: Callable[[Dashboard], str]) -> None:
    assert complaints(dashboard()) == ""


def test_mistakes_are_found(complaints: Callable[[Dashboard], str]) -> None:
    """One wrong value of every kind; otherwise an empty judgement would say nothing."""
    board = dashboard()
    first, line = (
        next(p for p in board["panels"] if p["type"] == kind) for kind in ("stat", "timeseries")
    )
    board["refresh"] = 30
    board["panels"][0]["collapsed"] = "no"
    first["gridPos"]["width"] = 3
    first["options"]["colorMode"] = "loud"
    line["fieldConfig"]["defaults"]["custom"]["drawStyle"] = "zigzag"
    line["fieldConfig"]["overrides"][0]["properties"][1]["value"] = "wide"
    line["targets"][0]["query"] = "up"
    board["annotations"]["list"][0]["enable"] = "yes"
    found = complaints(board)
    assert found.count("error TS") == 8, found
