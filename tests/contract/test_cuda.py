"""On a GPU every recommender computes what it computes by tensors on a processor."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from policies import Recommender, make_policy
from policies.catalogue import NEURAL
from tests.unit.policies.worlds import DIMENSIONS, SCHEMA, SETTINGS, State, play, stream, view

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU")


def fresh(name: str, device: str) -> Recommender:
    tensors = {"kernel": "torch"} if name in ("deepfm", "fm", "mf") else {}
    recommender = make_policy(
        name,
        SCHEMA,
        seed=0,
        dimensions=DIMENSIONS,
        settings={**SETTINGS[name], **tensors},
        device=device,
    )
    recommender.see(view())
    return recommender


@pytest.mark.parametrize("name", NEURAL)
def test_scores_and_states_are_those_of_a_processor(name: str) -> None:
    there, here = fresh(name, "cuda"), fresh(name, "cpu")
    np.testing.assert_allclose(play(there, stream()), play(here, stream()), rtol=0, atol=1e-4)
    expected: State = here.state_dict()
    found: State = there.state_dict()
    for key, value in found.items():
        mine, other = value.astype(np.float64), expected[key].astype(np.float64)
        np.testing.assert_allclose(mine, other, rtol=1e-3, atol=1e-4, err_msg=key)


@pytest.mark.parametrize("name", NEURAL)
def test_a_state_goes_to_a_processor_and_back(name: str) -> None:
    there, here, again = fresh(name, "cuda"), fresh(name, "cpu"), fresh(name, "cuda")
    play(there, stream())
    here.load_state_dict(there.state_dict())
    again.load_state_dict(here.state_dict())
    batch, _ = stream(seed=2)[2]
    logit = there.score(batch)
    np.testing.assert_allclose(here.score(batch), logit, rtol=0, atol=1e-4)
    np.testing.assert_allclose(again.score(batch), logit, rtol=0, atol=1e-5)
