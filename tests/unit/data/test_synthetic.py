"""A synthetic world is written as its specification says, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lis_sim.data.blocks import concatenate
from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import (
    SyntheticSpec,
    draw_events,
    make_world,
    parse_synthetic,
    write_synthetic,
)
from lis_sim.data.world import SURFACES
from lis_sim.errors import ConfigError

SIZE: dict[str, Any] = {"events": 5_000, "users": 300, "items": 200}
SIGNALS = ("noise", "corrupt_30", "popularity", "category_taste")
SMALL = SyntheticSpec(**SIZE, signals=SIGNALS)


def events_of(log: Dataset) -> pa.Table:
    return pq.read_table(log.path / "events")


def by_id(log: Dataset, column: str) -> dict[str, Any]:
    """Return a column of the items' side table by original id."""
    values = pq.read_table(log.path / "items.parquet").column(column).to_pylist()
    return dict(zip(map(str, log.vocab("item").to_pylist()), values, strict=True))


def vectors_by_id(log: Dataset, name: str) -> dict[str, Any]:
    vectors = log.representation(name).vectors.tolist()
    return dict(zip(map(str, log.vocab("item").to_pylist()), vectors, strict=True))


def test_equal_specs_give_equal_fingerprints(tmp_path: Path) -> None:
    first = write_synthetic(SMALL, tmp_path / "a")
    again = write_synthetic(SMALL, tmp_path / "b")
    other = write_synthetic(SyntheticSpec(**SIZE, seed=1), tmp_path / "c")
    files = [p.relative_to(first.path) for p in first.path.rglob("*") if p.is_file()]
    assert len(files) == 13
    assert all((first.path / f).read_bytes() == (again.path / f).read_bytes() for f in files)
    assert first.fingerprint != other.fingerprint


def test_what_is_written_is_what_was_drawn(tmp_path: Path) -> None:
    log = write_synthetic(SMALL, tmp_path / "world")
    world = make_world(SMALL)
    (drawn,) = draw_events(SMALL, world)
    block = concatenate(list(log.blocks()))
    users = [int(str(u)[1:]) for u in log.vocab("user").to_pylist()]
    items = [int(str(i)[1:]) for i in log.vocab("item").to_pylist()]
    assert (np.array(users)[block.user] == drawn.user).all()
    assert (np.array(items)[block.item] == drawn.item).all()
    assert (block.label == drawn.label).all()
    names = [c.name for c in log.schema.categorical]
    assert names == ["category", "device", "surface", "position"]
    assert log.schema.categorical[2].size == len(SURFACES)
    assert (block.categorical[:, 0] == world.category[drawn.item]).all()
    assert len(items) == SMALL.items  # items without events keep a place
    truth = events_of(log).column("bayes_logit").to_numpy()
    assert (truth == drawn.logit.astype(np.float32)).all()


def test_outcomes_are_declared_and_no_feature(tmp_path: Path) -> None:
    log = write_synthetic(SMALL, tmp_path / "world")
    outcomes = ("dwell", "conversion", "bayes_logit", *SIGNALS)
    assert log.record.outcomes == outcomes
    table = events_of(log)
    assert all(table.schema.field(name).type == pa.float32() for name in outcomes)
    assert not set(outcomes) & {c.name for c in log.schema.categorical}
    assert log.schema.numeric == ()


def test_a_signal_changes_no_other_column(tmp_path: Path) -> None:
    plain = events_of(write_synthetic(SyntheticSpec(**SIZE), tmp_path / "plain"))
    more = events_of(write_synthetic(SMALL, tmp_path / "more"))
    assert more.select(plain.column_names).equals(plain)


