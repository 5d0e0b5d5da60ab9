"""What tests of searches share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that a test imports, generates or decodes stays behind."""
    monkeypatch.setenv("LIS_SIM_CACHE", str(tmp_path / "cache"))
