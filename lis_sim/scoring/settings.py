"""The settings of ``lis-sim score``: checked, frozen, and written back beside the results."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lis_sim.arms import Arm
from lis_sim.config import (
    LONGEST_NAME,
    MOST_WINDOWS,
    NAME,
    MetricsConfig,
    Number,
    Whole,
    WindowConfig,
)
from lis_sim.errors import ConfigError
from lis_sim.plain import plain, shown, why_not_plain
from lis_sim.plain.explained import explained

NOT_STATED = "not stated"
_UNPLAIN = "-"  # in a folder's name, for what a name may not have


class _Settings(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False
    )


class ColumnNames(_Settings):
    """Which column holds what; None: the one of that very name, if there is one."""

    user: str = "user"
    time: str = "time"
    label: str = "label"
    item: str | None = None
    slice: str | None = None
    replicate: str | None = None
    fold: str | None = None
    request: str | None = None
    ignored: tuple[str, ...] = ()
    arms: Mapping[str, str] = Field(default_factory=dict)  # arm: column; others are called so


class CutSettings(_Settings):
    """How the events are cut into windows, as the group ``stream`` of a run."""

    window: WindowConfig = WindowConfig(count=20)
    warmup: Number = Field(default=0.25, ge=0.0, lt=1.0)
    warmup_windows: Whole | None = Field(default=None, ge=1, le=MOST_WINDOWS)
    recent_half_life: Number = Field(default=8.0, ge=0.01, le=MOST_WINDOWS)


class ScoreSettings(_Settings):
    """Everything beside the file that decides the numbers of ``lis-sim score``.

    >>> settings = score_settings(name="ctr", stream={"window": {"duration": "1d"}})
    >>> settings.columns.user, settings.stream.window.duration, settings.horizon
    ('user', '1d', 'not stated')
    >>> score_settings(name="ctr", columns={"arms": {"leeked:likes": "a"}})
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: score: columns: arm 'leeked:likes' is not known; accepted: clean, \
or one of leaked, leaked_crossfit, causal, placebo, aligned followed by ':NAME'; did you mean \
'leaked'?
    """

    name: str = Field(pattern=NAME, max_length=LONGEST_NAME)
    columns: ColumnNames = ColumnNames()
    stream: CutSettings = CutSettings()
    time_unit: Literal["s", "ms", "us", "ns"] = "s"  # of times that are whole numbers
    logits: bool = False  # only then do log loss and calibration say anything
    # How the ranker elsewhere was played; printed beside every score.
    horizon: str = NOT_STATED
    form: str = NOT_STATED
    folds: Whole | None = Field(default=None, ge=2, le=1_000)  # None: as the fold column has it
    trained_until: Mapping[str, str] = Field(default_factory=dict)  # representation: ISO time
    minimum_effect: Number = Field(default=0.001, ge=1e-9, le=1.0)
    metrics: MetricsConfig = MetricsConfig()  # outcomes are columns of the file

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        if reason := why_not_plain(value):
            raise ValueError(reason)
        return plain(value)

    @model_validator(mode="after")
    def _arms_are_arms(self) -> ScoreSettings:
        for name in self.columns.arms:
            try:
                named_arm(name)
            except ConfigError as error:
                raise ValueError(f"columns: {error}") from error
        return self

    def deciding(self) -> dict[str, Any]:
        """Return them as plain values, without those that were left open."""
        without = set() if self.metrics.asked else {"metrics"}
        return self.model_dump(mode="json", exclude_none=True, exclude=without)


def score_settings(**given: Any) -> ScoreSettings:
    """Check plain settings; :class:`ConfigError` says what is off, and the nearest known key."""
    try:
        return ScoreSettings.model_validate(given)
    except ValidationError as error:
        lines = [explained(item, "score", _fields_at) for item in error.errors()]
        raise ConfigError("\n".join(lines).replace("score: settings: ", "score: ")) from error


def named_arm(name: str) -> Arm:
    """Return the arm ``name`` is, its own name as plain as in a config; else ConfigError.

    >>> named_arm("aligned:clip v2")
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: arm 'aligned:clip v2'; accepted after the ':' are up to 100 \
letters, digits, '_', '-' and, not as the first, '.'
    """
    arm = Arm.parse(name)
    own = arm.source or "clean"
    if len(own) > LONGEST_NAME or re.fullmatch(NAME, own) is None:
        raise ConfigError(
            f"arm {shown(name)}; accepted after the ':' are up to {LONGEST_NAME} letters, digits, "
            "'_', '-' and, not as the first, '.'"
        )
    return arm


def name_for(path: Path) -> str:
    """Return what the scores in ``path`` are called: its name, as far as a name may have it.

    >>> name_for(Path("logs/ctr scores.2024.parquet"))
    'ctr-scores.2024'
    """
    kept = "".join(
        one if (one.isascii() and one.isalnum()) or one in "_-." else _UNPLAIN for one in path.stem
    )
    return kept.lstrip(".")[:LONGEST_NAME] or "scores"


def _fields_at(place: Any) -> list[str]:
    named = [part for part in place if isinstance(part, str)]
    group = _GROUPS.get(named[-1]) if named else ScoreSettings
    return list((group or ScoreSettings).model_fields)


_GROUPS: Mapping[str, type[BaseModel]] = {
    "columns": ColumnNames,
    "stream": CutSettings,
    "window": WindowConfig,
    "metrics": MetricsConfig,
}
