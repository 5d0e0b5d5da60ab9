"""What a search looks for: a number of a run's records, and which way is better."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lis_sim.config import RunConfig
from lis_sim.errors import ConfigError, RunError
from lis_sim.scores.family import PREFERENCE_SCORES, REPRESENTATION_SCORES, score_contrast

Record = Mapping[str, Any]
ALL = "all"
OF_ARMS: tuple[str, ...] = ("auc", "gauc", "log_loss")
OF_SOURCES: tuple[str, ...] = tuple(dict.fromkeys([*PREFERENCE_SCORES, *REPRESENTATION_SCORES]))
ACCEPTED = (*OF_SOURCES, *OF_ARMS)
_MINIMISED = ("log_loss",)
WITHOUT_INTERVAL = ("gauc", "log_loss")
_KEYS = ("score", "preference", "representation", "arm", "slice", "take")
_EXAMPLE = "lis_crossfit, auc:clean, or {score: lis_crossfit, slice: cold, take: value}"


@dataclass(frozen=True, slots=True)
class Objective:
    """One number of a run, as its records have it.

    Attributes:
        score: A score of the LIS family, or ``auc``, ``gauc``, ``log_loss`` of an arm.
        preference, representation: What a score is of; both None for an arm's number.
        arm: Of an arm's number.
        slice: ``all``, ``cold`` or ``warm`` items.
        take: ``value``, or ``low``, the lower end of its 95 % interval: between two constructions
            that found the same, it takes the one that is surer. By default ``low`` of a score,
            ``value`` of an arm's number. With one replicate the interval
            holds the luck of users and items alone; trials share their seeds.
        name: What it is called in ledgers, tables and metrics: ``[A-Za-z0-9_:]`` only.

    >>> wanted = Objective("lis_crossfit", "co_click")
    >>> wanted.name, wanted.mode, wanted.take
    ('lis_crossfit:co_click', 'max', 'low')
    >>> Objective("log_loss", arm="clean", slice="cold").name
    'log_loss_cold:clean'
    """

    score: str
    preference: str | None = None
    representation: str | None = None
    arm: str | None = None
    slice: str = ALL
    take: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        if not self.take:
            object.__setattr__(self, "take", default_take(self.score))
        if not self.name:
            object.__setattr__(self, "name", self.called(self.source))

    @property
    def mode(self) -> Literal["max", "min"]:
        """Which way is better."""
        return "min" if self.score in _MINIMISED else "max"

    @property
    def source(self) -> str | None:
        """The arm, preference data set or representation it is of."""
        return self.arm or self.preference or self.representation

    def arms(self, base: RunConfig) -> tuple[str, ...]:
        """Return the arms it is made of, ``clean`` always among them, in the run's order.

        Raises :class:`ConfigError` when the config's own ``arms`` leave one out.
        """
        needed = {"clean", *self._needed()}
        known = [str(arm) for arm in base.arm_list]
        if left_out := sorted(needed - set(known)):
            raise ConfigError(
                f"search.objective {self.name} is made of the arm {left_out[0]}, which `arms` "
                f"leaves out; it has: {', '.join(known)}; add it, or leave `arms` out"
            )
        return tuple(arm for arm in known if arm in needed)

    def read(self, record: Record) -> float | None:
        """Return the number in a record of ``windows.jsonl``: of all scored windows so far.

        None where it is not there: in the warm-up, and with one class of labels only.
        """
        found = self._found(record)
        if self.score in OF_ARMS:
            found = found["cumulative"]
            return _number(found[self.take if self.score == "auc" else self.score])
        return _number(found[self.take])

    def read_summary(self, summary: Record) -> dict[str, float | None]:
        """Return ``value``, ``low`` and ``high`` in a ``summary.json``.

        ``value`` is the number itself, whatever ``take`` says; without an interval both ends
        are None.
        """
        found = self._found(summary)
        if self.score in WITHOUT_INTERVAL:
            return {"value": _number(found[self.score]), "low": None, "high": None}
        found = found["auc"] if self.score == "auc" else found
        return {key: _number(found[key]) for key in ("value", "low", "high")}

    def better(self, one: float, other: float) -> bool:
        """Return whether ``one`` is better than ``other``."""
        return one > other if self.mode == "max" else one < other

    def _found(self, record: Record) -> Record:
        wanted: dict[str, str | None] = {"slice": self.slice}
        if self.score in OF_ARMS:
            entries, wanted = record["arms"], wanted | {"arm": self.arm}
        else:
            entries = record["scores"]
            wanted |= {
                "score": self.score,
                "preference": self.preference,
                "representation": self.representation,
            }
        for entry in entries:
            if all(entry[key] == value for key, value in wanted.items()):
                return dict(entry)
        raise RunError(
            f"a record has no {self.name} ({wanted}): it is of a run without the arms it is made "
            "of; take a run folder of this search"
        )

    def _needed(self) -> Iterable[str]:
        if self.arm is not None:
            return [self.arm]
        of = PREFERENCE_SCORES if self.preference is not None else REPRESENTATION_SCORES
        return score_contrast(*of[self.score], str(self.source))

    def called(self, source: str | None) -> str:
        words = [self.score]
        words += [self.slice] * (self.slice != ALL)
        words += [self.take] * (self.take != default_take(self.score))
        name = "_".join(words) + ("" if source is None else f":{source}")
        return re.sub(r"[^A-Za-z0-9_:]", "_", name)


def default_take(score: str) -> str:
    """Return what is taken of a score where the config does not say."""
    return "low" if score in OF_SOURCES else "value"


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
