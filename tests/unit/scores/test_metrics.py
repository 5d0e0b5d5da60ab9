"""What is measured beside the AUC: its values, errors, counts, shards and checkpoints."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from lis_sim.errors import ConfigError, DataError, RunError
from lis_sim.scores import (
    CellWindow,
    EventColumns,
    FamilyPlan,
    LisFamily,
    Measured,
    MetricsPlan,
    RepresentationPlan,
    score_cells,
)
from lis_sim.scores.beside import GroupAccumulator
from lis_sim.scores.group_frame import requests_of
from lis_sim.scores.metrics_plan import Metric
from lis_sim.scores.ranking import rank_events

Stream = Callable[..., list[Any]]
Cells = dict[tuple[str, int], CellWindow]

METRICS = MetricsPlan(ndcg=(2, 5), mrr=True, user_auc=True, outcomes=("like", "dwell >= 7"))
PLAN = FamilyPlan(
    arms=("clean", "leaked:s", "leaked_crossfit:s", "placebo:s"),
    replicates=2,
    warmup=1,
    slices=("cold",),
    preferences=("s",),
    form="residual",
    metrics=METRICS,
)
KEYS = [metric.key for metric in METRICS.metrics]


def columns(window: Any, seed: int) -> EventColumns:
    draw = np.random.default_rng(seed)
    events = len(window.label)
    like = draw.integers(-1, 2, events).astype(np.int8)
    request = draw.integers(0, 25, events).astype(np.int32)
    outcomes = {"like": like, "dwell >= 7": (window.label > 0).astype(np.int8)}
    return EventColumns(outcomes, request, np.zeros(events, np.bool_))


def cells(window: Any, seed: int, plan: FamilyPlan = PLAN) -> Cells:
    keys = [(arm, r) for arm in plan.arms for r in range(plan.replicates)]
    found = score_cells(
        [window.logits[key] for key in keys],
        *(window.label, window.user, window.slices, window.item),
        Measured(plan.metrics, columns(window, seed)),
    )
    return dict(zip(keys, found, strict=True))


@pytest.fixture
def windows(stream: Stream) -> list[Any]:
    return stream(PLAN.arms, replicates=2, windows=5, events=400, users=40)


def filled(windows: list[Any], plan: FamilyPlan = PLAN) -> LisFamily:
    family = LisFamily(plan)
    for index, window in enumerate(windows):
        family.add(index, cells(window, index, plan))
    return family


def of(family: LisFamily, key: str) -> dict[str, Any]:
    found = family.metrics()[KEYS.index(key)]
    assert f"{found['metric']} of {found['label']}" == key
    return found


def lis(record: dict[str, Any], score: str = "lis", part: str = "all") -> dict[str, Any]:
    (found,) = [one for one in record["scores"] if (one["score"], one["slice"]) == (score, part)]
    return dict(found)


def test_an_outcome_equal_to_the_label_has_the_scores_of_the_label(windows: list[Any]) -> None:
    family = filled(windows)
    found = of(family, "auc of dwell >= 7")
    assert found["scores"] == family.scores()
    assert found["counts"]["missing"] == 0
    for ours, theirs in zip(found["arms"], family.arms(), strict=True):
        assert (ours["arm"], ours["slice"]) == (theirs["arm"], theirs["slice"])
        assert (ours["value"], ours["low"]) == (theirs["auc"]["value"], theirs["auc"]["low"])


def test_an_outcome_is_the_label_of_the_events_that_have_it(windows: list[Any]) -> None:
    found = of(filled(windows), "auc of like")
    total, weights, missing = [], [], 0
    for index, window in enumerate(windows):
        like = columns(window, index).outcomes["like"]
        there = like >= 0
        if index >= PLAN.warmup:
            missing += int(np.count_nonzero(~there))
            weights.append(np.count_nonzero(there))
            total.append(
                np.mean(
                    [
                        roc_auc_score(like[there], window.logits["leaked:s", r][there])
                        - roc_auc_score(like[there], window.logits["clean", r][there])
                        for r in range(2)
                    ]
                )
            )
    assert lis(found)["value"] == pytest.approx(np.average(total, weights=weights), abs=1e-12)
    assert found["counts"] == {"counted": sum(weights), "missing": missing}
    assert lis(found, part="cold")["value"] is not None
    assert lis(found)["standard_error_items"] is not None


def test_a_second_label_is_the_label_of_a_run_of_its_own(windows: list[Any]) -> None:
    """The same estimator, not another: scores, errors, the running interval, slices."""
    alone = LisFamily(replace(PLAN, metrics=MetricsPlan()))
    for index, window in enumerate(windows):
        like = columns(window, index).outcomes["like"]
        rows = np.flatnonzero(like >= 0)
        keys = [(arm, r) for arm in PLAN.arms for r in range(2)]
        found = score_cells(
            [window.logits[key][rows] for key in keys],
            like[rows],
            window.user[rows],
            {name: mask[rows] for name, mask in window.slices.items()},
            window.item[rows],
        )
        alone.add(index, dict(zip(keys, found, strict=True)))
    assert of(filled(windows), "auc of like")["scores"] == alone.scores()


@pytest.mark.parametrize("key", ["ndcg@2 of label", "mrr of label"])
def test_the_error_of_a_mean_over_requests_is_the_jackknife(key: str, windows: list[Any]) -> None:
    """Brute force: the whole estimate again without each user."""
    metric = METRICS.metrics[KEYS.index(key)]

    def estimate(left_out: int | None) -> float:
        total, groups = 0.0, 0
        for index, window in enumerate(windows[PLAN.warmup :], PLAN.warmup):
            kept = window.user != left_out
            request = columns(window, index).request
            assert request is not None
            frame = requests_of(window.label[kept] > 0, window.user[kept], request[kept])
            groups += len(frame.user)
            for r in range(2):
                for arm, sign in (("leaked:s", 0.5), ("clean", -0.5)):
                    ranked = rank_events(window.logits[arm, r][kept])
                    total += sign * float(frame.values(metric, frame.words(ranked)).sum())
        return total / groups

    found = lis(of(filled(windows), key))
    value = estimate(None)
    users = found["users"]
    apart = [value - estimate(user) for user in range(40)]
    assert found["value"] == pytest.approx(value, abs=1e-12)
    assert np.count_nonzero(apart) == users
    variance = users / (users - 1) * sum(one**2 for one in apart)
    assert found["standard_error_users"] == pytest.approx(math.sqrt(variance), rel=1e-9)
    assert found["standard_error_items"] is None


def test_replicates_are_the_second_part_of_the_error(windows: list[Any]) -> None:
    found = of(filled(windows), "user_auc of label")
    per_replicate = []
    for r in range(2):
        alone = replace(PLAN, replicates=1)
        family = LisFamily(alone)
        for index, window in enumerate(windows):
            of_r = cells(window, index)
            family.add(index, {(arm, 0): of_r[arm, r] for arm in PLAN.arms})
        per_replicate.append(lis(of(family, "user_auc of label"))["value"])
    expected = np.std(per_replicate, ddof=1) / math.sqrt(2)
    assert lis(found)["standard_error_training"] == pytest.approx(expected)
    assert lis(found)["value"] == pytest.approx(np.mean(per_replicate))
    assert lis(found)["low"] < lis(found)["value"] < lis(found)["high"]


def test_a_mean_over_users_counts_each_once_a_window(windows: list[Any]) -> None:
    values = []
    for window in windows[PLAN.warmup :]:
        for user in np.unique(window.user):
            own = window.user == user
            if 0 < window.label[own].sum() < own.sum():
                aucs = [
                    roc_auc_score(window.label[own], window.logits["clean", r][own])
                    for r in range(2)
                ]
                values.append(np.mean(aucs))
    found = of(filled(windows), "user_auc of label")
    assert found["arms"][0]["value"] == pytest.approx(np.mean(values), abs=1e-12)
    assert found["counts"]["counted"] == len(values)


def test_requests_have_no_slices(windows: list[Any]) -> None:
    found = of(filled(windows), "ndcg@5 of label")
    assert {one["slice"] for one in found["scores"]} == {"all"}


def test_equal_arms_differ_by_exactly_nothing(windows: list[Any]) -> None:
    same = [
        replace(one, logits={key: one.logits["clean", key[1]] for key in one.logits})
        for one in windows
    ]
    for metric in filled(same).metrics():
        for score in metric["scores"]:
            assert (score["value"], score["low"], score["high"]) == (0.0, 0.0, 0.0)


def test_what_is_saved_goes_on_to_the_same_bytes(windows: list[Any]) -> None:
    whole, first = filled(windows), filled(windows[:3])
    resumed = LisFamily(PLAN)
    resumed.load_state_dict(first.state_dict())
    for index, window in enumerate(windows[3:], 3):
        resumed.add(index, cells(window, index))
    one, other = whole.state_dict(), resumed.state_dict()
    assert one.keys() == other.keys()
    assert all(one[key].tobytes() == other[key].tobytes() for key in one)
    assert resumed.metrics() == whole.metrics()


def test_without_metrics_nothing_is_more_than_before(windows: list[Any]) -> None:
    plain = replace(PLAN, metrics=MetricsPlan())
    family, measured = filled(windows, plain), filled(windows)
    assert family.metrics() == []
    assert family.scores() == measured.scores()
    assert family.verdicts() == measured.verdicts()
    more = {key for key in measured.state_dict() if key.startswith("metric")}
    assert family.state_dict().keys() == measured.state_dict().keys() - more
    one = cells(windows[0], 0, plain)["clean", 0].to_arrays()
    assert not [key for key in one if "//" in key or "#" in key]


def test_cells_travel_as_arrays(windows: list[Any]) -> None:
    one = cells(windows[0], 0)["leaked:s", 1]
    arrays = one.to_arrays()
    again = CellWindow.from_arrays(arrays)
    assert again.to_arrays().keys() == arrays.keys()
    assert all(again.to_arrays()[key].tobytes() == arrays[key].tobytes() for key in arrays)
    assert list(again.metrics) == KEYS
    assert again.metrics["mrr of label"].counts == one.metrics["mrr of label"].counts


def test_the_records_of_windows_end_at_those_of_the_summary(windows: list[Any]) -> None:
    family = LisFamily(PLAN)
    for index, window in enumerate(windows):
        family.add(index, own := cells(window, index))
        records = family.window_metrics(own)
    for of_window, of_run in zip(records, family.metrics(), strict=True):
        assert of_window["scores"] == of_run["scores"]
        assert of_window["counts"] == of_run["counts"]
        for arm, whole in zip(of_window["arms"], of_run["arms"], strict=True):
            assert arm["cumulative"] | {"arm": arm["arm"], "slice": arm["slice"]} == whole
    last = of_window["arms"][0]["value"]
    assert last == pytest.approx(
        np.mean([own["clean", r].metrics["user_auc of label"].slices["all"].auc for r in range(2)])
    )


def test_tables_have_their_family_too(stream: Stream) -> None:
    arms = (*PLAN.arms, "aligned:r", "placebo:r")
    table = RepresentationPlan("r", first_window=2, trained_until_us=10**15)
    plan = replace(PLAN, arms=arms, representations=(table,))
    windows = stream(arms, replicates=2, windows=5, events=3000, users=200)
    family = filled(windows, plan)
    names = [(one["score"], one["preference"], one["representation"]) for one in family.scores()]
    for metric in family.metrics():
        found = [one for one in metric["scores"] if one["slice"] == "all"]
        assert [(o["score"], o["preference"], o["representation"]) for o in found] == names[::2]
        by_name = {one["score"]: one for one in found}
        assert by_name["ais"]["windows"] == 3
        assert by_name["lis"]["windows"] == 4
        if metric["label"] == "label":  # a coin, like, has nothing to be reached
            ratio = by_name["ais"]["value"] / lis(metric, "lis_crossfit")["value"]
            assert by_name["realised"]["value"] == pytest.approx(ratio, rel=0.5)
            assert by_name["realised"]["low"] < by_name["realised"]["value"]


def test_shards_add_up(windows: list[Any]) -> None:
    """Other windows of the same arms, and other arms of the same windows."""
    key = "mrr of label"

    def summed(arms: Sequence[str], indices: Iterable[int]) -> GroupAccumulator:
        found = GroupAccumulator(arms, 2)
        for index in indices:
            own = cells(windows[index], index)
            metric = {(arm, r): own[arm, r].metrics[key] for arm in arms for r in range(2)}
            found.add(index, metric)
        return found

    lis_of = {"leaked:s": 1.0, "clean": -1.0}
    whole = summed(PLAN.arms, range(5))
    of_arms = summed(PLAN.arms[:2], range(5))
    of_arms.merge(summed(PLAN.arms[2:], range(5)))
    one, other = whole.state_dict(), of_arms.state_dict()
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)
    assert of_arms.estimate(lis_of) == whole.estimate(lis_of)
    of_windows = summed(PLAN.arms, range(2))
    of_windows.merge(summed(PLAN.arms, range(2, 5)))
    apart, together = of_windows.estimate(lis_of), whole.estimate(lis_of)
    assert (apart.users, apart.windows) == (together.users, together.windows)
    assert apart.value == pytest.approx(together.value, abs=1e-14)
    assert apart.standard_error == pytest.approx(together.standard_error, rel=1e-12)


def test_before_the_warm_up_is_over_nothing_is_counted(windows: list[Any]) -> None:
    found = of(filled(windows[:1]), "mrr of label")
    assert set(found["counts"].values()) == {0}
    assert lis(found)["value"] is None


def test_cells_without_the_metric_are_refused(windows: list[Any]) -> None:
    family = LisFamily(PLAN)
    with pytest.raises(RunError, match="lack the metric 'auc of like'"):
        family.add(0, windows[0].cells())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (EventColumns({"dwell >= 7": np.zeros(400, np.int8)}), "the column 'like' of 400 events"),
        (EventColumns({"like": np.zeros(3, np.int8)}), r"an array of shape \(3,\)"),
        (
            EventColumns({rule: np.zeros(400, np.int8) for rule in ("like", "dwell >= 7")}),
            "the column 'request'",
        ),
    ],
)
def test_columns_that_lack_are_told(given: EventColumns, message: str, windows: list[Any]) -> None:
    one = windows[0]
    with pytest.raises(DataError, match=message):
        score_cells(
            [one.logits["clean", 0]], one.label, one.user, measured=Measured(METRICS, given)
        )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ndcg": (0,)}, "accepted: ranks from 1 to 10,000"),
        ({"ndcg": (5, 5)}, "ndcg names '5' twice"),
        ({"outcomes": ("a", "a >= 1", "a>=1.0")}, "outcomes names 'a >= 1' twice"),
        ({"outcomes": ("label",)}, "what its label gives is in the scores already"),
        ({"outcomes": ("dwell >= long",)}, "compares with 'long'"),
        ({"outcomes": ("",)}, "empty"),
    ],
)
def test_plans_that_mean_nothing_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        MetricsPlan(**given)


def test_keys_tell_metrics_apart() -> None:
    assert KEYS == [
        "auc of like",
        "auc of dwell >= 7",
        "ndcg@2 of label",
        "ndcg@5 of label",
        "mrr of label",
        "user_auc of label",
    ]
    assert Metric("ndcg", ranks=3).name == "ndcg@3"
