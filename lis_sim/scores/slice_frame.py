"""The events of one slice of a window, as every arm that scored them is measured on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lis_sim.scores import counting
from lis_sim.scores.calibration import Predictions
from lis_sim.scores.cell_window import NONE, SliceCell
from lis_sim.scores.clusters import Clusters, Labels
from lis_sim.scores.gauc import WithinUsers
from lis_sim.scores.histogram import SparseHistogram
from lis_sim.scores.items import PAIR_BUCKETS, pair_buckets
from lis_sim.scores.ranking import Ranked
from lis_sim.types import Bool, Int32


class SliceFrame:
    """The events of one slice of a window: their labels, and their users, items and pairs."""

    def __init__(self, positive: Bool, ids: Mapping[str, Int32]) -> None:
        self.labels = Labels.of(positive)
        self._users, self._by_user = Clusters.numbered(self.labels, ids["user"])
        self._within = WithinUsers(self._by_user)
        self._items, self._by_item, self._by_pair = NONE, None, None
        if "item" in ids:
            self._items, self._by_item = Clusters.numbered(self.labels, ids["item"])
            self._by_pair = Clusters(self.labels, ids["pair"], 2 * PAIR_BUCKETS, signed=True)
        self._user_events = (self._by_user.positives + self._by_user.negatives).astype(np.int32)

    def cell(self, ranked: Ranked, predicted: Predictions) -> SliceCell:
        """Return what an arm that ranked the events like this contributes."""
        wins = self.labels.wins(ranked)
        defined = wins.auc.value is not None
        within = self._within.sums(ranked)
        by_item, by_pair = (
            np.empty(0) if clusters is None else clusters.influence(wins)
            for clusters in (self._by_item, self._by_pair)
        )
        return SliceCell(
            auc=wins.auc.value,
            positives=wins.auc.positives,
            negatives=wins.auc.negatives,
            users=self._users if defined else NONE,
            influence=self._by_user.influence(wins),
            user_events=self._user_events if defined else NONE,
            items=self._items if defined else NONE,
            item_influence=by_item,
            pair_influence=by_pair,
            gauc_sum=within.total,
            gauc_weight=within.weight,
            log_loss_sum=float(predicted.log_loss.sum()),
            predicted_sum=float(predicted.probability.sum()),
            bins=NONE,
            bin_positives=NONE,
            bin_negatives=NONE,
            user_positives=NONE,
            user_predicted=np.empty(0),
        )

    def with_users(
        self, cell: SliceCell, predicted: Predictions, counted: SparseHistogram
    ) -> SliceCell:
        """Add ``counted`` and, where the AUC is defined, what was predicted to each user."""
        cell = replace(
            cell,
            bins=counted.bins,
            bin_positives=counted.positives,
            bin_negatives=counted.negatives,
        )
        if not cell.defined:
            return cell
        own, users = predicted.probability, len(self._users)
        return replace(
            cell,
            user_positives=self._by_user.positives.astype(np.int32),
            user_predicted=counting.summed(own, self._by_user.code, users),
        )


def pair_codes(user: Int32, item: Int32) -> Int32:
    """Return twice the bucket (n,) of each event's pair, and 1 more where its sign is -1."""
    bucket, sign = pair_buckets(user, item)
    return (2 * bucket + (sign < 0)).astype(np.int32)
