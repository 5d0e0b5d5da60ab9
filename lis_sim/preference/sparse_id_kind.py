"""``sparse_id`` as a kind of preference data."""

from __future__ import annotations

from lis_sim.data.dataset import Dataset
from lis_sim.data.decode import check_no_missing
from lis_sim.errors import ConfigError
from lis_sim.preference.intake import Intake
from lis_sim.preference.kind import Kind, Making
from lis_sim.preference.source import Source
from lis_sim.preference.sparse_id_settings import (
    check_settings,
    selection_of,
    sparse_id_settings,
)
from lis_sim.preference.sparse_id_source import SparseIdSource
from lis_sim.preference.spec import PreferenceSpec


def _width(spec: PreferenceSpec, dataset: Dataset, tower_dim: int) -> int:
    selection, width = selection_of(spec), sparse_id_settings(spec).dimensions
    column = selection.taken.column
    if column is not None:
        dataset.check_outcomes([column])
        check_no_missing(dataset.groups([column]), column)
    until_us = selection.until_us(dataset.start_us, dataset.end_us)
    if until_us is not None and until_us <= dataset.start_us:
        raise ConfigError(
            f"preference '{spec.name}': until is {selection.until!r}, and no event is before it; "
            "accepted: a date after the log's first event, or a larger share of its time"
        )
    if width > tower_dim:
        raise ConfigError(
            f"preference '{spec.name}': rank {width - 1} and the bias make {width} dimensions; "
            f"accepted: at most tower_dim, {tower_dim}; lower the rank or raise tower_dim"
        )
    return width


def _make(spec: PreferenceSpec, making: Making) -> Source:
    dataset = making.dataset
    _width(spec, dataset, making.tower_dim)
    intake = Intake.of(
        selection_of(spec), spec.per_user, making.seed, dataset.start_us, dataset.end_us
    )
    return SparseIdSource(sparse_id_settings(spec), intake, making)


SPARSE_ID = Kind(check_settings, _width, _make)
