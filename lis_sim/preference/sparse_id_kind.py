"""``sparse_id`` as a kind of preference data."""

from __future__ import annotations

from lis_sim.data.dataset import Dataset
from lis_sim.errors import ConfigError
from lis_sim.preference.intake import Intake
from lis_sim.preference.kind import Kind, Making
from lis_sim.preference.selection import check_selection
from lis_sim.preference.source import Source
from lis_sim.preference.sparse_id_settings import (
    check_settings,
    selection_of,
    sparse_id_settings,
)
from lis_sim.preference.sparse_id_source import SparseIdSource
from lis_sim.preference.spec import PreferenceSpec


def _widths(spec: PreferenceSpec, dataset: Dataset, tower_dim: int) -> tuple[int, ...]:
    check_selection(spec.name, selection_of(spec), dataset)
    width = sparse_id_settings(spec).dimensions
    if width > tower_dim:
        raise ConfigError(
            f"preference '{spec.name}': rank {width - 1} and the bias make {width} dimensions; "
            f"accepted: at most tower_dim, {tower_dim}; lower the rank or raise tower_dim"
        )
    return (width,)


def _make(spec: PreferenceSpec, making: Making) -> Source:
    dataset = making.dataset
    _widths(spec, dataset, making.tower_dim)
    intake = Intake.of(
        selection_of(spec), spec.per_user, making.seed, dataset.start_us, dataset.end_us
    )
    return SparseIdSource(sparse_id_settings(spec), intake, making)


SPARSE_ID = Kind(check_settings, _widths, _make)
