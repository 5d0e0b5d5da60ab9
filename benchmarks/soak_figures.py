"""What grew during a soak: slopes after a third of the time, when everything has been met."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from benchmarks.soak_parts import Part, Sample
from benchmarks.soak_slope import Slope, slope_of
from benchmarks.soak_watch import Held, Page
from lis_sim.errors import RunError
from lis_sim.experiments.figure import Figure
from lis_sim.types import Float64

# Fixed before anything was measured. A window may leave behind its digest and number, the numbers
# that the live page draws and points of drift series: a tenth of what its record takes on disk.
BYTES_PER_WINDOW = 4_096
_MB = 2.0**20
_WARM = 1 / 3  # of the time: embeddings, evidence and drift series fill up
_HOUR_S = 3_600.0
T = TypeVar("T")


class Rates(NamedTuple):
    """What a command played per hour, after its warm-up."""

    windows: float
    events: float


def figures_of(parts: Sequence[Part]) -> list[Figure]:
    """Return the figures of commands that were watched at the same time."""
    found = [_minutes(parts), _events(parts)]
    slopes = [_memory(part) for part in parts]
    found += [_worst("memory_slope", slopes, "a window"), *slopes]
    found += [_daemons(part) for part in parts if any(one.daemons.rss for one in part.samples)]
    for name, of in (("fd_slope", _fds), ("thread_slope", _threads)):
        found.append(_worst(name, [_flat(part, name, of) for part in parts], "an hour"))
    return [*found, _series(parts), _window_time(parts), _scrape_time(parts)]


def _minutes(parts: Sequence[Part]) -> Figure:
    minutes = min(part.samples[-1].second for part in parts) / 60.0
    names = ", ".join(part.name for part in parts)
    samples = sum(len(part.samples) for part in parts)
    detail = f"{names} side by side; {samples:,} samples"
    return Figure("soak_minutes", minutes, target=">= 30", detail=detail)


def _events(parts: Sequence[Part]) -> Figure:
    pages = {part.name: _pages(part.samples)[-1][1] for part in parts if _pages(part.samples)}
    told = [f"{name} {one.events:,} in {one.windows:,} windows" for name, one in pages.items()]
    return Figure("soak_events", sum(one.events for one in pages.values()), detail=", ".join(told))


def _memory(part: Part) -> Figure:
    late = _late(part)
    rates = _rates(part)
    scraped = [(one.page.windows, one.own.uss) for one in late if one.page is not None]
    windows, megabytes = np.array(scraped, np.float64).T
    own = slope_of(windows, megabytes * _MB)
    if own.value is None:
        raise RunError(f"{part.name} was scraped {len(scraped)} times, too few: soak for longer")
    hourly = {
        name: _per_hour(late, lambda one, name=name: getattr(one.own, name))  # type: ignore[misc]
        for name in ("uss", "pss", "rss")
    }
    per_event = own.value / _MB * rates.windows / rates.events * 1e6
    level = f"{late[0].own.uss:.0f} to {late[-1].own.uss:.0f} MB private"
    others = ", ".join(f"{name} {_text(slope)}" for name, slope in hourly.items())
    detail = f"bytes a window; {per_event:.2f} MB per 10^6 events; {level}; MB an hour: {others}"
    name, target = f"memory_slope_{part.name}", f"<= {BYTES_PER_WINDOW}"
    return Figure(name, own.value, own.low, own.high, target, detail)


def _daemons(part: Part) -> Figure:
    slope = _per_hour(_late(part), lambda one: one.daemons.uss)
    detail = "MB an hour of Ray's own processes, which lis-sim has no part in"
    return Figure(
        f"memory_slope_{part.name}_daemons", slope.value, slope.low, slope.high, "", detail
    )


def _flat(part: Part, name: str, of: Callable[[Held], int]) -> Figure:
    late = _late(part)
    slope = _per_hour(late, lambda one: of(one.own))
    counts = [of(one.own) for one in late]
    detail = f"an hour; {part.name}: {min(counts)} to {max(counts)}"
    return Figure(f"{name}_{part.name}", slope.value, slope.low, slope.high, "<= 0.5", detail)


def _fds(one: Held) -> int:
    return one.fds


def _threads(one: Held) -> int:
    return one.threads


def _worst(name: str, of: Sequence[Figure], per: str) -> Figure:
    """Return the figure that is furthest above its target, or the largest; the others in words."""
    known = [one for one in of if one.value is not None]
    if not known:
        return Figure(name, None, detail="too short")
    worst = max(known, key=lambda one: (one.met is False, one.value or 0.0))
    told = "; ".join(f"{one.name.removeprefix(name + '_')} {_text_of(one)}" for one in of)
    return Figure(name, worst.value, worst.low, worst.high, worst.target, f"{told} ({per})")


def _series(parts: Sequence[Part]) -> Figure:
    grown, told = [], []
    for part in parts:
        pages = [page for _, page in _pages(_late(part))]
        if pages:
            early, late = (max(one.series for one in half) for half in _halves(pages))
            drift = [max(one.of_drift for one in half) for half in _halves(pages)]
            grown.append(late - early)
            told.append(f"{part.name} {early} to {late}, of drift events {drift[0]} to {drift[1]}")
    value = float(max(grown)) if grown else None
    return Figure("series_growth", value, target="<= 0", detail="; ".join(told) or "too short")


def _window_time(parts: Sequence[Part]) -> Figure:
    """Return how much longer a window takes at the end than a third into the soak."""
    shares, told = [], []
    for part in parts:
        pages = _pages(_late(part))
        halves = [_seconds_per_window(half) for half in _halves(pages)]
        if None not in halves and len(halves) == 2:
            early, late = (float(one or 0.0) for one in halves)
            shares.append(late / early)
            told.append(f"{part.name} {1e3 * early:.0f} to {1e3 * late:.0f} ms")
    value = max(shares) if shares else None
    return Figure("window_time_growth", value, target="<= 1.2", detail="; ".join(told))


def _scrape_time(parts: Sequence[Part]) -> Figure:
    told, slowest = [], []
    for part in parts:
        halves = _halves([page.seconds for _, page in _pages(_late(part))])
        if halves:
            early, late = (1e3 * float(np.median(half)) for half in halves)
            slowest.append(late / early)
            told.append(f"{part.name} {early:.1f} to {late:.1f} ms")
    value = max(slowest) if slowest else None
    return Figure("scrape_time_growth", value, target="<= 1.2", detail="; ".join(told))


def _late(part: Part) -> list[Sample]:
    """Return the samples after the warm-up."""
    end = part.samples[-1].second
    return [one for one in part.samples if one.second >= _WARM * end]


def _pages(samples: Sequence[Sample]) -> list[tuple[float, Page]]:
    return [(one.second, one.page) for one in samples if one.page is not None]


def _halves(values: Sequence[T]) -> list[Sequence[T]]:
    middle = len(values) // 2
    return [values[:middle], values[middle:]] if middle else []


def _seconds_per_window(pages: Sequence[tuple[float, Page]]) -> float | None:
    (began, first), (ended, last) = pages[0], pages[-1]
    windows = last.windows - first.windows
    return (ended - began) / windows if windows else None


def _rates(part: Part) -> Rates:
    """Return how fast ``part`` was; without that no growth can be told, and nothing passes."""
    pages = _pages(_late(part))
    if not pages:
        raise RunError(f"{part.name} answered no scrape after its warm-up: nothing can be said")
    (began, first), (ended, last) = pages[0], pages[-1]
    if last.windows == first.windows:
        raise RunError(
            f"{part.name} stayed at {last.windows} windows after its warm-up; soak for longer"
        )
    hours = (ended - began) / _HOUR_S
    return Rates((last.windows - first.windows) / hours, (last.events - first.events) / hours)


def _per_hour(samples: Sequence[Sample], of: Callable[[Sample], float]) -> Slope:
    hours: Float64 = np.array([one.second for one in samples]) / _HOUR_S
    return slope_of(hours, np.array([of(one) for one in samples], np.float64))


def _text(slope: Slope) -> str:
    if slope.value is None:
        return "unknown"
    return f"{slope.value:+.1f} [{slope.low:+.1f}, {slope.high:+.1f}]"


def _text_of(figure: Figure) -> str:
    return _text(Slope(figure.value, figure.low, figure.high))