def test_another_population_meets_the_same_catalogue(tmp_path: Path) -> None:
    here = write_synthetic(SyntheticSpec(**SIZE), tmp_path / "here")
    there = write_synthetic(SyntheticSpec(**SIZE, population_seed=9), tmp_path / "there")
    assert by_id(here, "born_us") == by_id(there, "born_us")
    assert by_id(here, "category") == by_id(there, "category")
    for name in ("content", "image", "text"):
        assert vectors_by_id(here, name) == vectors_by_id(there, name)
    assert events_of(here).column("time") != events_of(there).column("time")
    ours, others = (make_world(SyntheticSpec(population_seed=seed)) for seed in (0, 9))
    assert abs(np.corrcoef(ours.taste.ravel(), others.taste.ravel())[0, 1]) < 0.02
    same = write_synthetic(SyntheticSpec(**SIZE, population_seed=0), tmp_path / "same")
    assert same.fingerprint == here.fingerprint


def test_a_log_longer_than_a_chunk_is_ordered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = write_synthetic(SMALL, tmp_path / "whole")
    monkeypatch.setattr("lis_sim.data.world_events.CHUNK_EVENTS", 700)
    log = write_synthetic(SMALL, tmp_path / "world")
    assert sum(len(block) for block in log.blocks(block_rows=999)) == 5_000
    assert log.end_us - log.start_us > 27 * 86_400_000_000
    # The chunks decide which events happen, not what the world is.
    assert by_id(log, "born_us") == by_id(whole, "born_us")
    assert log.label_rate == pytest.approx(whole.label_rate, abs=0.03)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"events": 0}, "synthetic.events is 0; accepted: 1 or more"),
        ({"positions": 0}, "synthetic.positions is 0; accepted: 1 or more"),
        ({"born_before": 0.0}, "synthetic.born_before is 0.0; accepted: more than 0, at most 1"),
        ({"content_dimensions": 4}, "content_dimensions is 4; accepted: at least factors = 8"),
        ({"image_dimensions": 4}, "image_dimensions is 4; accepted: at least factors = 8"),
        ({"exposure_skill": 1.1}, "synthetic.exposure_skill is 1.1; accepted: 0 to 1"),
        ({"session_events": 0.5}, "synthetic.session_events is 0.5; accepted: 1 to 1e"),
        ({"activity_tail": 0.0}, "synthetic.activity_tail is 0.0; accepted: 0.1 to"),
        ({"drift": -1.0}, "synthetic.drift is -1.0; accepted: 0 to 100"),
        ({"new_days": float("inf")}, "synthetic.new_days is inf; accepted: 0 to"),
        ({"mood": float("nan")}, "synthetic.mood is nan; accepted: 0 to 100"),
        ({"signals": ("corrupt_101",)}, "synthetic.signals has 'corrupt_101'; accepted: corrupt_0"),
        ({"signals": ("popularty",)}, "has 'popularty'; did you mean 'popularity'?"),
        ({"signals": ("category",)}, "has 'category'; did you mean 'category_taste'?"),
        ({"signals": ("noise", "noise")}, "synthetic.signals has 'noise' twice"),
    ],
)
def test_a_world_must_be_possible(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace("?", r"\?")):
        SyntheticSpec(**settings)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"drfit": 0.1}, r"data\.synthetic\.drfit is not a setting; did you mean 'drift'\?"),
        ({"drift": "fast"}, r"data\.synthetic\.drift is 'fast'; accepted: a number"),
        ({"population_seed": 1.5}, r"population_seed is 1\.5; accepted: a whole number or null"),
        ({"signals": "noise"}, r"data\.synthetic\.signals is 'noise'; accepted: a list of names"),
        ({"signals": [1]}, r"data\.synthetic\.signals is \[1\]; accepted: a list of names"),
    ],
)
def test_settings_must_be_readable(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_synthetic(given)


def test_settings_may_be_all_there_are() -> None:
    given = {"population_seed": None, "activity_tail": 3, "signals": ["noise_2", "corrupt_100"]}
    spec = parse_synthetic(given)
    assert spec == SyntheticSpec(activity_tail=3, signals=("noise_2", "corrupt_100"))
