"""Raw content: item vectors that were there before the log began."""

from __future__ import annotations

from lis_sim.data.dataset import Dataset
from lis_sim.errors import ConfigError
from lis_sim.preference.table import scaled_table
from lis_sim.types import Representation, RepresentationTable


def raw_content(dataset: Dataset, name: str) -> RepresentationTable:
    """Return the representation ``name``, which every arm may see in every window.

    Raises :class:`ConfigError` for one that has seen events of the log. Of one whose cut is unknown
    that is taken on trust.
    """
    table = dataset.representation(name)
    if table.trained_until_us is not None and table.trained_until_us >= dataset.start_us:
        raise ConfigError(
            f"'{name}' was trained on events of {dataset.path}; accepted as raw content: a "
            "representation trained before the log began; compare this one as a representation "
            "(representations: [...]) instead"
        )
    return table


def content_of(dataset: Dataset, name: str, dimensions: int) -> Representation:
    """Return raw content as arms see it: at most ``dimensions`` wide, of unit RMS each."""
    vectors, supported = scaled_table(raw_content(dataset, name), dataset.schema.items, dimensions)
    return Representation(vectors[None], supported[None])
