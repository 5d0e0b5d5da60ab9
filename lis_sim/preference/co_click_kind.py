"""``co_click`` as a kind of preference data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lis_sim.data.dataset import Dataset
from lis_sim.data.future import FutureDoor
from lis_sim.errors import ConfigError
from lis_sim.preference.co_click import CoClick
from lis_sim.preference.co_click_settings import co_click_settings, selection_of
from lis_sim.preference.co_click_source import CoClickSource
from lis_sim.preference.content import raw_content
from lis_sim.preference.distilled import Distiller
from lis_sim.preference.kind import Kind, Making
from lis_sim.preference.level import read_level
from lis_sim.preference.material import ITEM, check_material, material_of
from lis_sim.preference.source import Source
from lis_sim.preference.spec import PreferenceSpec


def _check(spec: PreferenceSpec) -> None:
    co_click_settings(spec)
    selection_of(spec)


def _widths(spec: PreferenceSpec, dataset: Dataset, tower_dim: int) -> tuple[int, ...]:
    check_material(spec, dataset)
    settings = co_click_settings(spec)
    width = settings.dimensions
    if width > tower_dim:
        raise ConfigError(
            f"preference '{spec.name}': rank {width - 1} and the engagement rate make {width} "
            f"dimensions; accepted: at most tower_dim, {tower_dim}; lower the rank or raise "
            "tower_dim"
        )
    distiller = _distiller(spec, dataset, tower_dim)
    return (width,) if distiller is None else (width, distiller.dimensions)


def _distiller(spec: PreferenceSpec, dataset: Dataset, tower_dim: int) -> Distiller | None:
    """Return what distils ``spec`` through content; None where it names none."""
    name = co_click_settings(spec).distil
    if name is None:
        return None
    table, wanted = raw_content(dataset, name), selection_of(spec).level
    level = None if wanted == ITEM else read_level(FutureDoor(dataset), wanted)
    if level is not None and not level.catalogue:
        raise ConfigError(
            f"preference '{spec.name}': distil is '{name}' and level '{wanted}' is a column of the "
            "events, which tells an item's value only once it is met; accepted with distil: level "
            f"{ITEM}, or a column of the items table"
        )
    return Distiller.of(table, dataset.schema.items, tower_dim, level)


def _make(spec: PreferenceSpec, making: Making) -> Source:
    material = material_of(spec, making.door, making.seed)
    making.reading.watch(material.intake)
    construction = CoClick(
        co_click_settings(spec), material.rows, making.seed, material.intake.behaviour.exposure
    )
    return CoClickSource(
        construction,
        material,
        making.reading,
        making.fold_of_users,
        making.folds,
        making.horizon.us is None,
        _distiller(spec, making.dataset, making.tower_dim),
    )


def _files(spec: PreferenceSpec, folder: Path) -> Mapping[str, Path]:
    name = co_click_settings(spec).distil
    return {} if name is None else {name: folder / "representations" / f"{name}.parquet"}


CO_CLICK = Kind(_check, _widths, _make, _files)
