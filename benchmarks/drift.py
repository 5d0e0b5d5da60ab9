"""How soon drift of a score is seen, and how often it is seen where there is none.

Half of the streams are drawn: windows of independent normal errors, volumes 10 : 1. The other
half are lis_crossfit of real runs over worlds in which nothing happens (:mod:`.drift_part`), with
the trend of a ranker that goes on learning and whatever autocorrelation there is. A step of three
standard errors (the stream's median one), or a ramp up to it in 40 windows, is then taken off.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from statistics import fmean, median
from typing import Any, TypeAlias

import numpy as np
from river.drift import ADWIN, PageHinkley

from benchmarks.drift_part import FIRST_SEED, KEPT, LOSS_RUNS, LOST, DriftPart
from benchmarks.drift_streams import (
    RAMP,
    SIZE,
    SOON,
    Planted,
    Stream,
    drawn_stream,
    planted_stream,
)
from lis_sim.drift.reference import Point
from lis_sim.drift.series import SeriesWatch, Shift
from lis_sim.drift.settings import DriftSettings
from lis_sim.errors import RunError
from lis_sim.experiments.figure import Figure, proportion
from lis_sim.experiments.part import Result
from lis_sim.experiments.scheduling import Outcome, Pair, play_one
from lis_sim.experiments.study import run_study
from lis_sim.training.cluster.session import processors
from lis_sim.training.source import default_cache

STREAMS = 100  # of each half
_MINIMUM_EFFECT = 0.001
_LOSS_SEEN = 15  # windows after the loss


Streams: TypeAlias = Sequence[Stream]


def figures() -> list[Figure]:
    """Play or read the real runs, then watch every stream; a few minutes where nothing is kept."""
    results = _played()
    real = [
        Stream(*np.array(points, np.float64).T)
        for key, result in sorted(results.items())
        if key.startswith("drift/null/")
        for _, points in sorted(result.items())
    ][:STREAMS]
    drawn = [drawn_stream(FIRST_SEED + seed) for seed in range(STREAMS)]
    losses = [result for key, result in sorted(results.items()) if "/loss/" in key]
    return [
        *_detected(drawn, real),
        _loss_named(losses),
        *_false_alarms(drawn, real),
        *_raw(drawn, real),
    ]


def _played() -> dict[str, Result]:
    kept: dict[str, Result] = {}
    part = _Keeping(kept)
    folder = default_cache() / "benchmarks" / "drift"

    def watch(finished: int, of: int) -> None:
        print(f"\r{finished} of {of} runs", end="", file=sys.stderr, flush=True)

    study = run_study([part], False, folder, watch, _play_in_processes)
    print(file=sys.stderr)
    if study.failures:
        raise RunError(f"runs of the drift benchmark failed: {study.failures}")
    return kept


class _Keeping(DriftPart):
    """A study hands results to its parts' figures; this one keeps them."""

    def __init__(self, kept: dict[str, Result]) -> None:
        self._kept = kept

    def figures(self, results: Any, quick: bool) -> Sequence[Figure]:
        self._kept.update(results)
        return ()


def _play_in_processes(pairs: Sequence[Pair]) -> Iterator[Outcome]:
    """Play on every core without Ray, which starts slower than these runs take."""
    if not pairs:
        return
    with ProcessPoolExecutor(processors(), mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(play_one, DriftPart(), task) for _, task in pairs]
        for one in as_completed(waiting):
            yield one.result()


def _first(stream: Stream) -> tuple[int, Shift] | None:
    """Return the window and the shift of the first event; None without one."""
    watch = SeriesWatch(DriftSettings(), _MINIMUM_EFFECT)
    for window, (value, error) in enumerate(zip(*stream, strict=True)):
        shift = watch.observe(Point(window, 0, float(value), float(error))).shift
        if shift is not None:
            return window, shift
    return None


