"""A run's settings: read from YAML, checked, frozen, and written back beside the results."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lis_sim.arms import PREFERENCE_KINDS, REPRESENTATION_KINDS, Arm, default_arms
from lis_sim.errors import ConfigError, nearest

NAME = r"^[A-Za-z0-9_.-]+$"
_VARIABLE = re.compile(r"\$\{(\w+)\}")


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, validate_default=True)


class DataConfig(_Settings):
    """Where the log comes from: ``source`` (with a ``preset`` for raw files) or ``synthetic``."""

    source: str | None = None  # a dataset folder, or a folder of raw files when preset is given
    preset: str | None = None  # a name in configs/datasets, or the path of a preset file
    synthetic: Mapping[str, Any] | None = None  # settings of the built-in world
    cache: str | None = None  # folder of imported and generated datasets

    @model_validator(mode="after")
    def _one_origin(self) -> DataConfig:
        if (self.source is None) == (self.synthetic is None):
            raise ValueError("got both or neither of source and synthetic; accepted: exactly one")
        if self.preset is not None and self.source is None:
            raise ValueError("preset needs a source: the folder of the raw files")
        return self


class WindowConfig(_Settings):
    """How the stream is cut: exactly one of the three."""

    count: int | None = Field(None, ge=2)  # so many windows of equal event count
    events: int | None = Field(None, ge=1)  # so many events a window
    duration: str | None = None  # 30s, 90m, 12h, 1d, 1w

    @model_validator(mode="after")
    def _one_rule(self) -> WindowConfig:
        given = [k for k in ("count", "events", "duration") if getattr(self, k) is not None]
        if len(given) != 1:
            raise ValueError(
                f"got {', '.join(given) or 'nothing'}; accepted: exactly one of count, events, "
                "duration"
            )
        return self


class StreamConfig(_Settings):
    """The two clocks and the history."""

    window: WindowConfig = WindowConfig(count=20)
    step_events: int = Field(4096, ge=1)  # scored, revealed and learned from together
    history: int = Field(20, ge=0)  # engaged items of a user that are shown
    warmup: float = Field(0.25, ge=0.0, lt=1.0)  # share of the windows that is not scored
    cold_support: int = Field(10, ge=1)  # an item with fewer past events is cold


class PolicyConfig(_Settings):
    """The recommender all arms share, and how it is set."""

    name: str = "deepfm"
    settings: Mapping[str, Any] = Field(default_factory=dict)


class PreferenceConfig(_Settings):
    """One preference data set."""

    name: str = Field(pattern=NAME)
    kind: str = "co_click"
    per_user: int = Field(256, ge=1)
    settings: Mapping[str, Any] = Field(default_factory=dict)


class TrainingConfig(_Settings):
    """On what the run trains."""

    engine: Literal["ray", "local"] = "ray"
    workers: int | None = Field(None, ge=1)  # None: one a core, at most one a cell
    device: Literal["auto", "cpu", "cuda"] = "auto"
    checkpoint_windows: int = Field(5, ge=1)  # a checkpoint every so many windows
    ray_address: str | None = None  # None: start Ray on this machine; "auto": the running cluster


class MonitoringConfig(_Settings):
    """The Prometheus exporter of a run."""

    enabled: bool = True
    port: int = Field(9400, ge=0, le=65535)  # taken: the next free one; 0: any
    linger_seconds: float = Field(0.0, ge=0.0)  # how long it stays after the end


class RunConfig(_Settings):
    """Everything that decides a run's numbers, and where it runs.

    >>> config = RunConfig.model_validate({
    ...     "name": "example", "data": {"synthetic": {}}, "preferences": [{"name": "co_click"}]})
    >>> [str(arm) for arm in config.arm_list][:2]
    ['clean', 'leaked:co_click']
    """

    name: str = Field(pattern=NAME)
    data: DataConfig
    stream: StreamConfig = StreamConfig()
    policy: PolicyConfig = PolicyConfig()
    preferences: tuple[PreferenceConfig, ...] = ()
    representations: tuple[str, ...] = ()  # tables of the dataset to compare as aligned arms
    arms: tuple[str, ...] | None = None  # None: all that the scores and verdicts need
    form: Literal["residual", "joint"] = "residual"
    horizon: str | int = "all"
    folds: int = Field(5, ge=2)
    replicates: int = Field(3, ge=1)
    seed: int = Field(0, ge=0)
    tower_dim: int = Field(16, ge=1)
    minimum_effect: float = Field(0.001, gt=0.0)
    training: TrainingConfig = TrainingConfig()
    monitoring: MonitoringConfig = MonitoringConfig()

    @model_validator(mode="after")
    def _arms_have_sources(self) -> RunConfig:
        names = [p.name for p in self.preferences]
        both = [*names, *self.representations]
        if twice := sorted({name for name in both if both.count(name) > 1}):
            raise ValueError(f"the name '{twice[0]}' is given twice; accepted: distinct names")
        arms = self.arm_list
        if Arm("clean") not in arms:
            raise ValueError("arms lacks 'clean'; every score is a difference from it")
        for arm in arms:
            if arm.source is None:
                continue
            known = names if arm.kind in PREFERENCE_KINDS else []
            known = known + list(self.representations) * (arm.kind in REPRESENTATION_KINDS)
            if arm.source not in known:
                raise ValueError(
                    f"arm '{arm}' names no preference or representation it could be of; "
                    f"accepted: {', '.join(known) or 'none are declared'}"
                    f"{nearest(arm.source, known)}"
                )
        return self

    @property
    def arm_list(self) -> tuple[Arm, ...]:
        """The arms of the run, without repetition."""
        if self.arms is None:
            return default_arms([p.name for p in self.preferences], self.representations)
        return tuple(dict.fromkeys(Arm.parse(name) for name in self.arms))

    def deciding(self) -> dict[str, Any]:
        """Return the settings that decide the numbers: not where it runs, not what it exports."""
        return self.model_dump(mode="json", exclude={"training", "monitoring"})


def load_config(path: Path, overrides: Sequence[str] = ()) -> RunConfig:
    """Read a config file and apply ``a.b=c`` overrides; :class:`ConfigError` says what is off.

    ``name`` defaults to the file's name.
    """
    if not path.is_file():
        raise ConfigError(f"{path} is not a file; accepted: a YAML config such as configs/quickstart.yaml")
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not readable as YAML: {error}") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{path} holds {type(raw).__name__}; accepted: a mapping of settings")
    raw.setdefault("name", path.stem)
    for override in overrides:
        _override(raw, override)
    return parse_config(raw, str(path))


def parse_config(raw: Mapping[str, Any], where: str = "config") -> RunConfig:
    """Check plain settings; unknown keys are named with the nearest known one."""
    try:
        return RunConfig.model_validate(dict(raw))
    except ValidationError as error:
        lines = [_explained(item, where) for item in error.errors()]
        raise ConfigError("\n".join(lines)) from error


def expand_variables(text: str) -> str:
    """Replace ``${NAME}`` by the environment's value; an unset name is an error."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            raise ConfigError(
                f"{text}: the environment variable {match[1]} is not set; "
                f"set it, as in `export {match[1]}=/path/to/data`"
            )
        return os.environ[match[1]]

    return _VARIABLE.sub(value, text)


