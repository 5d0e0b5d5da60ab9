"""In a world whose truth is known every recommender that learns beats popularity."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from lis_sim.data.history import History
from lis_sim.data.synthetic import SyntheticSpec, draw_events, make_world
from lis_sim.types import Batch, CategoricalColumn, Float32, Schema
from policies import make_policy
from policies.catalogue import NEURAL
from tests.unit.policies.worlds import Step, auc, play

# Where and how an item is shown matters much here: a logistic regression can know that.
SPEC = SyntheticSpec(
    events=12_000,
    users=80,
    items=60,
    factors=2,
    categories=6,
    born_before=1.0,
    drift=0.0,
    taste=1.5,
    context=0.8,
    position=0.6,
    mood=0.0,
    seed=4,
)
STEP = 200
SCHEMA = Schema(
    SPEC.users,
    SPEC.items,
    (
        CategoricalColumn("category", SPEC.categories),
        CategoricalColumn("device", 3),
        CategoricalColumn("surface", 4),
        CategoricalColumn("position", SPEC.positions),
    ),
)


@cache
def world() -> tuple[list[Step], Float32]:
    """Return the steps of the world's log, and the true logits of all events."""
    made = make_world(SPEC)
    (events,) = draw_events(SPEC, made)
    category = made.category[events.item].astype(np.int32)
    categorical = np.stack([category, events.device, events.surface, events.position], axis=1)
    user, item = events.user.astype(np.int32), events.item.astype(np.int32)
    label = events.label.astype(np.float32)
    history = History(length=10)
    steps = []
    for start in range(0, len(user), STEP):
        part = slice(start, start + STEP)
        batch = Batch(
            user=user[part],
            item=item[part],
            categorical=categorical[part],
            numeric=np.empty((len(user[part]), 0), np.float32),
            history=history.recent(user[part])[0],
        )
        steps.append((batch, label[part]))
        engaged = label[part] > 0
        history.append(user[part][engaged], item[part][engaged])
    return steps, events.logit.astype(np.float32)


@cache
def late_auc(name: str) -> float:
    """Return the prequential AUC of the second half; of the truth itself for ``truth``."""
    steps, truth = world()
    if name == "truth":
        score = truth
    else:
        settings = {} if name == "popularity" else {"batch_events": 100}
        score = play(make_policy(name, SCHEMA, seed=0, settings=settings), steps)
    label = np.concatenate([label for _, label in steps])
    half = len(label) // 2
    return auc(score[half:], label[half:])


@pytest.mark.parametrize("name", NEURAL)
def test_it_beats_popularity_and_not_the_truth(name: str) -> None:
    assert late_auc("popularity") + 0.02 < late_auc(name) < late_auc("truth")


@pytest.mark.parametrize("name", [name for name in NEURAL if name != "logistic"])
def test_what_knows_of_user_and_item_together_beats_what_does_not(name: str) -> None:
    if name == "mf":  # it does not see where and how an item is shown
        assert late_auc(name) > late_auc("popularity") + 0.02
    else:
        assert late_auc(name) > late_auc("logistic") + 0.02
