"""What preference data holds at one moment: the events up to it, and nothing of any later one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lis_sim.data.dataset import Dataset
from lis_sim.data.future import FutureDoor
from lis_sim.errors import ConfigError
from lis_sim.preference.evidence import Evidence, evidence_of, with_support
from lis_sim.preference.material import material_of
from lis_sim.preference.reading import Moment, PastAndFuture
from lis_sim.preference.spec import PreferenceSpec
from lis_sim.types import Int32, Int64


@dataclass(frozen=True, slots=True)
class Past:
    """The evidence of one moment: ``user[g]`` is whose events group ``g`` of it holds."""

    user: Int32  # (groups,) ascending
    evidence: Evidence


def past_evidence(dataset: Dataset, spec: PreferenceSpec, until_us: int, seed: int = 0) -> Past:
    """Return the events that ``spec`` is made of whose time is at most ``until_us``.

    They are selected and read as the builder does it for a ``causal`` arm of a window that
    starts right after ``until_us``; but about items, whatever the ``level`` of its vectors.

    Args:
        dataset: The log.
        spec: Preference data of kind ``co_click``.
        until_us: The last microsecond that may be seen.
        seed: Decides shares of users and events, as in a run.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = write_synthetic(SyntheticSpec(events=500, users=30, items=20), Path(folder) / "w")
    ...     past = past_evidence(log, PreferenceSpec("co_click"), log.end_us)
    ...     len(past.evidence), len(past.user) == len(past.evidence.start) - 1
    (500, True)
    """
    if spec.kind != "co_click":
        raise ConfigError(
            f"preference '{spec.name}' is of kind '{spec.kind}', which is not made of the log's "
            "events; accepted: kind co_click"
        )
    door = FutureDoor(dataset)
    material = material_of(spec, door, seed)
    reading = PastAndFuture(door, [material.intake])
    # An empty future: of what lies behind the moment nothing is even read.
    reading.advance(Moment(until_us + 1, 0))
    store = reading.past[material.intake]
    user, item, engaged = store.events()
    if material.min_support > 0 or material.max_support is not None:
        least, most = material.min_support, material.max_support
        met = np.unique(with_support(evidence_of(store, store), material.items, least, most).item)
        kept = np.isin(item, met)
        user, item, engaged = user[kept], item[kept], engaged[kept]
    whose, start = np.unique(user, return_index=True)
    ends = np.append(start, len(user)).astype(np.int64)
    return Past(whose, Evidence(item, engaged.astype(np.float32), ends))


def past_events(dataset: Dataset, until_us: int) -> Int64:
    """Return how many events of each item the log has up to ``until_us``, int64 ``(I,)``."""
    door = FutureDoor(dataset)
    counts = np.zeros(dataset.schema.items, np.int64)
    for stamped in door.read(0, until_us + 1, until_us + 1):
        counts += np.bincount(stamped.block.item, minlength=len(counts))
    return counts
