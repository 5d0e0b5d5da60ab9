"""Describing preference data: what it covers, how far it can be trusted, what it lacks."""

from __future__ import annotations

from collections.abc import Sequence

from lis_sim.data.dataset import Dataset
from lis_sim.data.future import FutureDoor
from lis_sim.errors import ConfigError
from lis_sim.preference.causes import causes_of, sentence_of
from lis_sim.preference.gathered import Gathered, LogCounts, gather
from lis_sim.preference.label_agreement import agreement_of
from lis_sim.preference.measures import (
    age_of,
    concentration_of,
    coverage_of,
    overlap_of,
    popularity_of,
    support_of,
)
from lis_sim.preference.profile import PreferenceProfile
from lis_sim.preference.selection import SETTINGS
from lis_sim.preference.spec import PreferenceSpec

DESCRIBED = ("co_click", "sparse_id")
"""The kinds that are made of the log's own events, user by user."""

_OF_EVENTS = SETTINGS


def describe(dataset: Dataset, spec: PreferenceSpec, seed: int = 0) -> PreferenceProfile:
    """Return the profile of one preference data set, as it stands at the log's end.

    Nothing of it ever reaches an arm: it looks at the whole log.

    Args:
        dataset: The log.
        spec: The preference data, of one of the kinds in ``DESCRIBED``.
        seed: The run's; decides shares of users and events.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
    >>> world = SyntheticSpec(events=6000, users=100, items=40, signals=("noise",))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = write_synthetic(world, Path(folder) / "world")
    ...     coins = PreferenceSpec("coins", settings={"behaviour": "noise"})
    ...     describe(log, PreferenceSpec("co_click")).cause, describe(log, coins).cause
    ('none', 'corrupted')
    """
    return describe_all(dataset, [spec], seed)[0]


def describe_all(
    dataset: Dataset, specs: Sequence[PreferenceSpec], seed: int = 0
) -> list[PreferenceProfile]:
    """Return the profiles of several preference data sets, and how far each overlaps the others.

    The log is read once. Memory is that of the builder's evidence, not of the log.
    """
    for spec in specs:
        if spec.kind not in DESCRIBED:
            raise ConfigError(
                f"preference '{spec.name}' is of kind '{spec.kind}', which is not made of the "
                f"log's events; accepted for a description: kind {', '.join(DESCRIBED)}"
            )
    log, found = gather(dataset, [_events_of(spec) for spec in specs], seed)
    return [
        _profile(dataset, spec.kind, one, log, [other for other in found if other is not one])
        for spec, one in zip(specs, found, strict=True)
    ]


def _events_of(spec: PreferenceSpec) -> PreferenceSpec:
    """Return the spec of the same events, whatever is made of them."""
    settings = {key: value for key, value in spec.settings.items() if key in _OF_EVENTS}
    return PreferenceSpec(spec.name, "co_click", settings, spec.per_user)


def _profile(
    dataset: Dataset,
    kind: str,
    gathered: Gathered,
    log: LogCounts,
    others: Sequence[Gathered],
) -> PreferenceProfile:
    coverage, support = coverage_of(gathered, log), support_of(gathered, log)
    age = age_of(gathered, log, _events_after(dataset, gathered))
    agreement = agreement_of(gathered)
    causes = causes_of(coverage, support, age, agreement)
    return PreferenceProfile(
        name=gathered.spec.name,
        kind=kind,
        behaviour=str(gathered.spec.settings.get("behaviour", "label")),
        coverage=coverage,
        support=support,
        age=age,
        concentration=concentration_of(gathered, log),
        popularity=popularity_of(gathered, log),
        agreement=agreement,
        overlaps=tuple(overlap_of(gathered, other) for other in others),
        causes=causes,
        sentence=sentence_of(causes, coverage, support, age, agreement),
    )


def _events_after(dataset: Dataset, gathered: Gathered) -> int:
    """Return how many of the log's events come after the newest evidence."""
    if not len(gathered):
        return dataset.rows
    return dataset.rows - FutureDoor(dataset).row_at(int(gathered.time_us.max()) + 1)
