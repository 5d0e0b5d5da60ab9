"""The events of a synthetic world, in time order, chunk by chunk in constant memory.

Users come in sessions; a logging policy chooses an item; the label is 1 with probability
``sigmoid(logit)``, where the logit is

    bias + taste . match + quality of the item + device + surface + position + mood of the session

Nothing else enters, so nobody can rank better than by the logit. It includes the mood, which
no ranker is told: the AUC of the logit is a bound, reached only by who can read moods.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from lis_sim.data.world import DAY_US, START_US, TasteWalk, World
from lis_sim.data.world_spec import CHUNK_EVENTS, SESSION_GAP_S, SyntheticSpec
from lis_sim.hashing import generator
from lis_sim.types import Float64, Int32, Int64

CANDIDATES = 4  # of which an exposure that follows the taste shows the best match
DEVICE_SHARES = (0.7, 0.2, 0.1)
SURFACE_SHARES = (0.6, 0.2, 0.15, 0.05)


@dataclass(frozen=True, slots=True)
class Events:
    """A chunk of raw events; indices are those of the :class:`World`, not of the log."""

    chunk: int
    time_us: Int64  # (n,) sorted
    user: Int64  # (n,)
    item: Int64  # (n,)
    device: Int32  # (n,)
    surface: Int32  # (n,)
    position: Int32  # (n,) 0 is the first
    session: Int64  # (n,) numbered within the chunk
    taste: Float64  # (n, f) of the user on that day
    match: Float64  # (n,) of taste and factors, about standard normal under random exposure
    logit: Float64  # (n,) of the probability that the label is 1
    label: Float64  # (n,)

    @property
    def probability(self) -> Float64:
        """The true probability of a label 1, float64 ``(n,)``."""
        return sigmoid(self.logit)


@dataclass(frozen=True, slots=True)
class _Visits:
    """Who came when, before anything is shown."""

    time_us: Int64
    user: Int64
    device: Int32
    session: Int64
    mood: Float64


def sigmoid(logit: Float64) -> Float64:
    """Return ``1 / (1 + exp(-logit))``, same shape."""
    return np.asarray(1.0 / (1.0 + np.exp(-logit)))


def draw_events(spec: SyntheticSpec, world: World) -> Iterator[Events]:
    """Yield all events in chunks of at most ``CHUNK_EVENTS``.

    The world does not depend on the chunks; which events happen in it does, in three ways:
    every chunk has its own generator, its equal share of the time, and whole sessions.

    >>> from lis_sim.data.world import make_world
    >>> spec = SyntheticSpec(events=500, users=30, items=20)
    >>> [len(events.label) for events in draw_events(spec, make_world(spec))]
    [500]
    """
    walk = TasteWalk(spec, world)
    chunks = -(-spec.events // CHUNK_EVENTS)
    for chunk in range(chunks):
        yield _draw_chunk(spec, world, walk, chunk, chunks)


def _draw_chunk(
    spec: SyntheticSpec, world: World, walk: TasteWalk, chunk: int, chunks: int
) -> Events:
    random = generator(spec.population, "events", chunk)
    visits = _visit(spec, world, random, chunk, chunks)
    taste = _taste_of(walk, visits)
    item = _expose(spec, world, random, visits.time_us, taste)
    count = len(item)
    surface = _choice(random, SURFACE_SHARES, count)
    position = random.integers(0, spec.positions, count, dtype=np.int32)
    match = _match(taste, world.factors[item])
    logit = spec.bias + spec.taste * match + world.quality[item] + visits.mood
    logit += world.device_effect[visits.device] + world.surface_effect[surface]
    logit += world.position_effect[position]
    label = (random.random(count) < sigmoid(logit)).astype(np.float64)
    return Events(
        chunk=chunk,
        time_us=visits.time_us,
        user=visits.user,
        item=item,
        device=visits.device,
        surface=surface,
        position=position,
        session=visits.session,
        taste=taste,
        match=match,
        logit=logit,
        label=label,
    )


def _visit(
    spec: SyntheticSpec, world: World, random: np.random.Generator, chunk: int, chunks: int
) -> _Visits:
    """Draw sessions until the chunk's events are used up; they begin evenly over its time."""
    count = spec.events * (chunk + 1) // chunks - spec.events * chunk // chunks
    begin, end = (START_US + spec.days * DAY_US * at // chunks for at in (chunk, chunk + 1))
    lengths = random.geometric(1.0 / spec.session_events, count)
    sessions = int(np.searchsorted(np.cumsum(lengths), count)) + 1
    session = np.repeat(np.arange(sessions), lengths[:sessions])[:count]
    late = _time_since_first(session, random.exponential(SESSION_GAP_S * 1e6, count))
    last = np.append(np.flatnonzero(np.diff(session)), count - 1)
    late = np.minimum(late, float(end - begin))
    start = random.random(sessions) * (float(end - begin) - late[last])
    time_us = np.minimum(begin + (start[session] + late).astype(np.int64), end - 1)
    order = np.argsort(time_us, kind="stable")
    session = session[order]
    user = np.searchsorted(world.activity, random.random(sessions), side="right")
    device = _choice(random, DEVICE_SHARES, sessions)
    mood = spec.mood * random.standard_normal(sessions)
    return _Visits(time_us[order], user[session], device[session], session, mood[session])


def _time_since_first(session: Int64, gap_us: Float64) -> Float64:
    """Return how long after its session's first event every event happens."""
    passed = np.cumsum(gap_us)
    first = np.flatnonzero(np.diff(session, prepend=-1))
    return np.asarray(passed - passed[first][session])


def _taste_of(walk: TasteWalk, visits: _Visits) -> Float64:
    """Return the taste of every event's user on its day, float64 ``(n, f)``."""
    day = (visits.time_us - START_US) // DAY_US
    taste = np.empty((len(day), walk.on(int(day[0])).shape[1]))
    cuts = np.append(np.flatnonzero(np.diff(day, prepend=-1)), len(day))
    for begin, end in pairwise(cuts):
        taste[begin:end] = walk.on(int(day[begin]))[visits.user[begin:end]]
    return taste


def _expose(
    spec: SyntheticSpec,
    world: World,
    random: np.random.Generator,
    time_us: Int64,
    taste: Float64,
) -> Int64:
    """Choose an item for every event: of those live, by popularity and newness.

    A share ``exposure_skill`` of the events shows the best match of several such items.
    """
    live = np.searchsorted(world.born_us, time_us, side="right")
    oldest = np.searchsorted(world.born_us, time_us - int(spec.new_days * DAY_US), side="left")
    # What was there when the log starts is not known to be new.
    oldest = np.maximum(oldest, np.searchsorted(world.born_us, START_US, side="right"))
    mass = np.append(0.0, world.popularity)
    item = _pick(spec, world, mass, random, live, oldest)
    led = np.flatnonzero(random.random(len(item)) < spec.exposure_skill)
    shown = np.empty((len(led), CANDIDATES), dtype=np.int64)
    match = np.empty((len(led), CANDIDATES))
    for at in range(CANDIDATES):
        shown[:, at] = _pick(spec, world, mass, random, live[led], oldest[led])
        match[:, at] = _match(taste[led], world.factors[shown[:, at]])
    item[led] = shown[np.arange(len(led)), match.argmax(axis=1)]
    return item


def _pick(
    spec: SyntheticSpec,
    world: World,
    mass: Float64,
    random: np.random.Generator,
    live: Int64,
    oldest: Int64,
) -> Int64:
    """Draw by popularity among the first ``live`` items, those from ``oldest`` on favoured."""
    whole, older = mass[live], mass[np.minimum(oldest, live)]
    at = random.random(len(live)) * (whole + spec.recency * (whole - older))
    # What lies past the whole is the new items' mass once more, recency times.
    at = np.where(at < whole, at, older + (at - whole) / max(spec.recency, 1e-9))
    item = np.searchsorted(world.popularity, at, side="right")
    return np.asarray(np.minimum(item, live - 1))


def _match(taste: Float64, factors: Float64) -> Float64:
    return np.asarray(np.einsum("nf,nf->n", taste, factors) / np.sqrt(taste.shape[1]))


def _choice(random: np.random.Generator, shares: tuple[float, ...], count: int) -> Int32:
    edges = np.cumsum(shares)[:-1]
    return np.searchsorted(edges, random.random(count), side="right").astype(np.int32)
