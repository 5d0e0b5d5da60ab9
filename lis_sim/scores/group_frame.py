"""Groups of events that each have a number of their own: requests, and users within a window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lis_sim.scores import counting, group_values, radix
from lis_sim.scores.cell_window import NONE, SliceCell
from lis_sim.scores.metrics_plan import CUT, MRR, NDCG, ONLY_NEGATIVES, ONLY_POSITIVES, Metric
from lis_sim.scores.ranking import Ranked, number_clusters
from lis_sim.types import Bool, Float64, Int32, Int64


@dataclass(frozen=True, slots=True)
class GroupFrame:
    """The groups (g,) of a window whose events have both labels; the others have no order to judge.

    Each belongs to one user. ``code`` (n,) is the group of every event of the window, -1 where
    that is none of them, ``start`` (g + 1,) where each begins if they stand one after the other.
    """

    positive: Bool  # (n,)
    code: Int32  # (n,)
    start: Int64  # (g + 1,)
    positives: Int64  # (g,)
    users: Int32  # (m,) distinct, in order
    user: Int32  # (g,) of each group, by its place in users
    counts: Mapping[str, int]

    def words(self, ranked: Ranked) -> Ranked:
        """Return the events of all groups as an arm ranked the window's: the best of each first."""
        return group_values.by_group(ranked, self.code, self.start)

    def values(self, metric: Metric, words: Ranked) -> Float64:
        """Return the ``metric`` of every group (g,) whose events are ``words``."""
        if metric.kind == NDCG:
            longest = int(np.diff(self.start).max(initial=0))
            ranks = longest if metric.ranks is None else min(metric.ranks, longest)
            gained = group_values.discounts(ranks)
            return group_values.ndcg(words, self.positive, self.start, gained)
        if metric.kind == MRR:
            return group_values.reciprocal_ranks(words, self.positive, self.start)
        won = group_values.doubled_wins(words, self.positive, self.start)
        negatives = np.diff(self.start) - self.positives
        return won / (2 * self.positives * negatives)

    def cell(self, value: Float64) -> SliceCell:
        """Return what an arm whose groups have ``value`` (g,) contributes of the window.

        Its AUC is the mean of ``value``, ``influence`` what each user adds to that mean, not yet
        less their share of it, and ``user_events`` the groups of each user: the weights.
        """
        groups, there = len(value), len(value) > 0
        total = counting.summed(value, self.user, len(self.users))
        return SliceCell(
            auc=float(total.sum()) / groups if there else None,
            positives=int(self.positives.sum()),
            negatives=int(self.start[-1] - self.positives.sum()),
            users=self.users,
            influence=total / groups if there else np.empty(0),
            user_events=np.bincount(self.user, minlength=len(self.users)).astype(np.int32),
            items=NONE,
            item_influence=np.empty(0),
            pair_influence=np.empty(0),
            gauc_sum=0.0,
            gauc_weight=0,
            log_loss_sum=0.0,
            predicted_sum=0.0,
            bins=NONE,
            bin_positives=NONE,
            bin_negatives=NONE,
            user_positives=NONE,
            user_predicted=np.empty(0),
        )


def requests_of(
    positive: Bool, user: Int32, request: Int32, continued: Bool | None = None
) -> GroupFrame:
    """Return the requests of a window: events (n,) of one user with one number of a request.

    ``continued`` (n,): whether the window before had events of the same request. Such a request
    was cut by the window's edge: what lies on each side is a request of its own, counted as cut.
    """
    largest = int(request.max(initial=0)) + 1
    pair = user.astype(np.int64) * largest + request
    ranked = radix.rank_long(pair.view(np.uint64))
    row = (ranked & np.uint64(0xFFFFFFFF)).astype(np.int64)
    code = np.empty(len(pair), np.int32)
    code[row] = ranked >> np.uint64(32)
    owner = np.empty(int(code.max(initial=-1)) + 1, np.int32)
    owner[code] = user
    cut = np.zeros(len(owner), np.bool_)
    if continued is not None:
        cut[code[continued]] = True
    return _groups(positive, code, owner, cut)


def users_of(positive: Bool, user: Int32) -> GroupFrame:
    """Return the users of a window's events (n,) as groups."""
    owner, code = number_clusters(user)
    return _groups(positive, code, owner, None)


def _groups(positive: Bool, code: Int32, owner: Int32, cut: Bool | None) -> GroupFrame:
    """Keep the groups that have both labels; ``owner`` (all groups,) is the user of each."""
    size = np.bincount(code, minlength=len(owner))
    positives = np.bincount(code[positive], minlength=len(owner))
    mixed = (positives > 0) & (positives < size)
    counts = {
        ONLY_NEGATIVES: int(np.count_nonzero(positives == 0)),
        ONLY_POSITIVES: int(np.count_nonzero((positives == size) & (size > 0))),
    }
    if cut is not None:
        counts[CUT] = int(np.count_nonzero(cut & mixed))
    number = np.where(mixed, np.cumsum(mixed) - 1, -1).astype(np.int32)
    users, of_group = number_clusters(owner[mixed])
    start = np.concatenate([[0], np.cumsum(size[mixed])]).astype(np.int64)
    return GroupFrame(
        positive, number[code], start, positives[mixed].astype(np.int64), users, of_group, counts
    )
