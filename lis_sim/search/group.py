"""The group ``search`` of a tune config."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from lis_sim.config import MOST_WINDOWS, Number, Whole
from lis_sim.errors import ConfigError, nearest
from lis_sim.plain import plain, shown, why_not_plain
from lis_sim.plain.secrets import has_password, without_secrets
from lis_sim.plain.values import LARGEST_WHOLE
from lis_sim.search.space import Space

SEARCH = "search"
TRIALS = 32  # where the config does not say how many


class _Settings(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False
    )


class StoppingConfig(_Settings):
    """When trials end before the cut."""

    kind: Literal["asha", "median", "halving", "none"] = "asha"
    # Windows scored before the first decision.
    first: Whole = Field(default=2, ge=1, le=MOST_WINDOWS)
    reduction: Number = Field(default=3.0, gt=1.0, le=1_000.0)  # of so many trials one goes on


class SearchConfig(_Settings):
    """What is searched for, how, and how much of the log the search sees."""

    space: Mapping[str, Mapping[str, Any]]
    objective: Any = "lis_crossfit"  # one or a list, see lis_sim.search.objective
    algorithm: Literal["optuna", "random", "grid"] = "optuna"
    # Beside the baseline; None: TRIALS, or a grid.
    trials: Whole | None = Field(default=None, ge=1, le=1_000_000)
    stopping: StoppingConfig = StoppingConfig()
    until: Number = Field(default=0.5, gt=0.0, lt=1.0)  # share of the windows the search sees
    # Of a trial; what is reported has the config's own.
    replicates: Whole = Field(default=1, ge=1, le=1_000)
    # Trials at once; None: one a core.
    concurrent: Whole | None = Field(default=None, ge=1, le=10_000)
    engine: Literal["auto", "direct", "nested"] = "auto"
    seed: Whole = Field(default=0, ge=0, le=LARGEST_WHOLE)
    mlflow: str | None = Field(default=None, min_length=1)  # a tracking URI: trials go there too

    @field_validator("stopping", mode="before")
    @classmethod
    def _word_or_group(cls, value: object) -> object:
        return {"kind": value} if isinstance(value, str) else value

    @field_validator("mlflow")
    @classmethod
    def _without_password(cls, value: str | None) -> str | None:
        if value is not None and has_password(value):
            raise ValueError(
                f"got {shown(value)}, which has a password in it, and settings are "
                "written to the search folder; accepted: an address without one; set "
                "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD (or MLFLOW_TRACKING_TOKEN)"
            )
        return value

    @model_validator(mode="after")
    def _fit_together(self) -> SearchConfig:
        if self.algorithm == "grid" and self.trials is not None:
            raise ValueError(
                f"trials is {self.trials} with algorithm grid, which runs all of its settings; "
                "leave trials out, or take algorithm random or optuna"
            )
        if self.algorithm == "optuna" and self.stopping.kind == "halving":
            raise ValueError(
                "stopping is halving with algorithm optuna: halving starts all trials at once, "
                "and optuna learns from those that have ended; take asha or median, or algorithm "
                "random or grid"
            )
        return self


def read_group(search: object, where: str) -> SearchConfig:
    """Read the group ``search`` of ``where``; :class:`ConfigError` says what is off."""
    if not isinstance(search, Mapping):
        raise ConfigError(f"{where}: {SEARCH} is {shown(search)}; accepted: a group of settings")
    if reason := why_not_plain(search):
        raise ConfigError(f"{where}: {SEARCH}: {reason}")
    group = plain(search)
    if "space" in group:
        Space.parse(group["space"])  # it says better what is off than its type does
    try:
        return SearchConfig.model_validate(group)
    except ValidationError as error:
        raise ConfigError("\n".join(_explained(one, where) for one in error.errors())) from error


def _explained(item: Mapping[str, Any], where: str) -> str:
    place = without_secrets(".".join([SEARCH, *(str(part) for part in item["loc"])]))
    if item["type"] == "extra_forbidden":
        group = StoppingConfig if "stopping" in item["loc"] else SearchConfig
        accepted = list(group.model_fields)
        return (
            f"{where}: {place} is not a setting{nearest(str(item['loc'][-1]), accepted)}; "
            f"accepted here: {', '.join(accepted)}"
        )
    if item["type"] == "missing":
        return f"{where}: {place} is missing; it must be given"
    if item["type"] == "value_error":
        return f"{where}: {place}: {str(item['msg']).removeprefix('Value error, ')}"
    message = str(item["msg"]).replace("Input should be", "accepted:")
    return f"{where}: {place} is {shown(item['input'])}; {message}"