def _delay(planted: Planted, within: int) -> int | None:
    """Return after how many windows the fall was seen; None: too early, too late, or as a rise."""
    found = _first(planted.stream)
    if found is None or found[1].change > 0:
        return None
    delay = found[0] - planted.onset + 1
    return delay if 1 <= delay <= within else None


def _detected(drawn: Streams, real: Streams) -> list[Figure]:
    streams = [*drawn, *real]
    steps = [_delay(planted_stream(one, seed, 1), SOON) for seed, one in enumerate(streams)]
    ramps = [
        _delay(planted_stream(one, seed, RAMP), RAMP + SOON) for seed, one in enumerate(streams)
    ]
    seen = [one for one in steps if one is not None]
    told = (
        f"{len(seen)} of {len(steps)} within {SOON} windows, "
        f"{sum(one is not None for one in steps[: len(drawn)])} of {len(drawn)} drawn; "
        f"median delay {median(seen):g}, mean {fmean(seen):.1f}"
    )
    found = [one for one in ramps if one is not None]
    return [
        proportion("detected", len(seen), len(steps), ">= 0.95", told),
        proportion(
            "detected_ramp",
            len(found),
            len(ramps),
            ">= 0.8",
            f"{len(found)} of {len(ramps)}: {SIZE:g} standard errors over {RAMP} windows, seen by "
            f"{SOON} windows after its end; median delay {median(found):g}",
        ),
    ]


def _loss_named(losses: Sequence[Result]) -> Figure:
    named = sum(_named(one) for one in losses)
    told = (
        f"{named} of {LOSS_RUNS} runs: an event of lis_crossfit of '{LOST}' points to "
        f"preference-data within {_LOSS_SEEN} windows of the loss, none of '{KEPT}' ever"
    )
    return proportion("detected_loss_named", named, len(losses), ">= 1", told)


def _named(result: Result) -> bool:
    events = [one for one in result["events"] if one["series"] == "lis_crossfit"]
    lost = [one for one in events if one["preference"] == LOST]
    if not lost or any(one["preference"] == KEPT for one in events):
        return False
    first = lost[0]
    soon = 0 <= first["window"] - result["lost_window"] < _LOSS_SEEN
    return soon and (first["points_to"], first["direction"]) == ("preference-data", "down")


def _false_alarms(drawn: Streams, real: Streams) -> list[Figure]:
    halves = {"drawn": drawn, "real": real}
    alarms = {name: sum(_first(one) is not None for one in own) for name, own in halves.items()}
    told = "streams of 200 windows with any event"
    whole = proportion(
        "false_alarm",
        sum(alarms.values()),
        len(drawn) + len(real),
        "<= 0.05",
        f"{sum(alarms.values())} of {len(drawn) + len(real)} {told}",
    )
    return [
        whole,
        *(
            proportion(
                f"false_alarm_{name}",
                alarms[name],
                len(own),
                "<= 0.05",
                f"{alarms[name]} of {len(own)} {told}",
            )
            for name, own in halves.items()
        ),
    ]


def _raw(drawn: Streams, real: Streams) -> list[Figure]:
    """Return what river's detectors, as they come, make of values that are not standardised."""
    streams = [*drawn, *real]
    found = []
    for name, make in (("adwin", ADWIN), ("page_hinkley", PageHinkley)):
        seen = 0
        for seed, one in enumerate(streams):
            planted = planted_stream(one, seed, 1)
            at = _first_raw(make(), planted.stream)
            seen += at is not None and planted.onset <= at < planted.onset + SOON
        alarms = sum(_first_raw(make(), one) is not None for one in streams)
        told = "river's defaults on raw values"
        found.append(proportion(f"detected_raw_{name}", seen, len(streams), "", told))
        found.append(proportion(f"false_alarm_raw_{name}", alarms, len(streams), "", told))
    return found


def _first_raw(detector: Any, stream: Stream) -> int | None:
    for window, value in enumerate(stream.value):
        detector.update(float(value))
        if detector.drift_detected:
            return window
    return None
