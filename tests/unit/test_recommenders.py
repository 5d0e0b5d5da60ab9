"""``python -m benchmarks.recommenders``: a row for every recommender, over one stream."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from benchmarks.recommenders import main
from policies.catalogue import POLICIES


@pytest.mark.slow
def test_every_recommender_has_a_row_and_a_number_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = {"events": 1200, "users": 30, "items": 20}
    config = {
        "data": {"synthetic": world, "cache": str(tmp_path / "cache")},
        "stream": {"window": {"count": 3}, "step_events": 200},
        "monitoring": {"enabled": False},
    }
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(config))
    main([str(path)])
    head, _, *rows = capsys.readouterr().out.splitlines()
    assert head == "| recommender | tiny | seconds |"
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert [row[0].strip("`") for row in cells] == list(POLICIES)
    values = [float(row[1]) for row in cells]
    assert all(0.4 < value < 0.8 for value in values)
    assert len(set(values)) == len(values)
