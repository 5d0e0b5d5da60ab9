"""A run's settings: read from YAML, checked, frozen, and written back beside the results."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    ValidationError,
    field_validator,
    model_validator,
)

from lis_sim.arms import PREFERENCE_KINDS, REPRESENTATION_KINDS, Arm, default_arms
from lis_sim.data.names import check_plain
from lis_sim.errors import ConfigError, nearest
from lis_sim.plain import placed, plain, read_yaml, shown, why_not_plain
from lis_sim.plain.explained import explained
from lis_sim.plain.overrides import put_override
from lis_sim.plain.secrets import without_secrets
from lis_sim.plain.values import LARGEST_WHOLE

if TYPE_CHECKING:
    from lis_sim.scores.metrics_plan import MetricsPlan

NAME = r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$"
LONGEST_NAME = 100  # it becomes part of the names of files, which have 255 characters
MOST_WINDOWS = 1_000_000
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_GATEWAY = re.compile(r"https?://[^/@\s?#]+(/[^@\s?#]*)?")

# Neither "3" nor true is a number that somebody meant.
Whole: TypeAlias = Annotated[int, Strict()]
Number: TypeAlias = Annotated[float, Strict()]


class _Settings(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False
    )

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        """Refuse what neither ``config.yaml`` nor ``run.json`` could keep."""
        if reason := why_not_plain(value):
            raise ValueError(reason)
        return plain(value)


class DataConfig(_Settings):
    """Where the log comes from: ``source`` (with a ``preset`` for raw files) or ``synthetic``."""

    source: str | None = None  # a dataset folder, or a folder of raw files when preset is given
    preset: str | None = None  # a name in configs/datasets, or the path of a preset file
    synthetic: Mapping[str, Any] | None = None  # settings of the built-in world
    cache: str | None = None  # folder of imported and generated datasets, and of decoded copies
    # Read one decoded copy in the cache, shared by all who read it. None: trials of a search do.
    decoded: bool | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> DataConfig:
        if (self.source is None) == (self.synthetic is None):
            raise ValueError("got both or neither of source and synthetic; accepted: exactly one")
        if self.preset is not None and self.source is None:
            raise ValueError("preset needs a source: the folder of the raw files")
        return self


class WindowConfig(_Settings):
    """How the stream is cut: exactly one of the three."""

    # So many windows of equal event count:
    count: Whole | None = Field(default=None, ge=2, le=MOST_WINDOWS)
    events: Whole | None = Field(default=None, ge=1)  # so many events a window
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
    # Scored, revealed and learned from together.
    step_events: Whole = Field(default=4096, ge=1, le=10_000_000)
    history: Whole = Field(default=20, ge=1, le=10_000)  # engaged items of a user that are shown
    warmup: Number = Field(default=0.25, ge=0.0, lt=1.0)  # share of the windows that is not scored
    # So many windows instead of a share:
    warmup_windows: Whole | None = Field(default=None, ge=1, le=MOST_WINDOWS)
    # The log as if it ended after so many:
    first_windows: Whole | None = Field(default=None, ge=1, le=MOST_WINDOWS)
    cold_support: Whole = Field(default=10, ge=1)  # an item with fewer past events is cold
    # From an event to when its label is known, such as 30m or 1d; None: at once, or as the log's
    # own `label_time` says (docs/delay.md).
    label_delay: str | None = None
    # Scored events that may wait for their labels; beyond that the oldest are never learned from.
    pending_events: Whole = Field(default=1_048_576, ge=1, le=1_000_000_000)
    # Windows, of the `recent` estimates.
    recent_half_life: Number = Field(default=8.0, ge=0.01, le=MOST_WINDOWS)


class PolicyConfig(_Settings):
    """The recommender all arms share, and how it is set."""

    name: str = "deepfm"  # or package.module:Class, or that of an installed plug-in
    settings: Mapping[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _word_or_group(cls, value: object) -> object:
        return {"name": value} if isinstance(value, str) else value


class PreferenceConfig(_Settings):
    """One preference data set."""

    name: str = Field(pattern=NAME, max_length=LONGEST_NAME)
    kind: str = "co_click"  # or package.module:function, or that of an installed plug-in
    # Most recent events remembered of a user.
    per_user: Whole = Field(default=2048, ge=1, le=10_000_000)
    settings: Mapping[str, Any] = Field(default_factory=dict)


class TrainingConfig(_Settings):
    """On what the run trains."""

    engine: Literal["ray", "local"] = "ray"
    workers: Whole | None = Field(default=None, ge=1)  # None: one a core, at most one a cell
    # Workers that have the users of an arm between them (engine ray); 1: each has whole arms.
    user_shards: Whole = Field(default=1, ge=1, le=4_096)
    device: Literal["auto", "cpu", "cuda"] = "auto"
    checkpoint_windows: Whole = Field(default=5, ge=1)  # a checkpoint every so many windows
    # of the run's time at most, or a checkpoint comes later; 1: none does
    checkpoint_share: Number = Field(default=0.05, gt=0.0, le=1.0)
    ray_address: str | None = None  # None: start Ray on this machine; "auto": the running cluster
    # What the engine `ray` does when workers are lost (docs/reliability.md).
    restarts: Whole = Field(default=2, ge=0)  # of lost workers, without a further window between
    # Without a step a worker is ended; 0: off.
    hang_seconds: Number = Field(default=1800.0, ge=0.0, le=31_536_000)
    # In all; None: for ever.
    node_wait_seconds: Number | None = Field(default=None, ge=0.0, le=31_536_000)

    @field_validator("hang_seconds")
    @classmethod
    def _a_second_at_least(cls, value: float) -> float:
        if 0.0 < value < 1.0:
            raise ValueError(f"got {value:g}; accepted: 0 (off), or 1 second and more")
        return value

    @model_validator(mode="after")
    def _whole_grid(self) -> TrainingConfig:
        shards = self.user_shards
        if shards > 1 and self.engine == "local":
            raise ValueError(
                f"got engine local and user_shards {shards}; accepted with user_shards above 1: "
                "engine ray"
            )
        if self.workers is not None and self.workers % shards:
            raise ValueError(
                f"got workers {self.workers} and user_shards {shards}; accepted: a multiple of "
                "user_shards, as many workers to an arm"
            )
        return self


class DriftConfig(_Settings):
    """What is watched for drift, and what counts as one (:mod:`lis_sim.drift`)."""

    enabled: bool = True
    # After the warm-up and after every event.
    reference_windows: Whole = Field(default=8, ge=4, le=MOST_WINDOWS)
    detectors: tuple[Literal["adwin", "page_hinkley"], ...] = ("adwin", "page_hinkley")
    persistence: Whole = Field(default=2, ge=1)  # windows in a row that must say so
    cooldown: Whole = Field(default=8, ge=0)  # windows without another event of the same thing
    # How far from the reference a window may be (lis_sim.drift.measures); none grows with n.
    psi: Number = Field(default=0.2, gt=0.0)  # population stability index: items, users, features
    ks: Number = Field(default=0.1, gt=0.0, le=1.0)  # Kolmogorov-Smirnov distance: numeric features
    new_share: Number = Field(default=0.1, gt=0.0, le=1.0)  # of new items or users, over the usual
    mean_shift: Number = Field(default=0.25, gt=0.0)  # of a representation, in its own spread
    mmd: Number = Field(default=0.02, gt=0.0)  # squared mean discrepancy of a representation

    @field_validator("detectors")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError(f"got {', '.join(value)}; accepted: each detector at most once")
        return value


class MonitorConfig(_Settings):
    """How ``lis-sim monitor`` follows a log that grows."""

    # Between two looks at the log's folder.
    poll_seconds: Number = Field(default=10.0, gt=0.0, le=86_400)


class MonitoringConfig(_Settings):
    """The Prometheus exporter of a run."""

    enabled: bool = True
    address: str = Field(default="127.0.0.1", min_length=1)  # the interface to listen on
    port: Whole = Field(default=9400, ge=0, le=65535)  # taken: the next free one; 0: any
    # How long it stays after the end.
    linger_seconds: Number = Field(default=0.0, ge=0.0, le=31_536_000)
    # If it was scraped before the end it waits so long for one more scrape, which sees that end.
    last_scrape_seconds: Number = Field(default=30.0, ge=0.0, le=86_400)
    tls_certificate: str | None = None  # PEM file; with tls_key: https instead of http
    tls_key: str | None = None
    pushgateway: str | None = None  # http://host:9091: also push every window and at the end
    pushgateway_delete: bool = False  # delete what was pushed when the run ends

    @field_validator("pushgateway")
    @classmethod
    def _plain_address(cls, value: str | None) -> str | None:
        if value is not None and not _GATEWAY.fullmatch(value):
            # Nothing secret: the settings are written to the run folder.
            raise ValueError(
                f"got {shown(value)}; accepted: http://HOST:PORT, without a password in it"
            )
        return value

    @model_validator(mode="after")
    def _both_or_neither(self) -> MonitoringConfig:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("got one of tls_certificate and tls_key; accepted: both, or neither")
        return self


class MetricsConfig(_Settings):
    """What is measured beside the AUC on the log's own labels (docs/metrics.md): nothing."""

    ndcg: tuple[Whole, ...] = ()  # NDCG@k within requests, for each k
    mrr: bool = False  # mean reciprocal rank of the first engagement within requests
    user_auc: bool = False  # mean over users of their own AUC
    outcomes: tuple[str, ...] = ()  # the AUC on other labels: is_like, "play_time >= 7"

    @model_validator(mode="after")
    def _can_be_measured(self) -> MetricsConfig:
        if self.asked:
            try:
                _ = self.plan
            except ConfigError as error:
                raise ValueError(str(error)) from error
        return self

    @property
    def asked(self) -> bool:
        """Whether there is anything to measure."""
        return bool(self.ndcg or self.mrr or self.user_auc or self.outcomes)

    @property
    def plan(self) -> MetricsPlan:
        """The metrics, checked."""
        from lis_sim.scores.metrics_plan import MetricsPlan  # NumPy: not for reading settings

        return MetricsPlan(self.ndcg, self.mrr, self.user_auc, self.outcomes)