def _override(raw: dict[str, Any], override: str) -> None:
    path, equals, text = override.partition("=")
    if not equals or not path:
        raise ConfigError(f"--set {override!r}; accepted: key.subkey=value")
    keys = path.split(".")
    node: Any = raw
    for key in keys[:-1]:
        node = node.setdefault(key, {}) if isinstance(node, dict) else None
        if not isinstance(node, dict):
            raise ConfigError(f"--set {override!r}: '{key}' is not a group of settings")
    try:
        node[keys[-1]] = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"--set {override!r}: the value is not readable as YAML") from error


def _explained(item: Mapping[str, Any], where: str) -> str:
    place = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        accepted = _fields_at(item["loc"][:-1])
        key = str(item["loc"][-1])
        return (
            f"{where}: {place} is not a setting{nearest(key, accepted)}; "
            f"accepted here: {', '.join(accepted)}"
        )
    if item["type"] == "missing":
        return f"{where}: {place} is missing; it must be given"
    message = str(item["msg"]).removeprefix("Value error, ")
    got = "" if item["type"] == "value_error" else f" is {item['input']!r}"
    return f"{where}: {place or 'settings'}{got}: {message}"


def _fields_at(place: Sequence[int | str]) -> list[str]:
    kinds: dict[str, type[BaseModel]] = {
        "data": DataConfig,
        "stream": StreamConfig,
        "window": WindowConfig,
        "policy": PolicyConfig,
        "preferences": PreferenceConfig,
        "training": TrainingConfig,
        "monitoring": MonitoringConfig,
    }
    named = [part for part in place if isinstance(part, str)]
    return list(kinds[named[-1]].model_fields if named else RunConfig.model_fields)
