"""The family of preference data sets can be asked for, generated and built."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lis_sim.arms import Arm
from lis_sim.config import parse_config
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.data.windows import WindowRule, plan_windows
from lis_sim.errors import ConfigError
from lis_sim.experiments.data_sets import (
    CORRUPTION,
    FAMILY,
    WORTHLESS,
    members,
    signals_needed,
)
from lis_sim.preference import Builder, BuilderPlan, Horizon, PreferenceSpec, widths


def test_there_are_enough_and_the_known_ones_are_among_them() -> None:
    assert len(FAMILY) >= 24
    assert set(CORRUPTION) | set(WORTHLESS) <= set(FAMILY)
    assert [one.name for one in FAMILY.values()] == list(FAMILY)
    settings = [(one.per_user, dict(one.settings)) for one in FAMILY.values()]
    assert all(settings.count(one) == 1 for one in settings)


def test_all_of_them_make_one_config() -> None:
    raw = {
        "name": "all",
        "data": {"synthetic": {}},
        "preferences": [one.model_dump() for one in FAMILY.values()],
    }
    assert parse_config(raw).preferences == members(FAMILY)


def test_one_world_has_what_they_all_need_and_every_arm_sees_something(tmp_path: Path) -> None:
    spec = SyntheticSpec(events=4000, users=80, items=40, signals=signals_needed(FAMILY))
    dataset = write_synthetic(spec, tmp_path / "world")
    preferences = tuple(
        PreferenceSpec(one.name, one.kind, one.settings, one.per_user) for one in members(FAMILY)
    )
    arms = tuple(Arm("leaked", name) for name in FAMILY)
    windows = plan_windows(dataset, WindowRule(count=2))
    plan = BuilderPlan(arms, preferences, windows, (0,), Horizon(None))
    wide = widths(plan, dataset)
    builder = Builder(plan, dataset)
    builder.start(0)
    shown = builder.build(0) | builder.build(1)
    seen = {name: shown[f"leaked:{name}", 0] for name in FAMILY}
    for name, one in seen.items():
        assert one.vectors.any(), name
        assert (one.dimensions,) == wide[f"leaked:{name}"]
    everything = seen["corrupt_0"].vectors
    assert all(
        not np.array_equal(one.vectors, everything)
        for name, one in seen.items()
        if name != "corrupt_0"
    )


def test_an_unknown_member_is_named() -> None:
    with pytest.raises(ConfigError, match=r"'corrupt_15' is not in the family .* did you mean"):
        members(["corrupt_15"])
