"""A synthetic world whose truth is known: tastes, items that keep appearing, Bernoulli labels.

An event's label is 1 with probability ``sigmoid(logit)``, where the logit adds a bias, the
item's quality, the match of the user's taste with the item's factors, and a small effect of
the context. Nothing else enters, so no ranker can beat the AUC of that probability.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lis_sim.data import representations
from lis_sim.data.dataset import Dataset
from lis_sim.data.writer import DatasetWriter, describe_events
from lis_sim.errors import ConfigError
from lis_sim.hashing import generator
from lis_sim.types import Float64, Int32, Int64, RepresentationTable

START_US = 1_704_067_200_000_000  # 2024-01-01 00:00 UTC
DAY_US = 86_400_000_000
CHUNK_EVENTS = 1_000_000
MOST_ACTIVE = 40.0  # bounds one user's share; the median user's activity is about 0.8
DEVICES = ("phone", "tablet", "television")
SURFACES = ("feed", "search", "related", "notification")


@dataclass(frozen=True, slots=True)
class SyntheticSpec:
    """How large the world is and what matters in it.

    >>> SyntheticSpec(events=0)
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: synthetic.events is 0; accepted: 1 or more
    """

    events: int = 200_000
    users: int = 5_000
    items: int = 2_000
    seed: int = 0
    days: int = 28
    factors: int = 8  # dimensions of taste
    categories: int = 20  # item categories, a coarse view of the factors
    born_before: float = 0.3  # share of items live at the start; the rest appear over the log
    taste: float = 1.0  # standard deviation of the match's part of the logit
    quality: float = 0.6  # standard deviation of the items' part of the logit
    context: float = 0.2  # standard deviation of the context's part of the logit
    bias: float = -0.4
    content_dimensions: int = 32
    content_noise: float = 0.5  # standard deviation of the noise on the content representation

    def __post_init__(self) -> None:
        for name in ("events", "users", "items", "days", "factors", "categories"):
            if getattr(self, name) < 1:
                raise ConfigError(f"synthetic.{name} is {getattr(self, name)}; accepted: 1 or more")
        if not 0 < self.born_before <= 1:
            raise ConfigError(
                f"synthetic.born_before is {self.born_before}; accepted: more than 0, at most 1"
            )
        if self.content_dimensions < self.factors:
            raise ConfigError(
                f"synthetic.content_dimensions is {self.content_dimensions}; "
                f"accepted: at least factors = {self.factors}"
            )


@dataclass(frozen=True, slots=True)
class World:
    """What is true in a synthetic world. ``U`` users, ``I`` items by birth, ``f`` factors."""

    activity: Float64  # (U,) cumulative, ends at 1
    taste: Float64  # (U, f)
    popularity: Float64  # (I,) cumulative
    born_us: Int64  # (I,) non-decreasing
    quality: Float64  # (I,)
    factors: Float64  # (I, f)
    category: Int32  # (I,)
    device_effect: Float64  # (devices,)
    surface_effect: Float64  # (surfaces,)


@dataclass(frozen=True, slots=True)
class Events:
    """A chunk of raw events; indices are those of the :class:`World`, not of the log."""

    time_us: Int64  # (n,) sorted
    user: Int64  # (n,)
    item: Int64  # (n,)
    device: Int32  # (n,)
    surface: Int32  # (n,)
    probability: Float64  # (n,) that the label is 1
    label: Float64  # (n,)


def make_world(spec: SyntheticSpec) -> World:
    """Draw the fixed truth of a world."""
    users, items, context = (generator(spec.seed, p) for p in ("users", "items", "context"))
    activity = np.cumsum(np.minimum(users.pareto(1.5, spec.users) + 0.2, MOST_ACTIVE))
    taste = users.standard_normal((spec.users, spec.factors))
    factors = items.standard_normal((spec.items, spec.factors))
    late = items.random(spec.items) >= spec.born_before
    born = np.sort(np.where(late, items.random(spec.items), 0.0))
    born[0] = 0.0  # there is always something to show
    centres = items.standard_normal((spec.categories, spec.factors))
    popularity = np.cumsum(items.lognormal(0.0, 1.0, spec.items))
    return World(
        activity=activity / activity[-1],
        taste=taste,
        popularity=popularity,
        born_us=START_US + (born * spec.days * DAY_US).astype(np.int64),
        quality=spec.quality * items.standard_normal(spec.items),
        factors=factors,
        category=np.argmax(factors @ centres.T, axis=1).astype(np.int32),
        device_effect=spec.context * context.standard_normal(len(DEVICES)),
        surface_effect=spec.context * context.standard_normal(len(SURFACES)),
    )


def draw_events(spec: SyntheticSpec, world: World, chunk: int, chunks: int) -> Events:
    """Draw chunk ``chunk`` of ``chunks``: an equal share of the events and of the time.

    Users come by activity; items by popularity among those already born.
    """
    random = generator(spec.seed, f"events:{chunk}")
    events = spec.events * (chunk + 1) // chunks - spec.events * chunk // chunks
    share = (chunk + np.sort(random.random(events))) / chunks
    time_us = START_US + (share * spec.days * DAY_US).astype(np.int64)
    user = np.searchsorted(world.activity, random.random(events), side="right")
    live = np.searchsorted(world.born_us, time_us, side="right")
    mass = random.random(events) * world.popularity[live - 1]
    item = np.searchsorted(world.popularity, mass, side="right")
    device = random.choice(len(DEVICES), events, p=[0.7, 0.2, 0.1]).astype(np.int32)
    surface = random.choice(len(SURFACES), events, p=[0.6, 0.2, 0.15, 0.05]).astype(np.int32)
    match = np.einsum("nf,nf->n", world.taste[user], world.factors[item]) / np.sqrt(spec.factors)
    logit = spec.bias + spec.taste * match + world.quality[item]
    logit += world.device_effect[device] + world.surface_effect[surface]
    probability = 1.0 / (1.0 + np.exp(-logit))
    label = (random.random(events) < probability).astype(np.float64)
    return Events(time_us, user, item, device, surface, probability, label)


def write_synthetic(spec: SyntheticSpec, out: Path, replace: bool = False) -> Dataset:
    """Write the world of ``spec`` as a dataset folder with a ``content`` representation.

    Equal specs give equal bytes. Original ids are ``u<index>`` and ``i<index>`` of the world.
    """
    world = make_world(spec)
    users, items = FirstAppearance(spec.users), FirstAppearance(spec.items)
    chunks = -(-spec.events // CHUNK_EVENTS)
    with DatasetWriter(out, replace) as writer:
        for chunk in range(chunks):
            drawn = draw_events(spec, world, chunk, chunks)
            writer.events.append(_table(drawn, world, users, items))
        writer.events.close()
        items.append_unseen()
        _write_sides(writer, spec, world, users, items)
        vocabularies = _vocabularies(spec, users, items)
        for name, ids in vocabularies.items():
            writer.vocabulary(name, ids)
        record = describe_events(
            writer.events, "synthetic", vocabularies, ("category", "device", "surface"), ()
        )
        return Dataset.open(writer.finish(record))


class FirstAppearance:
    """Renumbers world indices by first appearance in the log."""

    def __init__(self, size: int) -> None:
        self._index = np.full(size, -1, dtype=np.int32)
        self._seen = 0

    def __call__(self, values: Int64) -> Int32:
        """Return the dense indices of ``values``, numbering new ones in order."""
        new, first = np.unique(values, return_index=True)
        fresh = self._index[new] < 0
        order = new[fresh][np.argsort(first[fresh], kind="stable")]
        self._index[order] = self._seen + np.arange(len(order), dtype=np.int32)
        self._seen += len(order)
        return self._index[values]

    def append_unseen(self) -> None:
        """Number the indices that never appeared after all others."""
        unseen = np.flatnonzero(self._index < 0)
        self._index[unseen] = self._seen + np.arange(len(unseen), dtype=np.int32)
        self._seen += len(unseen)

    def order(self) -> Int64:
        """Return the world index of every dense index, int64 ``(seen,)``."""
        seen = np.flatnonzero(self._index >= 0)
        return seen[np.argsort(self._index[seen])]


def _table(drawn: Events, world: World, users: FirstAppearance, items: FirstAppearance) -> pa.Table:
    columns: dict[str, Any] = {
        "user": users(drawn.user),
        "item": items(drawn.item),
        "time": drawn.time_us,
        "label": drawn.label.astype(np.float32),
        "category": world.category[drawn.item],
        "device": drawn.device,
        "surface": drawn.surface,
    }
    return pa.table({name: pa.array(values) for name, values in columns.items()})


def _vocabularies(
    spec: SyntheticSpec, users: FirstAppearance, items: FirstAppearance
) -> dict[str, pa.Array[Any]]:
    return {
        "user": pa.array([f"u{index}" for index in users.order()], pa.string()),
        "item": pa.array([f"i{index}" for index in items.order()], pa.string()),
        "category": pa.array([f"c{index}" for index in range(spec.categories)]),
        "device": pa.array(DEVICES),
        "surface": pa.array(SURFACES),
    }


def _write_sides(
    writer: DatasetWriter,
    spec: SyntheticSpec,
    world: World,
    users: FirstAppearance,
    items: FirstAppearance,
) -> None:
    by_index = items.order()
    dense = np.arange(spec.items, dtype=np.int32)
    writer.side_table("users", {"user": pa.array(np.arange(len(users.order()), dtype=np.int32))})
    writer.side_table(
        "items",
        {
            "item": pa.array(dense),
            "category": pa.array(world.category[by_index]),
            "born_us": pa.array(world.born_us[by_index]),
        },
    )
    random = generator(spec.seed, "content")
    rotation = np.linalg.qr(
        random.standard_normal((spec.content_dimensions, spec.content_dimensions))
    )[0][: spec.factors]
    noise = spec.content_noise * random.standard_normal((spec.items, spec.content_dimensions))
    # Noise per factor, not per dimension: the same precision whatever the dimensions.
    noise /= np.sqrt(spec.content_dimensions / spec.factors)
    content = (world.factors @ rotation + noise)[by_index].astype(np.float32)
    table = RepresentationTable("content", dense, content, trained_until_us=START_US)
    representations.write_table(writer.folder / "representations" / "content.parquet", table)
