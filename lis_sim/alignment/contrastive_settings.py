"""The settings of the contrastive head."""

from __future__ import annotations

from dataclasses import dataclass

from lis_sim.errors import ConfigError

_LEAST = {  # of the settings that are whole numbers
    "dimensions": 1,
    "hidden": 0,
    "passed": 1,
    "epochs": 1,
    "patience": 1,
    "batch_users": 1,
    "folds": 2,
    "draws": 1,
}
_NUMBERS = ("rate", "decay", "rate_strength", "user_strength", "context_strength", "sureness")


@dataclass(frozen=True, slots=True)
class ContrastiveSettings:
    """Size and learning of the head.

    The strengths are pseudo-counts: of events of the mean rate that an item's rate is averaged
    with, of events without news that a user's mean is averaged with, and of events after which
    a context counts half.

    >>> ContrastiveSettings(folds=1)
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: contrastive.folds is 1; accepted: a whole number, 2 or more
    """

    dimensions: int = 16  # of the vectors it gives, at most
    hidden: int = 0  # width of a hidden layer; 0: a linear head
    passed: int = 8  # items passed over in every choice
    epochs: int = 60  # at most so many
    patience: int = 8  # epochs without an improvement after which learning ends
    batch_users: int = 64  # users a step
    rate: float = 0.003  # of Adam
    decay: float = 0.03  # of the weights: without it, few users are learned by heart
    folds: int = 4  # of users, who decide when to stop and what was learned
    share: float = 0.8  # of a user's events that are context; the others are choices
    draws: int = 4  # of the choices of users left out
    rate_strength: float = 20.0
    user_strength: float = 5.0
    context_strength: float = 30.0
    sureness: float = 2.5  # standard errors of the loss saved from which on something was learned

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            value: object = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise ConfigError(
                    f"contrastive.{name} is {value!r}; accepted: a whole number, {least} or more"
                )
        for name in (*_NUMBERS, "share"):
            value, most = getattr(self, name), 1.0 if name == "share" else float("inf")
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not 0 < float(str(value)) < most:
                below = ", below 1" if name == "share" else ""
                raise ConfigError(
                    f"contrastive.{name} is {value!r}; accepted: a number above 0{below}"
                )
