"""One ``sparse_id`` data set as the clock moves: a teacher for every arm and fold.

The ID representation of a ranker is what it has learned about items it knows by nothing but
their number. A teacher runs ahead of the stream by the horizon; it learns every event once it
becomes visible to it and is never started anew, so windows share the work::

    time              start       end        end + h
    causal          ---->|
    leaked          ------------------------>|   all users
    crossfit, f     ------------------------>|   users outside f
                    ---->|                       users of f

All teachers start from the same values. They turn no faster than they learn, so what a
dimension means carries over from window to window without being aligned.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from lis_sim.plain.saved import saved
from lis_sim.preference.intake import Intake
from lis_sim.preference.kind import Making
from lis_sim.preference.reading import Moment
from lis_sim.preference.source import ByKind, State, one_fold
from lis_sim.preference.sparse_id_news import Newsreader
from lis_sim.preference.sparse_id_settings import SparseIdSettings
from lis_sim.preference.sparse_id_teacher import Teacher
from lis_sim.types import Bool, Representation

_READ = "read"


class SparseIdSource:
    """Lets all teachers read the news of every window, and shows what they know of items."""

    placebo_of = "leaked_crossfit"

    def __init__(self, settings: SparseIdSettings, intake: Intake, making: Making) -> None:
        self._settings = settings
        self._making = making
        self._reader = Newsreader(making.door, intake)
        self.start({})

    def start(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        self._teachers: dict[str, Teacher] = {}
        self._reader.rewind(saved(state, _READ, np.int64, None) if state else None)
        for name in dict.fromkeys(key.partition("/")[0] for key in state if key != _READ):
            own = f"{name}/"
            parts = {k.removeprefix(own): v for k, v in state.items() if k.startswith(own)}
            self._teacher(name).load(parts)

    def snapshot(self) -> State:
        return {_READ: self._reader.position()} | {
            f"{name}/{part}": value
            for name, teacher in self._teachers.items()
            for part, value in teacher.snapshot().items()
        }

    def shown(self, moment: Moment, kinds: Collection[str], fresh: bool) -> ByKind:
        past, ahead = self._advance(moment, [t for kind in kinds for t in self._names(kind)])
        changed = {"causal": past, "leaked": ahead, "leaked_crossfit": past or ahead}
        return {
            kind: self._representations(kind)
            for kind in dict.fromkeys(kinds)
            if fresh or changed[kind]
        }

    def _advance(self, to: Moment, names: Collection[str]) -> tuple[bool, bool]:
        """Let teachers learn up to ``to``; return if anything became past, and if ahead."""
        teachers = [self._teacher(name) for name in dict.fromkeys(names)]
        past, ahead = False, False
        for news in self._reader.until(to):
            past, ahead = past or news.past, ahead or news.ahead
            for teacher in teachers:
                teacher.learn(news)
        return past, ahead

    def _names(self, kind: str) -> list[str]:
        """Return the names of the teachers behind a kind of arm."""
        if kind != "leaked_crossfit":
            return [kind]
        replicates, folds = range(self._making.replicates), range(self._making.folds)
        return [_crossfit(replicate, fold) for replicate in replicates for fold in folds]

    def _teacher(self, name: str) -> Teacher:
        if name not in self._teachers:
            schema = self._making.dataset.schema
            held_out = self._held_out(name)
            self._teachers[name] = Teacher(
                self._settings, held_out, schema.items, self._making.seed
            )
        return self._teachers[name]

    def _held_out(self, name: str) -> Bool:
        kind, _, place = name.partition(".")
        if kind == "crossfit":
            replicate, fold = (int(number) for number in place.split("."))
            return np.asarray(self._making.fold_of_users[replicate] == fold)
        return np.full(self._making.dataset.schema.users, kind == "causal")

    def _representations(self, kind: str) -> list[Representation]:
        """Return what arms of a kind see, by replicate."""
        if kind != "leaked_crossfit":
            return [one_fold(*self._teachers[kind].vectors().shown())] * self._making.replicates
        return [self._crossfit(replicate) for replicate in range(self._making.replicates)]

    def _crossfit(self, replicate: int) -> Representation:
        names = [_crossfit(replicate, fold) for fold in range(self._making.folds)]
        shown = [self._teachers[name].vectors().shown() for name in names]
        vectors, supported = zip(*shown, strict=True)
        return Representation(np.stack(vectors), np.stack(supported))


def _crossfit(replicate: int, fold: int) -> str:
    return f"crossfit.{replicate}.{fold}"
