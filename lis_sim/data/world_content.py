"""What is known of the items' content: vectors that are the true factors, turned and noisy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lis_sim.data.world import START_US, World
from lis_sim.data.world_spec import SyntheticSpec
from lis_sim.hashing import generator
from lis_sim.types import Float64, Int64, RepresentationTable


def content_tables(
    spec: SyntheticSpec, world: World, by_index: Int64
) -> Iterator[RepresentationTable]:
    """Yield ``content``, ``image`` and ``text``, known before the log starts.

    ``by_index`` is the world's index of every item of the log. ``content`` sees all factors;
    ``image`` the first half of them, and the other half at ``modality_overlap`` of its size;
    ``text`` the second half likewise.

    >>> from lis_sim.data.world import make_world
    >>> spec = SyntheticSpec(items=20)
    >>> tables = content_tables(spec, make_world(spec), np.arange(20))
    >>> [(table.name, table.vectors.shape[1]) for table in tables]
    [('content', 32), ('image', 48), ('text', 24)]
    """
    first_half = np.arange(spec.factors) < -(-spec.factors // 2)
    image = np.where(first_half, 1.0, spec.modality_overlap)
    text = np.where(first_half, spec.modality_overlap, 1.0)
    for name, seen, dimensions, noise in (
        ("content", np.ones(spec.factors), spec.content_dimensions, spec.content_noise),
        ("image", image, spec.image_dimensions, spec.image_noise),
        ("text", text, spec.text_dimensions, spec.text_noise),
    ):
        random = generator(spec.seed, name)
        vectors = turned(world.factors * seen, dimensions, noise, random, spec.content_nuisance)[
            by_index
        ]
        items = np.arange(len(by_index), dtype=np.int32)
        yield RepresentationTable(name, items, vectors.astype(np.float32), START_US)


def turned(
    factors: Float64,
    dimensions: int,
    noise: float,
    random: np.random.Generator,
    nuisance: float = 0.0,
) -> Float64:
    """Return ``factors`` turned into ``dimensions``, with ``noise`` on every factor.

    A rotation keeps inner products; the noise is spread so that its precision per factor is
    the same whatever the dimensions. The dimensions that are not of factors have a standard
    deviation of ``nuisance``: what an item shows that nobody's taste asks for.
    """
    rotation = np.linalg.qr(random.standard_normal((dimensions, dimensions)))[0]
    count = factors.shape[1]
    spread = noise * random.standard_normal((len(factors), dimensions))
    vectors = factors @ rotation[:count] + spread / np.sqrt(dimensions / count)
    if nuisance > 0:
        vectors += (
            nuisance * random.standard_normal((len(factors), dimensions - count)) @ rotation[count:]
        )
    return np.asarray(vectors)
