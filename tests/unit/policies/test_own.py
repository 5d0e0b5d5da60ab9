"""A module of the user's own: what it is given, what is refused, and what its state holds."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from lis_sim.checks.randomness import global_states
from lis_sim.checks.world import SCHEMA, play, random_step, same_bits, same_state, stream, view
from lis_sim.errors import ConfigError, PolicyError, RunError
from lis_sim.types import Schema
from policies import Recommender, TensorBatch, make_policy
from policies.exchange import ALONE
from policies.own_batch import folded
from policies.own_module import OwnModule
from tests.unit.checks import modules
from tests.unit.policies.shards import on_shards

SEEN: list[TensorBatch] = []


def path(kind: type) -> str:
    return f"{kind.__module__}:{kind.__name__}"


def own(kind: type = modules.Good, seed: int = 0, width: int | None = None, **given: Any) -> Any:
    settings = {"hash_bits": 8, "batch_events": 16, **given}
    return make_policy(path(kind), SCHEMA, seed=seed, dimensions=width, settings=settings)


class Watched(modules.Good):
    def forward(self, batch: TensorBatch) -> torch.Tensor:
        SEEN.append(batch)
        return super().forward(batch)


class Normed(modules.Good):
    """Has buffers, among them one of bools, and a parameter that is not learned."""

    def __init__(self, schema: Schema, optimizer: str = "Adam") -> None:
        super().__init__(schema)
        for table in (self.user, self.item, self.bias):
            table.sparse = False
        self.norm = nn.BatchNorm1d(2)
        self.register_buffer("flags", torch.zeros(2, dtype=torch.bool))
        self.fixed = nn.Parameter(torch.ones(()), requires_grad=False)
        self.kind = optimizer

    def forward(self, batch: TensorBatch) -> torch.Tensor:
        normed = self.norm(batch.numeric) if len(batch.item) > 1 else batch.numeric
        return super().forward(batch) + normed.sum(1) * self.fixed

    def make_optimizer(self) -> torch.optim.Optimizer:
        if self.kind == "Adam":
            return torch.optim.Adam(self.parameters(), lr=0.01)
        if self.kind == "RMSprop":
            return torch.optim.RMSprop(self.parameters(), lr=0.01, centered=True)
        momentum = 0.0 if "without" in self.kind else 0.9
        return torch.optim.SGD(self.parameters(), lr=0.1, momentum=momentum)


class Slowing(modules.Good):
    """Its optimiser's rate falls: a number in a group, not a tensor."""

    def make_optimizer(self) -> torch.optim.Optimizer:
        class Falling(torch.optim.SGD):
            def step(self, closure: Any = None) -> Any:
                super().step(closure)
                for group in self.param_groups:
                    group["lr"] *= 0.9

        return Falling(self.parameters(), lr=0.5)


class HalfPrecision(modules.Good):
    def __init__(self, schema: Schema) -> None:
        super().__init__(schema)
        self.numeric = nn.Parameter(torch.zeros(len(schema.numeric), dtype=torch.bfloat16))

    def forward(self, batch: TensorBatch) -> torch.Tensor:
        logit: torch.Tensor = self.bias(batch.item)[:, 0]
        return logit + batch.numeric @ self.numeric.float()


WRONG: list[tuple[str, dict[str, Any], str]] = [
    (
        "no_such.module:Ranker",
        {},
        "policy is 'no_such.module:Ranker', but no_such.module cannot",
    ),
    (":Ranker", {}, "which names nothing; accepted: package.module:Class, a torch.nn.Module"),
    ("tests.unit.checks.modules:", {}, "which names nothing; accepted"),
    (".modules:Good", {}, "which names nothing; accepted"),
    ("tests.unit.checks.modules:God", {}, "has no 'God'; did you mean 'Good'"),
    ("tests.unit.checks.modules:NO_CLASS", {}, "which is no class but of type int; accepted"),
    ("tests.unit.checks.builders:good", {}, "which is no class but a function; accepted"),
    ("lis_sim.types:Batch", {}, "no torch.nn.Module and lacks score, update, see, state_dict"),
    (path(modules.Good), {"rnak": 3}, "policy.rnak is not a setting.*did you mean 'rank'"),
    (path(modules.Good), {"rank": "x"}, r"Good\(\.\.\.\) raised TypeError.*\(modules.py, line"),
    (path(modules.Good), {"hash_bits": 31}, "policy.hash_bits is 31; accepted: a whole number"),
    (path(modules.Good), {"tower": 3}, "policy.tower is 3; accepted: rates by name"),
    (path(modules.Good), {"tower": {"itm": 3}}, "policy.itm is not a setting.*did you mean 'item'"),
    (path(modules.NeedsRank), {}, "needs the setting 'rank'; give it as policy.settings.rank"),
    (path(modules.NoSchema), {}, r"constructor takes \(\*args.*, \*\*kwargs.*accepted: the schema"),
    (path(modules.TakesOurs), {}, "takes 'hash_bits', which is the platform's setting; accepted"),
    (path(modules.NoParameters), {}, "has no parameters to learn; accepted"),
    (path(modules.NoOptimizer), {}, "make_optimizer returned int; accepted: a torch.optim"),
]


