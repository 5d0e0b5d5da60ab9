"""Sizes and learning rates of the recommenders, checked when made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lis_sim.errors import ConfigError

# 32-bit floats are made of it: what is nearer to 0 becomes 0, or loses digits.
_LARGEST, _SMALLEST = 1e9, 1.2e-38

KERNELS = ("auto", "compiled", "torch")
STRUCTURES = ("parallel", "stacked")


@dataclass(frozen=True, slots=True)
class TowerRates:
    """Learning rates of the representation tower (Adagrad steps of logit weight)."""

    item: float = 0.02
    user: float = 0.02
    similarity: float = 0.02

    def __post_init__(self) -> None:
        for name in ("item", "user", "similarity"):
            check_number(f"policy.tower.{name}", getattr(self, name), above=0.0)


@dataclass(frozen=True, slots=True)
class LogisticSettings:
    """Learning rates of the logistic regression, which every recommender has a part of."""

    bias_rate: float = 0.2  # of the linear weights of ids and categories
    dense_rate: float = 0.02  # of what all events share
    initial_square: float = 0.1  # where Adagrad's accumulators start
    batch_events: int = 256
    hash_bits: int | None = None  # fold every field onto 2**hash_bits rows; None: grow
    tower: TowerRates = field(default_factory=TowerRates)

    def __post_init__(self) -> None:
        check_whole("policy.batch_events", self.batch_events, 1, 10_000_000)
        if self.hash_bits is not None:
            check_whole("policy.hash_bits", self.hash_bits, 1, 30)
        for name in ("bias_rate", "dense_rate", "initial_square"):
            check_number(f"policy.{name}", getattr(self, name), above=0.0)
        if not isinstance(self.tower, TowerRates):
            raise ConfigError(
                f"policy.tower is {self.tower!r}; accepted: rates by name, as in {{item: 0.02}}"
            )


@dataclass(frozen=True, slots=True)
class FactorSettings(LogisticSettings):
    """A factor beside every linear weight."""

    dim: int = 16  # numbers per factor
    deviation: float = 0.02  # standard deviation of first factors
    embedding_rate: float = 0.1  # of the factors

    def __post_init__(self) -> None:
        LogisticSettings.__post_init__(self)
        check_whole("policy.dim", self.dim, 1, 4_096)
        check_number("policy.deviation", self.deviation, least=0.0)
        check_number("policy.embedding_rate", self.embedding_rate, above=0.0)


@dataclass(frozen=True, slots=True)
class FMSettings(FactorSettings):
    """Factorisation machine."""

    kernel: str = "auto"  # compiled (machine code, on a processor), torch; auto: what is faster

    def __post_init__(self) -> None:
        FactorSettings.__post_init__(self)
        _check_choice("policy.kernel", self.kernel, KERNELS)


@dataclass(frozen=True, slots=True)
class MFSettings(FMSettings):
    """Matrix factorisation: a user's and an item's factor are all there is of the two together."""


@dataclass(frozen=True, slots=True)
class DeepSettings(FactorSettings):
    """A perceptron over the factors."""

    hidden: tuple[int, ...] = (64, 32)  # widths of the perceptron's hidden layers
    bias_rate: float = 0.05  # lower: the perceptron sees ids too

    def __post_init__(self) -> None:
        FactorSettings.__post_init__(self)
        _check_widths("policy.hidden", self.hidden)


@dataclass(frozen=True, slots=True)
class DeepFMSettings(DeepSettings):
    """Size and learning rates; the defaults come from the sweep in ``docs/baseline.md``."""

    kernel: str = "auto"  # as of FMSettings

    def __post_init__(self) -> None:
        DeepSettings.__post_init__(self)
        _check_choice("policy.kernel", self.kernel, KERNELS)


@dataclass(frozen=True, slots=True)
class DCNSettings(DeepSettings):
    """Cross layers beside the perceptron, or under it."""

    cross_layers: int = 2
    structure: str = "parallel"  # the perceptron sees the factors; stacked: the last cross layer

    def __post_init__(self) -> None:
        DeepSettings.__post_init__(self)
        check_whole("policy.dim", self.dim, 1, 256)  # a layer has the square of fields times it
        check_whole("policy.cross_layers", self.cross_layers, 1, 32)
        _check_choice("policy.structure", self.structure, STRUCTURES)


@dataclass(frozen=True, slots=True)
class DINSettings(DeepSettings):
    """Attention over the history."""

    embedding_rate: float = 0.05  # lower: an item's factor learns from histories too
    attention: tuple[int, ...] = (16,)  # widths of the activation unit's hidden layers
    first_weight: float = 0.1  # of every item of the history, before anything is learned

    def __post_init__(self) -> None:
        DeepSettings.__post_init__(self)
        _check_widths("policy.attention", self.attention)
        check_number("policy.first_weight", self.first_weight, least=0.0)


def _check_widths(where: str, widths: object) -> None:
    if not isinstance(widths, tuple) or len(widths) > 32:
        raise ConfigError(
            f"{where} is {widths!r:.200}; accepted: a list of widths, as in [64, 32], at most 32"
        )
    for width in widths:
        check_whole(where, width, 1, 65_536)


def _check_choice(where: str, value: object, accepted: tuple[str, ...]) -> None:
    if value not in accepted:
        raise ConfigError(f"{where} is {value!r}; accepted: {', '.join(accepted)}")


def check_whole(where: str, value: Any, least: int, most: int | None = None) -> None:
    """Raise :class:`ConfigError` unless ``value`` is a whole number in ``[least, most]``."""
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= least
    if whole and (most is None or value <= most):
        return
    limits = f">= {least}" if most is None else f"from {least} to {most}"
    raise ConfigError(f"{where} is {value!r}; accepted: a whole number {limits}")


def check_number(
    where: str, value: Any, *, least: float | None = None, above: float | None = None
) -> None:
    """Raise :class:`ConfigError` unless ``value`` is a number ``>= least``, ``> above``.

    At most 1e9, and 0 or at least 1.2e-38 away from it: 32-bit floats are made of it.

    >>> check_number("policy.dense_rate", "1e-2", above=0.0)
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: policy.dense_rate is '1e-2'; accepted: a number > 0.0, at most 1e+09
    """
    limit = f">= {least}" if above is None else f"> {above}"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        low = (least is not None and value < least) or (above is not None and value <= above)
        if not low and abs(value) <= _LARGEST and (not value or abs(value) >= _SMALLEST):
            return
        if not low and 0 < abs(value) < _SMALLEST:
            zero = ", either 0 or" if above is None else ","
            limit += f"{zero} at least {_SMALLEST:g}"
    raise ConfigError(f"{where} is {value!r}; accepted: a number {limit}, at most {_LARGEST:g}")
