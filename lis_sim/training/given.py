"""A config as it is given: a file, the name of one that comes with lis-sim, or its settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from lis_sim.config import RunConfig, parse_config, read_settings
from lis_sim.data.presets import preset_folder
from lis_sim.errors import ConfigError
from lis_sim.plain import plain, why_not_plain
from lis_sim.plain.overrides import put_override

Given: TypeAlias = Mapping[str, Any] | Path | str


def given_config(config: RunConfig | Given, overrides: Sequence[str] = ()) -> RunConfig:
    """Return the checked config of a run.

    Raises:
        ConfigError: a setting is wrong, or no such file; ``overrides`` beside a checked config.

    >>> settings = {"name": "a", "data": {"synthetic": {}}, "preferences": [{"name": "co_click"}]}
    >>> given_config(settings, ["replicates=5"]).replicates
    5
    """
    if isinstance(config, RunConfig):
        refuse_overrides(overrides)
        return config
    raw, where = given_settings(config, overrides)
    return parse_config(raw, where)


def given_settings(given: Given, overrides: Sequence[str]) -> tuple[dict[str, Any], str]:
    """Return plain settings with ``overrides`` put in, unchecked, and what to call them."""
    if not isinstance(given, Mapping):
        file = config_file(Path(given))
        return read_settings(file, overrides), str(file)
    if reason := why_not_plain(given):
        raise ConfigError(f"config: {reason}")
    raw: dict[str, Any] = plain(given)
    for override in overrides:
        put_override(raw, override)
    return raw, "config"


def config_file(given: Path) -> Path:
    """Return the file ``given``, or the config of that name that comes with lis-sim."""
    shipped = preset_folder().parent / f"{given}.yaml"
    return shipped if not given.is_file() and shipped.is_file() else given


def refuse_overrides(overrides: Sequence[str]) -> None:
    """Raise :class:`ConfigError` for overrides of a config that is checked already."""
    if overrides:
        raise ConfigError(
            f"overrides {', '.join(overrides)} beside a checked config; accepted: overrides of a "
            "file or of plain settings, or config.model_copy(update=...)"
        )
