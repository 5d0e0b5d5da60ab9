"""The public logs through their presets: the known counts and blemishes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lis_sim.data.describe import describe
from lis_sim.data.importing import DUPLICATE, import_log
from lis_sim.data.presets import load_preset
from lis_sim.data.windows import WindowRule, plan_windows

pytestmark = pytest.mark.real_data


def test_kuairand(real_data: Callable[[str], Path], tmp_path: Path) -> None:
    spec = load_preset("kuairand").at(real_data("kuairand_pure"))
    log = import_log(spec, tmp_path / "log")
    assert log.record.rows_in == 228_329
    assert dict(log.record.dropped) == {DUPLICATE: 5_832}
    assert log.rows == 222_497
    assert (log.schema.users, log.schema.items) == (25_156, 6_361)
    assert log.label_rate == pytest.approx(0.4495, abs=1e-4)
    found = describe(log)
    assert found.leaks == ()
    assert [c.column for c in found.columns if c.leak] == ["play_time_ms"]  # an outcome
    windows = plan_windows(log, WindowRule(count=20))
    assert len(windows) == 20
    assert sum(w.events for w in windows) == log.rows


def test_movietweetings(real_data: Callable[[str], Path], tmp_path: Path) -> None:
    spec = load_preset("movietweetings").at(real_data("movietweetings"))
    log = import_log(spec, tmp_path / "log")
    assert (log.rows, log.schema.users, log.schema.items) == (100_000, 16_554, 10_506)
    assert log.label_rate == pytest.approx(0.5054, abs=1e-4)
    assert log.record.blemishes == ("49,797 rows were earlier than the row before; sorted",)
    titles = log.representation("title_minilm")
    assert titles.vectors.shape == (10_506, 384)
    assert titles.trained_until_us is None
    assert np.isfinite(titles.vectors).all()


def test_movielens_keeps_items_without_events(
    real_data: Callable[[str], Path], tmp_path: Path
) -> None:
    spec = load_preset("movielens_csv").at(real_data("ml_latest_small"))
    log = import_log(spec, tmp_path / "log")
    assert (log.rows, log.schema.users) == (100_836, 610)
    found = describe(log)
    assert (found.items, found.items_with_events) == (9_742, 9_724)
    assert log.representation("title_minilm").item.tolist() == list(range(9_742))
