"""What a search runs: trials that see the log up to the cut, and runs scored after it.

Of N windows the search plays the first C as if the log ended there, W of them warm-up::

    window      0 ... W-1   W ... C-1   C ... N-1
    a trial     learns      is scored   does not exist
    reported    learns      learns      is scored
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any, Literal

from lis_sim.arms import Arm
from lis_sim.config import RunConfig, parse_config
from lis_sim.data.dataset import Dataset
from lis_sim.errors import ConfigError, LisSimError
from lis_sim.hashing import purpose_key
from lis_sim.search.edges import check_edges
from lis_sim.search.paths import with_settings
from lis_sim.search.plain import text_of
from lis_sim.search.settings import TuneConfig
from lis_sim.search.space import Settings
from lis_sim.training.plan import RunPlan, make_plan, plan_of_windows
from lis_sim.training.source import open_source

_SEED_BITS = 0x7FFFFFFF


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the search's part of the log ends.

    Attributes:
        windows: C, the windows that the search plays.
        warmup: W, those of them that it does not score: the config's own rule for a log of C.
        total: N, all windows of the log.
        end_us: The end of window C - 1, exclusive, microseconds UTC.
        events, events_total: Events to the cut, and of the whole log.
    """

    windows: int
    warmup: int
    total: int
    end_us: int
    events: int
    events_total: int

    def record(self) -> dict[str, int]:
        """Return the cut as plain values."""
        return asdict(self)


def cut_of(tune: TuneConfig, dataset: Dataset | None = None) -> Cut:
    """Open (or import, or generate) the log, plan its windows and cut them.

    ``dataset`` is the log where it is open already. Raises :class:`ConfigError` when the search or
    what is reported would have no window to be scored on, and when a value of the space does not
    fit this log.
    """
    dataset = open_source(tune.base.data) if dataset is None else dataset
    whole = make_plan(tune.base, dataset)
    windows = _windows(tune, len(whole.windows))
    part = _plan_of_search(tune, dataset, windows, len(whole.windows))
    last = whole.windows[windows - 1]
    events = whole.windows[-1].end_row
    cut = Cut(*(windows, part.family.warmup, len(whole.windows), last.end_us, last.end_row, events))
    check_edges(tune.space, lambda settings: _check_both(tune, settings, cut, whole, part))
    return cut


def search_config(
    tune: TuneConfig,
    settings: Settings,
    windows: int,
    warmup: int,
    engine: Literal["local", "ray"] = "local",
) -> RunConfig:
    """Return the run of one trial: the first ``windows`` of the log, ``warmup`` of them unscored.

    It has the arms that the objectives are made of, and no other preference data sets and
    representations than those arms need: a table that was trained later than the cut is no
    trouble to a search that does not look at it.
    """
    raw = _of_trials(tune, settings, windows)
    raw["stream"] = _warmed_up(raw, warmup)
    raw["training"] = {**(raw.get("training") or {}), "engine": engine}
    return parse_config(raw, f"a trial of {tune.name}")


def later_config(tune: TuneConfig, settings: Settings, cut: int) -> RunConfig:
    """Return the ordinary run that scores the windows from ``cut`` on; those before only teach."""
    raw = with_settings(tune.raw, settings)
    raw["stream"] = _warmed_up(raw, cut)
    return parse_config(raw, f"the reported run of {tune.name}")


def digits(settings: Settings) -> str:
    """Return the eight hex digits that a trial's folder is called by.

    >>> digits({"a.b": 1, "c": None}) == digits({"c": None, "a.b": 1})
    True
    """
    return hashlib.blake2b(text_of(dict(settings)).encode(), digest_size=4).hexdigest()


def _windows(tune: TuneConfig, total: int) -> int:
    """Return C."""
    windows = round(tune.search.until * total)
    if windows < 1:
        raise ConfigError(
            f"search.until {tune.search.until:g} of {total} windows is none: the search would "
            "have nothing to play; take a larger until or more windows"
        )
    if windows >= total:
        raise ConfigError(
            f"search.until {tune.search.until:g} of {total} windows is all of them: nothing would "
            "be left to report on; take a smaller until or more windows"
        )
    return windows


def _plan_of_search(tune: TuneConfig, dataset: Dataset, windows: int, total: int) -> RunPlan:
    """Return the baseline's plan to the cut, its warm-up by the config's own rule."""
    config = parse_config(_of_trials(tune, {}, windows), f"a trial of {tune.name}")
    try:
        return make_plan(config, dataset)
    except LisSimError as error:
        raise ConfigError(
            f"search.until {tune.search.until:g} lets the search see the first {windows} of "
            f"{total} windows, and there: {error}"
        ) from error


def _of_trials(tune: TuneConfig, settings: Settings, windows: int) -> dict[str, Any]:
    """Return what all trials share, with the settings of one put in."""
    raw = with_settings(tune.raw, settings)
    arms = _arms(tune)
    named = {Arm.parse(arm).source for arm in arms}
    if raw["data"].get("decoded") is None:  # trials of one machine share what they read
        raw["data"] = {**raw["data"], "decoded": True}
    raw["arms"] = list(arms)
    raw["preferences"] = [one for one in raw.get("preferences") or [] if one["name"] in named]
    raw["representations"] = [one for one in raw.get("representations") or [] if one in named]
    raw["replicates"] = tune.search.replicates
    # Luck of their own: the winner was also chosen for the luck of its training, and with the
    # config's seed the reported runs would have that very luck again.
    raw["seed"] = purpose_key(tune.search.seed, "search", "trials") & _SEED_BITS
    raw["stream"] = {**(raw.get("stream") or {}), "first_windows": windows}
    raw["drift"] = {**(raw.get("drift") or {}), "enabled": False}
    raw["monitoring"] = {**(raw.get("monitoring") or {}), "enabled": False}
    return raw


def _check_both(
    tune: TuneConfig, settings: Settings, cut: Cut, whole: RunPlan, part: RunPlan
) -> None:
    """Raise an error when the trial or the reported run of a candidate could not start.

    ``whole`` and ``part`` are the baseline's plans: no dimension changes the windows.
    """
    trial = search_config(tune, settings, cut.windows, cut.warmup)
    plan_of_windows(trial, part.log, part.windows, cut.warmup)
    reported = later_config(tune, settings, cut.windows)
    plan_of_windows(reported, whole.log, whole.windows, cut.windows)


def _arms(tune: TuneConfig) -> tuple[str, ...]:
    needed = {arm for objective in tune.objectives for arm in objective.arms(tune.base)}
    return tuple(str(arm) for arm in tune.base.arm_list if str(arm) in needed)


def _warmed_up(raw: dict[str, Any], warmup: int) -> dict[str, Any]:
    stream = {**(raw.get("stream") or {}), "warmup_windows": warmup or None}
    return stream if warmup else {**stream, "warmup": 0.0}
