"""What is known of a synthetic event only after it: dwell, conversion, truth and signals."""

from __future__ import annotations

import numpy as np

from lis_sim.data.world import World
from lis_sim.data.world_events import Events, sigmoid
from lis_sim.data.world_spec import SyntheticSpec
from lis_sim.hashing import generator
from lis_sim.types import Float32, Float64

OUTCOMES = ("dwell", "conversion", "bayes_logit")
# Of the logarithm of seconds, for label 0 and for label 1.
DWELL_MEAN = (0.8, 3.3)
DWELL_DEVIATION = (0.67, 1.07)


def outcome_columns(
    spec: SyntheticSpec, world: World, events: Events, rate: float
) -> dict[str, Float32]:
    """Return the outcome columns of a chunk by name, float32 ``(n,)`` each.

    ``rate`` is the mean label to expect. ``bayes_logit`` is the logit of the probability from
    which the label was drawn, the best score an event can get. ``signals`` are 0 or 1, each
    from its own generator:

    - ``corrupt_P``: the label, replaced with probability ``P`` per cent by a coin of ``rate``;
    - ``noise``, ``noise_1``, ...: coins of ``rate``;
    - ``popularity``: 1 with probability sigmoid(bias + quality), the same for all users;
    - ``category_taste``: as the label, but of the match only what the mean factors of the
      item's category tell, and nothing of context and mood.

    >>> from lis_sim.data.world import make_world
    >>> from lis_sim.data.world_events import draw_events
    >>> spec = SyntheticSpec(events=500, users=30, items=20, signals=("noise",))
    >>> world = make_world(spec)
    >>> events = next(draw_events(spec, world))
    >>> list(outcome_columns(spec, world, events, rate=0.4))
    ['dwell', 'conversion', 'bayes_logit', 'noise']
    """
    columns = {
        "dwell": _dwell(spec, events),
        "conversion": _conversion(spec, world, events),
        "bayes_logit": events.logit,
    }
    for name in spec.signals:
        columns[name] = _signal(name, spec, world, events, rate)
    return {name: values.astype(np.float32) for name, values in columns.items()}


def _dwell(spec: SyntheticSpec, events: Events) -> Float64:
    """Log-normal seconds: longer when engaged, and the longer the better the match."""
    random = generator(spec.population, "dwell", events.chunk)
    engaged = events.label.astype(np.int64)
    rest = np.sqrt(np.square(DWELL_DEVIATION) - spec.dwell_match**2)[engaged]
    noise = rest * random.standard_normal(len(engaged))
    return np.exp(np.asarray(DWELL_MEAN)[engaged] + spec.dwell_match * events.match + noise)


def _conversion(spec: SyntheticSpec, world: World, events: Events) -> Float64:
    """Only engaged users convert, by the item's quality and their taste."""
    random = generator(spec.population, "conversion", events.chunk)
    logit = spec.conversion_bias + world.quality[events.item] + spec.taste * events.match
    return events.label * (random.random(len(logit)) < sigmoid(logit))


def _signal(name: str, spec: SyntheticSpec, world: World, events: Events, rate: float) -> Float64:
    random = generator(spec.population, "signal", name, events.chunk)
    count = len(events.label)
    kind, _, rest = name.partition("_")
    if kind == "corrupt":
        replaced = random.random(count) < int(rest) / 100.0
        return np.where(replaced, random.random(count) < rate, events.label)
    if kind == "noise":
        return (random.random(count) < rate).astype(np.float64)
    logit = spec.bias + world.quality[events.item]
    if kind == "category":
        seen = world.category_factors[world.category[events.item]]
        match = np.einsum("nf,nf->n", events.taste, seen) / np.sqrt(spec.factors)
        logit = logit + spec.taste * match
    return (random.random(count) < sigmoid(logit)).astype(np.float64)