@pytest.mark.parametrize(("name", "given", "message"), WRONG)
def test_wrong_names_and_settings(name: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make_policy(name, SCHEMA, seed=0, settings=given)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (modules.WrongShape, r"forward returned a tensor of shape \(16, 1\), .*of shape \(16,\)"),
        (modules.Raises, r"Raises.forward raised IndexError: no such row \(modules.py, line \d+\)"),
        (modules.Detached, "returned logits that no parameter has a part in"),
        (modules.WrongLoss, r"loss returned a tensor of shape \(3,\).*accepted: a tensor of shape"),
    ],
)
def test_wrong_answers_of_a_module_name_its_line(kind: type, message: str) -> None:
    batch, label = random_step(16, seed=0)
    with pytest.raises(PolicyError, match=message):
        own(kind).update(batch, label)


def test_a_state_that_no_file_could_keep_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"its state 'numeric' is a tensor of torch.bfloat16"):
        own(HalfPrecision).state_dict()


def test_a_module_is_given_rows_of_its_tables_and_past_scales() -> None:
    SEEN.clear()
    ranker = own(Watched, category_bits=1)
    for batch, label in stream():
        ranker.score(batch)
        ranker.update(batch, label)
    first, later = SEEN[0], SEEN[-1]
    assert not first.numeric.any()  # nothing was learned that they could be compared with
    assert later.numeric.abs().max() < 5
    for seen in SEEN:
        assert seen.user.dtype == seen.history.dtype == torch.int64
        assert max(int(seen.user.max()), int(seen.item.max()), int(seen.history.max())) < 1 << 8
        assert int(seen.categorical.max()) < 2
        assert int(seen.history.min()) >= 0
        assert not seen.history[~seen.history_mask].any()
    batch = stream()[0][0]
    assert np.array_equal(SEEN[0].history_mask.numpy(), batch.history >= 0)


def test_ids_stand_for_themselves_until_there_are_too_many() -> None:
    ids = np.arange(1000, dtype=np.int32)
    found = folded(ids, bits=9, seed=0)
    assert np.array_equal(found[:512], ids[:512])
    assert found.max() < 512
    assert len(np.unique(found[512:])) > 200
    assert same_bits(found[600:], folded(ids[600:], bits=9, seed=0))


def test_global_random_numbers_go_on_as_if_nothing_was_drawn() -> None:
    random.seed(1)
    before = global_states()
    ranker = own(width=3)
    ranker.see(view())
    play(ranker, stream())
    assert global_states() == before


def test_other_seeds_are_other_rankers() -> None:
    batch = random_step(16, seed=1)[0]
    assert not same_bits(own(seed=0).score(batch), own(seed=1).score(batch))


@pytest.mark.parametrize("optimizer", ["Adam", "SGD", "SGD without memory", "RMSprop"])
def test_optimisers_go_on_from_their_state(optimizer: str) -> None:
    steps = stream()
    ranker = own(Normed, optimizer=optimizer)
    play(ranker, steps[:3])
    again = own(Normed, optimizer=optimizer)
    play(again, steps[4:])  # what it has learned is forgotten
    again.load_state_dict(ranker.state_dict())
    assert same_bits(play(ranker, steps[3:]), play(again, steps[3:]))
    assert same_state(ranker.state_dict(), again.state_dict())


def test_numbers_of_an_optimiser_are_state_too() -> None:
    steps = stream()
    ranker, again = own(Slowing), own(Slowing)
    play(ranker, steps[:3])
    again.load_state_dict(ranker.state_dict())
    assert same_bits(play(ranker, steps[3:]), play(again, steps[3:]))


def test_a_state_of_other_settings_is_refused() -> None:
    with pytest.raises(RunError, match=r"the saved 'module.user.weight' is float32 of shape"):
        own(rank=3).load_state_dict(own(rank=4).state_dict())


def test_a_representation_is_learned_beside_the_module() -> None:
    """Labels follow the item's vector: only an arm that sees it can tell new items apart."""
    shown = view()
    seeing, clean = own(width=3), own()
    seeing.see(shown)
    for step in range(80):
        batch, _ = random_step(16, seed=step)
        vector = shown.table[shown.rows(batch.user, batch.item)][:, 0]
        label = (vector > 0).astype(np.float32)
        for ranker in (seeing, clean):
            ranker.update(batch, label)
    assert np.abs(seeing.score(batch) - clean.score(batch)).max() > 0.1
    assert "tower.user.weight" in seeing.state_dict()
    assert not any(name.startswith("tower.") for name in clean.state_dict())


def test_an_arm_without_dimensions_is_shown_nothing() -> None:
    with pytest.raises(ConfigError, match="make the policy with dimensions=3"):
        own().see(view())


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (modules.Good, "cannot learn from a part of the users; accepted: training.user_shards 1"),
        ("tests.unit.checks.recommenders:Good", "or a class .* that takes `exchange`"),
    ],
)
def test_shards_of_users_are_refused(kind: type | str, message: str) -> None:
    name = kind if isinstance(kind, str) else path(kind)

    def work(exchange: Any) -> Recommender:
        return make_policy(name, SCHEMA, seed=0, exchange=exchange)

    with pytest.raises(ConfigError, match=message):
        on_shards(2, work)
    assert isinstance(work(ALONE), Recommender)


def test_a_recommender_without_dimensions_goes_with_the_residual_form_alone() -> None:
    name = "tests.unit.checks.recommenders:Good"
    with pytest.raises(ConfigError, match=r"takes no 'dimensions'.*accepted: form residual"):
        make_policy(name, SCHEMA, seed=0, dimensions=3)
    made = make_policy(name, SCHEMA, seed=0, settings={"rate": 0.1})
    assert not isinstance(made, OwnModule)


def test_settings_of_one_arm_are_not_another_ones() -> None:
    given = {"rank": 3}
    make_policy(path(modules.Good), SCHEMA, seed=0, settings=given)
    assert given == {"rank": 3}
