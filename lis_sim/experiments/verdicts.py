"""Verdicts on worlds that were built so that one answer is right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec
from lis_sim.experiments.figure import Figure, proportion
from lis_sim.experiments.part import Result, Task
from lis_sim.experiments.playing import play, run_settings, temporary_world
from lis_sim.experiments.tables import (
    add_table,
    carried_over,
    noise_table,
    tables_of,
    truth_table,
)
from lis_sim.hashing import purpose_key
from lis_sim.preference import PreferenceSpec
from lis_sim.scores.verdict import Decision

PREFERENCE = "data"
TABLE = "model"
MINIMUM_EFFECT = 0.01
# What the long-run values below depend on is set here, whatever the defaults become.
KNOBS = {"taste": 2.0, "drift": 0.023, "recency": 0.4, "exposure_skill": 0.2, "mood": 0.5}
WORLD = {"events": 30_000, "users": 900, "items": 200} | KNOBS
SMALL = {"events": 300, "users": 40, "items": 100} | KNOBS
RUN = {"stream": {"window": {"count": 8}, "step_events": 512}}
SMALL_RUN = {"stream": {"window": {"count": 8}, "step_events": 64}}
OTHERS = 1.0  # size of the log a good model was aligned on, beside the log it is judged on
CLAIMS = ("ship", "align")  # what nobody may be told on noise
FIRST_SEED = 100


@dataclass(frozen=True, slots=True)
class Case:
    """Worlds of one build: what the preference data and the representation are made of."""

    kind: str  # which of the five questions it asks
    right: Decision
    data: Literal["label", "noise"]  # noise: a coin of the label's mean rate for every event
    table: Literal["none", "noise", "aligned", "truth"]
    worlds: tuple[int, int]  # quick, full
    small: bool = False

    @property
    def noisy(self) -> bool:
        """Whether a claim of worth would be a claim about noise."""
        return "noise" in (self.data, self.table)


CASES: Mapping[str, Case] = {
    "bad_data": Case("bad_data", "preference-data", "noise", "none", (4, 20)),
    "bad_data_bad_table": Case("bad_data", "preference-data", "noise", "noise", (4, 20)),
    "bad_table": Case("bad_representation", "representation", "label", "noise", (8, 40)),
    "both_good": Case("both_good", "ship", "label", "aligned", (8, 40)),
    "table_knows_more": Case("knows_more", "bound-exceeded", "label", "truth", (6, 30)),
    "table_alone_knows": Case("knows_more", "bound-exceeded", "noise", "truth", (2, 10)),
    "few_events": Case("too_little", "inconclusive", "label", "none", (4, 20), small=True),
    "few_events_table": Case("too_little", "inconclusive", "label", "aligned", (4, 20), small=True),
    # Not one of the five questions: only asked for claims about noise.
    "few_events_noise": Case("few_noise", "inconclusive", "noise", "noise", (8, 40), small=True),
}
KINDS = ("bad_data", "bad_representation", "both_good", "knows_more", "too_little")


class VerdictPart:
    """Five questions whose answer is known because the world was built for it.

    Worlds of 30,000 events, 900 users and 200 items with strong taste; 8 windows, 3 replicates,
    `minimum_effect` 0.01. Preference data is co-clicks on the label, or on a coin that ignores
    user and item. A representation is random vectors, the true item factors, or *aligned*: the
    vectors that co-clicks of other users of the same catalogue give, which is what a model
    reaches that learned this kind of preference data and nothing else; the log of those users is
    as long. No table has seen a label of the log that it is judged on.

    Long-run values, the mean (and standard deviation over worlds) of development seeds 0 to 9,
    where L = lis_crossfit over its placebo, A = ais over its placebo, G = lis_crossfit - ais.
    Half of an interval is 0.003 for L of noise, 0.004 to 0.006 for G of good data and a good
    table, 0.017 to 0.022 for the others. The last row has logs of 300 events and 40 users, whose
    half-intervals are seven to ten times the minimum effect.

    | preference data | representation | L | A | G | right |
    | --- | --- | --- | --- | --- | --- |
    | noise | none | .0001 (.0013) | | | preference-data |
    | noise | noise | .0001 (.0013) | .0005 (.0025) | -.0027 (.0022) | preference-data |
    | co-clicks | noise | .0726 (.0100) | .0006 (.0024) | .0718 (.0118) | representation |
    | co-clicks | aligned | .0726 (.0100) | .0786 (.0084) | -.0058 (.0023) | ship |
    | co-clicks | truth | .0726 (.0100) | .1008 (.0111) | -.0260 (.0015) | bound-exceeded |
    | noise | truth | .0001 (.0013) | .1008 (.0111) | -.1006 (.0105) | bound-exceeded |
    | few co-clicks | none or aligned | .022 (.023) | .009 (.033) | .011 (.047) | inconclusive |

    G of two kinds of noise is not 0: fixed vectors tell items apart. That is why the verdicts
    also ask for A, which is over a placebo.

    `verdict_right` counts the worlds of the five kinds. `ship_on_noise` counts the claims `ship`
    and `align` where the preference data, the representation or both are noise, 40 small logs
    included; `exceeded_on_noise` counts `bound-exceeded` where the representation is noise.
    Seeds from 100, another hundred for every case.
    """

    name: ClassVar[str] = "verdicts"

    def tasks(self, quick: bool) -> Sequence[Task]:
        return [
            Task(self.name, case, FIRST_SEED * (place + 1) + world, _settings(one))
            for place, (case, one) in enumerate(CASES.items())
            for world in range(one.worlds[0 if quick else 1])
        ]

    def play(self, task: Task) -> Result:
        case = CASES[task.case]
        spec = SyntheticSpec(seed=task.seed, signals=("noise",), **task.settings["world"])
        with temporary_world(spec) as dataset:
            if case.table != "none":
                add_table(dataset, _table(case, spec, dataset))
            config = run_settings(dataset, task.seed, task.settings["run"])
            (verdict,) = play(config, dataset).family().verdicts()
        return {"verdict": verdict["verdict"], "evidence": verdict["evidence"]}

    def figures(self, results: Mapping[str, Result], quick: bool) -> Sequence[Figure]:
        found = [(CASES[_case_of(key)], str(one["verdict"])) for key, one in results.items()]
        asked = [(case, verdict) for case, verdict in found if case.kind in KINDS]
        kinds = [
            _right(f"verdict_right_{kind}", [one for one in asked if one[0].kind == kind])
            for kind in KINDS
        ]
        claims = [verdict in CLAIMS for case, verdict in found if case.noisy]
        exceeded = [verdict for case, verdict in found if case.table == "noise"]
        return [
            _right("verdict_right", asked, ">= 0.9"),
            *kinds,
            proportion("ship_on_noise", sum(claims), len(claims), "<= 0"),
            proportion("exceeded_on_noise", exceeded.count("bound-exceeded"), len(exceeded)),
        ]


def _settings(case: Case) -> dict[str, Any]:
    behaviour = {} if case.data == "label" else {"behaviour": "noise"}
    tables = [] if case.table == "none" else [TABLE]
    sources = [PREFERENCE, *tables]
    arms = ["clean", f"leaked_crossfit:{PREFERENCE}"]
    arms += [f"aligned:{name}" for name in tables] + [f"placebo:{name}" for name in sources]
    run = (SMALL_RUN if case.small else RUN) | {
        "minimum_effect": MINIMUM_EFFECT,
        "preferences": [{"name": PREFERENCE, "settings": behaviour}],
        "representations": tables,
        "arms": arms,
    }
    return {"world": SMALL if case.small else WORLD, "run": run}


def _table(case: Case, spec: SyntheticSpec, dataset: Dataset) -> Any:
    if case.table == "noise":
        return noise_table(TABLE, dataset, spec.seed)
    if case.table == "truth":
        return truth_table(TABLE, spec, dataset)
    others = replace(
        spec,
        events=round(OTHERS * spec.events),
        users=round(OTHERS * spec.users),
        population_seed=purpose_key(spec.seed, "other users") % 2**31,
    )
    with temporary_world(others) as log:
        table = tables_of(log, [PreferenceSpec(TABLE)], spec.seed)[TABLE]
        return carried_over(table, log, dataset, dataset.start_us - 1)


def _case_of(key: str) -> str:
    return key.split("/")[1]


def _right(name: str, found: Iterable[tuple[Case, str]], target: str = "") -> Figure:
    """Count right answers and name the wrong ones."""
    answers = list(found)
    wrong = [verdict for case, verdict in answers if verdict != case.right]
    said = ", ".join(f"{wrong.count(one)} {one}" for one in sorted(set(wrong)))
    detail = f"{len(answers) - len(wrong)} of {len(answers)}" + (f"; wrong: {said}" if said else "")
    return proportion(name, len(answers) - len(wrong), len(answers), target, detail)
