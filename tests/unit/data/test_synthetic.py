"""The synthetic world is what its specification says, byte for byte."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from lis_sim.data.blocks import concatenate
from lis_sim.data.synthetic import (
    SURFACES,
    SyntheticSpec,
    draw_events,
    make_world,
    write_synthetic,
)
from lis_sim.errors import ConfigError

SMALL = SyntheticSpec(events=5_000, users=300, items=200)


def test_equal_specs_give_equal_fingerprints(tmp_path: Path) -> None:
    first = write_synthetic(SMALL, tmp_path / "a")
    again = write_synthetic(SMALL, tmp_path / "b")
    other = write_synthetic(
        SyntheticSpec(events=5_000, users=300, items=200, seed=1), tmp_path / "c"
    )
    files = [p.relative_to(first.path) for p in first.path.rglob("*") if p.is_file()]
    assert len(files) == 10
    assert all((first.path / f).read_bytes() == (again.path / f).read_bytes() for f in files)
    assert first.fingerprint != other.fingerprint


def test_the_best_possible_auc_leaves_room_and_is_not_certain() -> None:
    spec = SyntheticSpec()
    events = draw_events(spec, make_world(spec), 0, 1)
    assert 0.75 < roc_auc_score(events.label, events.probability) < 0.80
    assert 0.35 < events.label.mean() < 0.5
    # Calibrated by construction: the labels are drawn from the probability.
    assert events.label.mean() == pytest.approx(events.probability.mean(), abs=0.005)


def test_activity_has_a_heavy_tail_and_items_keep_appearing() -> None:
    spec = SyntheticSpec()
    world = make_world(spec)
    events = draw_events(spec, world, 0, 1)
    per_user = np.sort(np.bincount(events.user, minlength=spec.users))[::-1]
    assert per_user[: spec.users // 10].sum() > 0.35 * spec.events
    assert per_user[0] < 0.02 * spec.events
    assert (events.time_us >= world.born_us[events.item]).all()
    first_half, second_half = np.array_split(events.item, 2)
    fresh = np.setdiff1d(second_half, first_half)
    assert len(fresh) > 0.2 * spec.items


def test_what_is_written_is_what_was_drawn(tmp_path: Path) -> None:
    log = write_synthetic(SMALL, tmp_path / "world")
    world = make_world(SMALL)
    drawn = draw_events(SMALL, world, 0, 1)
    block = concatenate(list(log.blocks()))
    users = [int(str(u)[1:]) for u in log.vocab("user").to_pylist()]
    items = [int(str(i)[1:]) for i in log.vocab("item").to_pylist()]
    assert (np.array(users)[block.user] == drawn.user).all()
    assert (np.array(items)[block.item] == drawn.item).all()
    assert (block.label == drawn.label).all()
    assert [c.name for c in log.schema.categorical] == ["category", "device", "surface"]
    assert log.schema.categorical[2].size == len(SURFACES)
    assert (block.categorical[:, 0] == world.category[drawn.item]).all()
    assert len(items) == SMALL.items  # items without events keep a place


def test_content_is_the_factors_seen_through_noise(tmp_path: Path) -> None:
    spec = SyntheticSpec(events=5_000, users=300, items=200, content_noise=0.0)
    log = write_synthetic(spec, tmp_path / "world")
    items = [int(str(i)[1:]) for i in log.vocab("item").to_pylist()]
    content = log.representation("content")
    factors = make_world(spec).factors[items]
    # A rotation keeps every inner product.
    assert content.vectors @ content.vectors.T == pytest.approx(factors @ factors.T, abs=1e-3)
    assert content.vectors.shape == (200, 32)
    assert content.trained_until_us is not None
    assert content.trained_until_us <= log.start_us


def test_a_log_longer_than_a_chunk_is_ordered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lis_sim.data.synthetic.CHUNK_EVENTS", 700)
    log = write_synthetic(SMALL, tmp_path / "world")
    assert sum(len(block) for block in log.blocks(block_rows=999)) == 5_000
    assert log.end_us - log.start_us > 27 * 86_400_000_000


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"events": 0}, "synthetic.events is 0; accepted: 1 or more"),
        ({"born_before": 0.0}, "synthetic.born_before is 0.0; accepted: more than 0, at most 1"),
        ({"content_dimensions": 4}, "content_dimensions is 4; accepted: at least factors = 8"),
    ],
)
def test_a_world_must_be_possible(settings: dict[str, int], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        SyntheticSpec(**settings)
