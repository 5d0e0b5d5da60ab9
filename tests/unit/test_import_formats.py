"""The logs that imports of formats are measured with, and the benchmark itself, small."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import import_formats
from benchmarks.raw_formats import RawFormat, write_format
from lis_sim.data.importing import import_log


@pytest.mark.parametrize(("form", "rows"), [("jsonl", 1_010), ("slates", 1_000)])
def test_every_event_is_imported(form: str, rows: int, tmp_path: Path) -> None:
    spec = RawFormat(form, events=1_010, users=50, items=30)
    mapping = write_format(spec, tmp_path)
    assert len(list((tmp_path / "raw").iterdir())) == spec.files
    log = import_log(mapping, tmp_path / "log")
    assert log.rows == spec.rows == rows
    assert 0 < log.label_rate < 0.5


def test_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_formats, "ROWS", 2_000)
    found = {figure.name: figure for figure in import_formats.figures()}
    assert list(found) == [
        *("import_jsonl", "import_jsonl_peak_gib", "import_slates", "import_slates_peak_gib")
    ]
    assert "2,000 events" in found["import_slates"].detail
    assert all(figure.value is not None and figure.value > 0 for figure in found.values())
