"""What is to be measured beside the AUC on a log's own labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lis_sim.data.label_rule import LabelRule
from lis_sim.errors import ConfigError

LABEL = "label"  # the log's own
AUC, NDCG, MRR, USER_AUC = "auc", "ndcg", "mrr", "user_auc"
MISSING = "missing"  # events without the outcome
# Groups of one label, and requests that the edge of a window cut:
ONLY_NEGATIVES, ONLY_POSITIVES, CUT = "only_negatives", "only_positives", "cut"
MOST_RANKS = 10_000


class Metric(NamedTuple):
    """One metric on one label: :data:`LABEL`, or a rule on an outcome column."""

    kind: str  # auc, ndcg, mrr, user_auc
    label: str = LABEL
    ranks: int | None = None  # that NDCG looks at

    @property
    def name(self) -> str:
        """Its name in records.

        >>> Metric("ndcg", ranks=5).name, Metric("mrr").name
        ('ndcg@5', 'mrr')
        """
        return self.kind if self.ranks is None else f"{self.kind}@{self.ranks}"

    @property
    def key(self) -> str:
        """What tells it from the other metrics of a run."""
        return f"{self.name} of {self.label}"

    @property
    def reasons(self) -> tuple[str, ...]:
        """What is counted of what it leaves out, or splits."""
        if self.label != LABEL:
            return (MISSING,)
        one_class = (ONLY_NEGATIVES, ONLY_POSITIVES)
        return one_class if self.kind == USER_AUC else (*one_class, CUT)


@dataclass(frozen=True, slots=True)
class MetricsPlan:
    """The metrics of a run, checked on construction; nothing by default.

    ``ndcg``: NDCG@k within requests, for each k. ``mrr``: the mean reciprocal rank of the first
    engagement within requests. ``user_auc``: the mean over users of their own AUC. ``outcomes``:
    the AUC on other labels, columns of 0 and 1 or rules on columns. Raises :class:`ConfigError`.

    >>> plan = MetricsPlan(ndcg=(5,), outcomes=("is_like", "play_time>=7"))
    >>> [metric.key for metric in plan.metrics], plan.columns
    (['auc of is_like', 'auc of play_time >= 7', 'ndcg@5 of label'], ('is_like', 'play_time'))
    """

    ndcg: tuple[int, ...] = ()
    mrr: bool = False
    user_auc: bool = False
    outcomes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for k in self.ndcg:
            if not 1 <= k <= MOST_RANKS:
                raise ConfigError(f"ndcg {k}; accepted: ranks from 1 to {MOST_RANKS:,}")
        _check_once("ndcg", [str(k) for k in self.ndcg])
        rules = self.rules
        _check_once("outcomes", [str(rule) for rule in rules])
        for rule in rules:
            if rule.column == LABEL:
                raise ConfigError(
                    f"outcomes '{rule}'; accepted: outcome columns of the log; what its label "
                    "gives is in the scores already"
                )

    @property
    def rules(self) -> tuple[LabelRule, ...]:
        return tuple(LabelRule.parse(text) for text in self.outcomes)

    @property
    def columns(self) -> tuple[str, ...]:
        """The outcome columns that are read, each once."""
        return tuple(dict.fromkeys(rule.column for rule in self.rules))

    @property
    def requests(self) -> bool:
        """Whether events must say which request they are of."""
        return bool(self.ndcg) or self.mrr

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """All metrics, in the order of the records."""
        return (
            *(Metric(AUC, str(rule)) for rule in self.rules),
            *(Metric(NDCG, ranks=k) for k in self.ndcg),
            *([Metric(MRR)] if self.mrr else []),
            *([Metric(USER_AUC)] if self.user_auc else []),
        )

    def __bool__(self) -> bool:
        return bool(self.metrics)


def _check_once(name: str, given: Sequence[str]) -> None:
    for one in given:
        if given.count(one) > 1:
            raise ConfigError(f"{name} names '{one}' twice; accepted: each once")


NO_METRICS = MetricsPlan()
