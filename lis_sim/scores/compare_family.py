"""The arms and scores that two runs have in common, and how far they are apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lis_sim.scores.compare import Compared, PairedSums, RunSums
from lis_sim.scores.compare_names import NamePairs
from lis_sim.scores.compare_outcome import outcome
from lis_sim.scores.compare_records import arm_difference, score_difference
from lis_sim.scores.family import PREFERENCE_SCORES, REPRESENTATION_SCORES, score_contrast
from lis_sim.scores.plan import CLEAN, PREFERENCE_ARMS, REPRESENTATION_ARMS, RepresentationPlan
from lis_sim.scores.records import Record
from lis_sim.scores.window import ALL

# What is said about a name rests on the first of these that both runs have.
_SPOKEN = (
    *("lis_crossfit_over_placebo", "lis_crossfit", "lis"),
    *("ais_over_placebo", "ais"),
)


class PairedFamilies:
    """Differences, second run less first, of all arms and scores that both runs have.

    A representation's scores are compared when they count the same windows in both runs;
    ``other_windows`` names the pairs that do not.

    Parameters:
        first, second: what the two runs keep, of the same windows, labels and replicates.
        names: which preference data and representations are compared.
        slices: the slices, beside ``"all"``, that hold the same events in both runs.
    """

    def __init__(
        self, first: RunSums, second: RunSums, names: NamePairs, slices: Sequence[str] = ()
    ) -> None:
        self._first, self._second = first.plan, second.plan
        self._names = names
        self._sums = PairedSums(first, second, slices)
        pairs = [self._tables(*pair) for pair in names.representations]
        self._same = [(a, b) for a, b in pairs if self._start(a, b) is not None]
        self.other_windows = [(a.name, b.name) for a, b in pairs if self._start(a, b) is None]

    def arms(self) -> list[Record]:
        """Return one record per arm and slice: AUC of both runs and the difference."""
        return [
            arm_difference(found, (one, other), slice_name)
            for start, one, other in self._arm_pairs()
            for slice_name in self._sums.slices
            for found in (self._sums.difference(start, {one: 1.0}, {other: 1.0}, slice_name),)
        ]

    def scores(self) -> list[Record]:
        """Return one record per score and slice: both runs' values and the difference."""
        found = [
            record for a, b in self._names.preferences for record in self._preference_scores(a, b)
        ]
        return found + [record for a, b in self._same for record in self._table_scores(a, b)]

    def outcomes(self, scores: Sequence[Record]) -> list[Record]:
        """Return one record per pair of names that says which brings more, from :meth:`scores`."""
        minimum = max(self._first.minimum_effect, self._second.minimum_effect)
        pairs = [("preference", a, b) for a, b in self._names.preferences]
        pairs += [("representation", a.name, b.name) for a, b in self._same]
        found = []
        for sort, a, b in pairs:
            spoken = _spoken([s for s in scores if _is_of(s, sort, a)])
            if spoken is not None:
                difference, score = spoken["difference"], spoken["score"]
                said = outcome(difference, score, (a, b), minimum, self._other_kind())
                found.append({"sort": sort, "first": a, "second": b, **said})
        return found

    def _other_kind(self) -> list[str]:
        """Return the settings that make a score another score, where the runs differ in them."""
        plans = self._first, self._second
        names = ("horizon", "folds", "form")
        return [name for name in names if len({getattr(plan, name) for plan in plans}) > 1]

    def _arm_pairs(self) -> Iterator[tuple[int, str, str]]:
        pairs = [(self._first.warmup, CLEAN, CLEAN)]
        pairs += [
            (self._first.warmup, f"{kind}:{a}", f"{kind}:{b}")
            for a, b in self._names.preferences
            for kind in PREFERENCE_ARMS
        ]
        pairs += [
            (self._first.counted_from(a), f"{kind}:{a.name}", f"{kind}:{b.name}")
            for a, b in self._same
            for kind in REPRESENTATION_ARMS
        ]
        for start, one, other in pairs:
            if self._sums.holds(start, {one: 1.0}, {other: 1.0}):
                yield start, one, other

    def _preference_scores(self, a: str, b: str) -> Iterator[Record]:
        for score, (above, below) in PREFERENCE_SCORES.items():
            one, other = score_contrast(above, below, a), score_contrast(above, below, b)
            if self._sums.holds(self._first.warmup, one, other):
                for name in self._sums.slices:
                    found = self._sums.difference(self._first.warmup, one, other, name)
                    yield self._record(score, name, found, names=(a, b))

    def _table_scores(self, a: RepresentationPlan, b: RepresentationPlan) -> Iterator[Record]:
        start = self._first.counted_from(a)
        for score, (above, below) in REPRESENTATION_SCORES.items():
            one, other = score_contrast(above, below, a.name), score_contrast(above, below, b.name)
            if self._sums.holds(start, one, other):
                for name in self._sums.slices:
                    found = self._sums.difference(start, one, other, name)
                    yield self._record(score, name, found, tables=(a, b))
        for pair in self._names.preferences:
            yield from self._realised(start, pair, (a, b))

    def _realised(
        self,
        start: int,
        names: tuple[str, str],
        tables: tuple[RepresentationPlan, RepresentationPlan],
    ) -> Iterator[Record]:
        one, other = (
            (
                score_contrast("aligned", None, table.name),
                score_contrast("leaked_crossfit", None, name),
            )
            for table, name in zip(tables, names, strict=True)
        )
        held = all(self._sums.holds(start, a, b) for a, b in zip(one, other, strict=True))
        for slice_name in self._sums.slices if held else ():
            found = self._sums.ratio_difference(start, one, other, slice_name)
            yield self._record("realised", slice_name, found, names, tables)

    def _record(
        self,
        score: str,
        slice_name: str,
        found: Compared,
        names: tuple[str, str] | None = None,
        tables: tuple[RepresentationPlan, RepresentationPlan] | None = None,
    ) -> Record:
        plans = self._first, self._second
        return score_difference(found, plans, score, slice_name, names, tables)

    def _tables(self, a: str, b: str) -> tuple[RepresentationPlan, RepresentationPlan]:
        (one,) = (table for table in self._first.representations if table.name == a)
        (other,) = (table for table in self._second.representations if table.name == b)
        return one, other

    def _start(self, a: RepresentationPlan, b: RepresentationPlan) -> int | None:
        """Return the first window that counts for both tables; None when it is not the same."""
        start = self._first.counted_from(a)
        return start if start == self._second.counted_from(b) else None


def _is_of(score: Record, sort: str, name: str) -> bool:
    other = "representation" if sort == "preference" else "preference"
    first = score["first"]
    return score["slice"] == ALL and first[sort] == name and first[other] is None


def _spoken(scores: Sequence[Record]) -> Record | None:
    for name in _SPOKEN:
        for score in scores:
            if score["score"] == name:
                return score
    return None
