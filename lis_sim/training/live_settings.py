"""What a live run can and cannot do, and what makes it the same run through every restart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lis_sim.config import PreferenceConfig, RunConfig
from lis_sim.data.dataset import Dataset
from lis_sim.errors import ConfigError
from lis_sim.preference import Horizon, PreferenceSpec
from lis_sim.preference.co_click_settings import co_click_settings, selection_of
from lis_sim.training.identity import file_hash, run_identity

LIVE_KINDS = ("co_click", "table")


def check_live(config: RunConfig) -> None:
    """Raise :class:`ConfigError` for what needs the end of the log, which a live run never has."""
    if config.data.source is None or config.data.preset is not None:
        raise ConfigError(
            "monitor follows a dataset folder, and data names none; accepted: data.source alone, "
            "a folder made by `lis-sim data import`"
        )
    if config.data.decoded:
        raise ConfigError(
            "data.decoded is true, but monitor reads every event once, as it comes; leave it out"
        )
    if Horizon.parse(config.horizon).us is None:
        raise ConfigError(
            "horizon is 'all', but a log that grows has no end; accepted: 0, or a duration such as "
            "12h: a window is published once the log has passed its end by so much"
        )
    if config.stream.window.count is not None:
        raise ConfigError(
            f"stream.window.count is {config.stream.window.count}, but nobody knows how long the "
            "log will be; accepted: stream.window.duration or stream.window.events"
        )
    if config.stream.warmup_windows is None:
        raise ConfigError(
            f"stream.warmup is {config.stream.warmup:g}, a share of a log whose length nobody "
            "knows; accepted: stream.warmup_windows, so many windows"
        )
    if config.stream.first_windows is not None:
        raise ConfigError(
            f"stream.first_windows is {config.stream.first_windows}, an end, but a log that grows "
            "has none; leave it out"
        )
    if config.content is not None:
        raise ConfigError(
            f"content is '{config.content}'; accepted with monitor: no content, since items that "
            "are still to come have none; compare it as a representation"
        )
    if config.training.engine == "ray" and "engine" in config.training.model_fields_set:
        raise ConfigError("training.engine is 'ray'; monitor runs in one process; accepted: local")
    if config.training.user_shards > 1:
        raise ConfigError(
            f"training.user_shards is {config.training.user_shards}; monitor runs in one process; "
            "accepted: 1"
        )
    if config.output.scores:
        raise ConfigError(
            "output.scores is true, which would fill the disk while a log grows; leave it out, and "
            "give the log to `lis-sim run` for the scores of its events"
        )
    for preference in config.preferences:
        _check_preference(preference)


def _check_preference(one: PreferenceConfig) -> None:
    where = f"preference '{one.name}'"
    if one.kind not in LIVE_KINDS:
        raise ConfigError(
            f"{where} has kind '{one.kind}', which is made for a log at rest; accepted with "
            f"monitor: {', '.join(LIVE_KINDS)}"
        )
    if one.kind != "co_click":
        return
    spec = PreferenceSpec(one.name, one.kind, one.settings, one.per_user)
    selection = selection_of(spec)
    if selection.level != "item":
        raise ConfigError(
            f"{where} has level '{selection.level}', whose values are read for all items at once; "
            "accepted with monitor: level item"
        )
    if co_click_settings(spec).distil is not None:
        raise ConfigError(
            f"{where} is distilled through content, which items still to come do not have; "
            "accepted with monitor: no distil"
        )
    if isinstance(selection.until, int | float):
        raise ConfigError(
            f"{where} has until {selection.until!r}, a share of a log whose length nobody knows; "
            "accepted with monitor: a date"
        )


def live_identity(config: RunConfig, dataset: Dataset) -> dict[str, Any]:
    """Return what decides a live run: as of any run, but of the log its name and first part.

    The other parts are still to come; the ledger in the run folder says what they were.
    """
    identity = run_identity(config, dataset)
    first = dataset.path / "events" / dataset.record.files[0].name
    live = {"name": dataset.name, "first_part": file_hash(Path(first))}
    return {**identity, "data": {**identity["data"], "events": None, "live": live}}