class OutputConfig(_Settings):
    """What a run keeps beside its numbers."""

    # What every arm gave every event, in the folder scores/: `lis-sim score` reads it.
    scores: bool = False


class RunConfig(_Settings):
    """Everything that decides a run's numbers, and where it runs.

    >>> config = RunConfig.model_validate(
    ...     {"name": "example", "data": {"synthetic": {}}, "preferences": [{"name": "co_click"}]}
    ... )
    >>> [str(arm) for arm in config.arm_list][:2]
    ['clean', 'leaked:co_click']
    """

    name: str = Field(pattern=NAME, max_length=LONGEST_NAME)
    data: DataConfig
    stream: StreamConfig = StreamConfig()
    policy: PolicyConfig = PolicyConfig()
    preferences: tuple[PreferenceConfig, ...] = ()
    representations: tuple[str, ...] = ()  # tables of the dataset to compare as aligned arms
    content: str | None = None  # a table of raw content that every arm has, the clean one included
    arms: tuple[str, ...] | None = None  # None: all that the scores and verdicts need
    form: Literal["residual", "joint"] = "residual"
    horizon: str | Whole = "all"  # all, 0, or a duration such as 12h
    folds: Whole = Field(default=5, ge=2, le=1_000)
    replicates: Whole = Field(default=3, ge=1, le=1_000)
    # No limit of the random streams: what JSON and Parquet keep.
    seed: Whole = Field(default=0, ge=0, le=LARGEST_WHOLE)
    tower_dim: Whole = Field(default=16, ge=1, le=4_096)
    minimum_effect: Number = Field(default=0.001, ge=1e-9, le=1.0)
    metrics: MetricsConfig = MetricsConfig()
    drift: DriftConfig = DriftConfig()
    training: TrainingConfig = TrainingConfig()
    monitoring: MonitoringConfig = MonitoringConfig()
    monitor: MonitorConfig = MonitorConfig()
    output: OutputConfig = OutputConfig()

    @field_validator("horizon", mode="before")
    @classmethod
    def _words_or_zero(cls, value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ValueError(f"got {shown(value)}; accepted: all, 0, or a duration such as 12h")
        return value

    @model_validator(mode="after")
    def _arms_have_sources(self) -> RunConfig:
        names = [p.name for p in self.preferences]
        both = [*names, *self.representations]
        for table in filter(None, (*self.representations, self.content)):
            check_plain(table, "the name of a table", ConfigError)
        if twice := sorted({name for name in both if both.count(name) > 1}):
            raise ValueError(f"the name '{twice[0]}' is given twice; accepted: distinct names")
        if self.content is not None and self.form != "residual":
            raise ValueError(
                f"content is '{self.content}' and form '{self.form}'; accepted: content with form "
                "residual only, or give it as numeric features of the log"
            )
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
        """Return the settings that decide the numbers.

        Not where the run trains, not what it exports or keeps beside them, and not where its log
        lies: the data's own fingerprints stand for that. Over how many workers sums are taken
        decides their last bits: ``user_shards`` is named where it is above 1. So are ``metrics``
        where there are any: without them the numbers are those of versions that had none.
        """
        without = {"data", "training", "monitoring", "monitor", "output"}
        if not self.metrics.asked:
            without.add("metrics")
        own = self.model_dump(mode="json", exclude=without)
        for name in ("label_delay", "pending_events"):
            if own["stream"][name] == StreamConfig.model_fields[name].default:
                del own["stream"][name]  # the folders of earlier versions keep their names
        shards = self.training.user_shards
        return own if shards == 1 else own | {"user_shards": shards}


def load_config(path: Path, overrides: Sequence[str] = ()) -> RunConfig:
    """Read a config file and apply ``a.b=c`` overrides; :class:`ConfigError` says what is off.

    ``name`` defaults to the file's name.
    """
    return parse_config(read_settings(path, overrides), str(path))


def read_settings(path: Path, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """Return the settings of a config file with ``overrides`` put in, as plain values.

    None is checked yet; a file without ``name`` is given its own. :class:`ConfigError` when it is
    not a YAML mapping, or when an override does not fit it.
    """
    if not path.is_file():
        raise ConfigError(
            f"{path} is not a file; accepted: a YAML config such as configs/quickstart.yaml"
        )
    raw = read_yaml(path)
    if not isinstance(raw, dict):
        raise ConfigError(f"{path} holds {type(raw).__name__}; accepted: a mapping of settings")
    raw.setdefault("name", path.stem)
    if isinstance(raw.get("policy"), str):  # its settings may be overridden
        raw["policy"] = {"name": raw["policy"]}
    for override in overrides:
        put_override(raw, override)
    return raw


def parse_config(raw: Mapping[str, Any], where: str = "config") -> RunConfig:
    """Check plain settings; unknown keys are named with the nearest known one."""
    with placed(where):
        try:
            return RunConfig.model_validate(dict(raw))
        except ValidationError as error:
            lines = [explained(item, where, _fields_at) for item in error.errors()]
            raise ConfigError("\n".join(lines)) from error


def expand_variables(text: str) -> str:
    """Replace ``${NAME}`` by the environment's value; an unset name is an error."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            raise ConfigError(
                f"{without_secrets(text)}: the environment variable {match[1]} is not set; "
                f"set it, as in `export {match[1]}=/path/to/data`"
            )
        return os.environ[match[1]]

    return _VARIABLE.sub(value, text)


def _fields_at(place: Sequence[int | str]) -> list[str]:
    named = [part for part in place if isinstance(part, str)]
    return list(_GROUPS[named[-1]].model_fields if named else RunConfig.model_fields)


_GROUPS: Mapping[str, type[BaseModel]] = {
    "data": DataConfig,
    "stream": StreamConfig,
    "window": WindowConfig,
    "policy": PolicyConfig,
    "preferences": PreferenceConfig,
    "drift": DriftConfig,
    "metrics": MetricsConfig,
    "training": TrainingConfig,
    "monitoring": MonitoringConfig,
    "monitor": MonitorConfig,
    "output": OutputConfig,
}
