"""Everything one arm x replicate contributes of one window: small, picklable, mergeable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.types import Float64, Int32

ALL = "all"
NONE = np.empty(0, np.int32)
_ARRAYS = (
    *("users", "influence", "user_events", "items", "item_influence", "pair_influence"),
    *("bins", "bin_positives", "bin_negatives", "user_positives", "user_predicted"),
)
_METRIC, _COUNT = "//", "#"  # in keys of flat mappings; a slice's name has no '/'


@dataclass(frozen=True, slots=True)
class SliceCell:
    """One slice of one window as one arm x replicate scored it.

    ``users`` are the users with an event in the slice, in order, ``influence`` what each
    contributes to the AUC, ``user_events`` how many events each has in the slice; all are empty
    when the AUC is undefined. ``item_influence`` and ``pair_influence`` are the same summed by
    item and by bucket of user and item (:mod:`.items`), empty too where items were not given. The
    histogram of logits, and what each user engaged with and was predicted to, is kept for the
    slice ``"all"`` only and empty elsewhere.
    """

    auc: float | None
    positives: int
    negatives: int
    users: Int32  # (m,)
    influence: Float64  # (m,) sums to 0
    user_events: Int32  # (m,)
    items: Int32  # (i,)
    item_influence: Float64  # (i,)
    pair_influence: Float64  # (1024,)
    gauc_sum: float
    gauc_weight: int
    log_loss_sum: float
    predicted_sum: float
    bins: Int32  # (b,) non-empty bins of the logit histogram
    bin_positives: Int32  # (b,)
    bin_negatives: Int32  # (b,)
    user_positives: Int32  # (m,) engagements of each user
    user_predicted: Float64  # (m,) sum of each user's predicted probabilities

    @property
    def events(self) -> int:
        return self.positives + self.negatives

    @property
    def defined(self) -> bool:
        return self.auc is not None

    @property
    def gauc(self) -> float | None:
        return self.gauc_sum / self.gauc_weight if self.gauc_weight else None

    @property
    def log_loss(self) -> float | None:
        return self.log_loss_sum / self.events if self.events else None

    @property
    def calibration(self) -> float | None:
        return self.predicted_sum / self.positives if self.positives else None


@dataclass(frozen=True, slots=True)
class CellWindow:
    """The slices of one window for one arm x replicate; ``"all"`` is always among them.

    ``metrics`` are the same of what is measured beside the AUC, by its key, and ``counts`` what
    such a metric left out, the same for every arm.
    """

    slices: dict[str, SliceCell]
    metrics: dict[str, CellWindow] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the cell as a flat mapping of numeric arrays, for a message or a file."""
        arrays: dict[str, NDArray[Any]] = {}
        for name, cell in self.slices.items():
            for one in fields(SliceCell):
                value = getattr(cell, one.name)
                arrays[f"{name}/{one.name}"] = np.asarray(np.nan if value is None else value)
        for reason, count in self.counts.items():
            arrays[f"{_COUNT}/{reason}"] = np.asarray(count)
        for key, metric in self.metrics.items():
            own = metric.to_arrays()
            arrays.update({f"{key}{_METRIC}{name}": array for name, array in own.items()})
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> CellWindow:
        """Return the cell that :meth:`to_arrays` flattened, equal to the last bit."""
        slices: dict[str, dict[str, Any]] = {}
        metrics: dict[str, dict[str, NDArray[Any]]] = {}
        counts: dict[str, int] = {}
        for key, array in arrays.items():
            metric, of_metric, own = key.rpartition(_METRIC)
            name, _, part = own.rpartition("/")
            if of_metric:
                metrics.setdefault(metric, {})[own] = array
            elif name == _COUNT:
                counts[part] = int(array)
            else:
                value = array if part in _ARRAYS else array.item()
                slices.setdefault(name, {})[part] = value
        for values in slices.values():
            if np.isnan(values["auc"]):
                values["auc"] = None
        return cls(
            {name: SliceCell(**values) for name, values in slices.items()},
            {key: cls.from_arrays(own) for key, own in metrics.items()},
            counts,
        )
