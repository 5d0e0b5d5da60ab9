"""Align content vectors on preference data, from the past only.

::

    time          start            until              end
    preference    ----------------->|                        vectors, or choices
    content       of every item of the table
    aligned                         |------------------>     windows that may count

What comes out is what a multimodal model could have learned by ``until``: a vector for every
item with content, also for those that nobody has met yet. Shown as an ``aligned`` arm it
reaches a gain (``ais``) that ``lis_crossfit`` of the same preference data is to bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from lis_sim.alignment.content import Content
from lis_sim.alignment.methods import by_head, by_ridge, method_settings
from lis_sim.alignment.ridge import RidgeSettings
from lis_sim.data.dataset import Dataset
from lis_sim.errors import ConfigError, LeakageError
from lis_sim.preference import PreferenceSpec
from lis_sim.preference.subspace import align as turned_onto
from lis_sim.types import Float64, RepresentationTable


@dataclass(frozen=True, slots=True)
class Aligned:
    """An aligned table and what alignment found out on the way."""

    table: RepresentationTable
    items: int  # with content that the preference data knows: what was learned from
    dimensions: int  # directions that were learned; 0: content can say nothing of the data
    explained: float  # share of the preference data predicted for items (users) left out
    sureness: float  # of the surest direction (of the head): the same over its standard error


def align(
    dataset: Dataset,
    content: RepresentationTable,
    spec: PreferenceSpec,
    until_us: int,
    method: str = "ridge",
    seed: int = 0,
    *,
    name: str = "aligned",
    settings: Mapping[str, Any] | None = None,
) -> RepresentationTable:
    """Return ``content`` aligned on ``spec`` by events up to ``until_us``, stamped with it.

    ``ridge`` regresses the item vectors of the preference data on the content and gives the
    fitted ones; ``contrastive`` trains a head (:mod:`lis_sim.alignment.contrastive`). Where
    the content says nothing of the preference data, all vectors are zero.

    Args:
        dataset: The log.
        content: A vector for every item to be given one, known by ``until_us``.
        spec: The preference data; ``contrastive`` needs kind ``co_click``.
        until_us: The last microsecond whose events may be seen.
        method: ``ridge`` or ``contrastive``.
        seed: Of everything drawn.
        name: Of the table returned.
        settings: Fields of :class:`~lis_sim.alignment.ridge.RidgeSettings` or
            :class:`~lis_sim.alignment.contrastive_settings.ContrastiveSettings`.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
    >>> spec = SyntheticSpec(events=4000, users=200, items=100)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = write_synthetic(spec, Path(folder) / "world")
    ...     content = log.representation("content")
    ...     table = align(log, content, PreferenceSpec("co_click"), log.end_us)
    ...     table.vectors.shape, table.trained_until_us == log.end_us
    ((100, 16), True)
    """
    (found,) = aligned_versions(
        dataset, content, spec, [until_us], method, seed, name=name, settings=settings
    )
    return found.table


def align_rolling(
    dataset: Dataset,
    content: RepresentationTable,
    spec: PreferenceSpec,
    cuts_us: Sequence[int],
    method: str = "ridge",
    seed: int = 0,
    *,
    name: str = "aligned",
    settings: Mapping[str, Any] | None = None,
) -> list[RepresentationTable]:
    """Return one version per cut, each as :func:`align` makes it, called ``name_0``, ``name_1``...

    Every version is turned onto the one before, so that a dimension means the same in all.
    Written into the dataset, they are preference data of kind ``table``, whose ``causal`` arm
    sees in every window the newest version trained before it: its ``history`` is their gain.
    """
    found = aligned_versions(
        dataset, content, spec, cuts_us, method, seed, name=name, settings=settings
    )
    return [
        RepresentationTable(
            f"{name}_{at}", one.table.item, one.table.vectors, one.table.trained_until_us
        )
        for at, one in enumerate(found)
    ]


def aligned_versions(
    dataset: Dataset,
    content: RepresentationTable,
    spec: PreferenceSpec,
    cuts_us: Sequence[int],
    method: str = "ridge",
    seed: int = 0,
    *,
    name: str = "aligned",
    settings: Mapping[str, Any] | None = None,
) -> Iterator[Aligned]:
    """Yield what :func:`align_rolling` returns, with what was found out on the way."""
    chosen = method_settings(method, settings or {})
    _check(dataset, content, cuts_us)
    laid_out = Content.of(content, dataset.schema.items)
    rows = np.flatnonzero(laid_out.known).astype(np.int32)
    fits = (
        by_ridge(dataset, laid_out, spec, cuts_us, chosen, seed)
        if isinstance(chosen, RidgeSettings)
        else by_head(dataset, laid_out, spec, cuts_us, chosen, seed)
    )
    before: Float64 | None = None
    for cut_us, fit in zip(cuts_us, fits, strict=True):
        vectors = fit.vectors if before is None else turned_onto(fit.vectors, before)
        before = vectors if fit.dimensions else before
        table = RepresentationTable(name, rows, vectors[rows].astype(np.float32), cut_us)
        yield Aligned(table, fit.items, fit.dimensions, fit.explained, fit.sureness)


def _check(dataset: Dataset, content: RepresentationTable, cuts_us: Sequence[int]) -> None:
    """Raise an error for cuts that nothing could be learned by, or content from after one."""
    if not len(cuts_us) or any(b <= a for a, b in pairwise(cuts_us)):
        raise ConfigError(f"cuts are {list(cuts_us)}; accepted: one or more, increasing")
    if cuts_us[0] < dataset.start_us:
        raise ConfigError(
            f"the cut {cuts_us[0]} lies before the first event of {dataset.path}, at "
            f"{dataset.start_us}; accepted: a later time"
        )
    known = content.trained_until_us
    if known is not None and known > cuts_us[0]:
        raise LeakageError(
            f"content '{content.name}' was trained until {known}, after the cut {cuts_us[0]}; "
            "aligned on it, a table would know more than its stamp says: give a later cut, or "
            "content that was known by then"
        )
