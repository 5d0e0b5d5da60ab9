"""Numba takes half a second to import: only who counts a score shall wait for it."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["lis_sim.scores", "lis_sim.cli", "lis_sim.report"])
def test_importing_loads_no_machine_code(module: str) -> None:
    code = f"import {module}, sys; print('numba' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.split() == ["False"]
