"""How a search gets on: what is suggested, reported and decided, whoever runs the trials."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

from lis_sim.search.candidate import Cut
from lis_sim.search.ledger import ENDED, Ledger, TrialRecord, TrialReport, after
from lis_sim.search.objective import Objective
from lis_sim.search.searchers import Searcher
from lis_sim.search.space import Settings
from lis_sim.search.stopping import Action, StoppingRule
from lis_sim.search.watch import SearchWatch

BASELINE = 0
Suggestion: TypeAlias = "tuple[int, Settings] | Literal['wait', 'end']"


class Progress:
    """The state of a search, which the ledger's lines bring back.

    The baseline is trial 0 and plays to the cut whatever the rule thinks of it. Where there are
    several objectives the rule sees the first. A new command is told all trials of earlier ones
    in the ledger's order, so that searcher and rule know what they knew; trials that had not
    ended, and those that failed, are suggested again before any new one.

    Parameters:
        ledger: Where everything is written before anything follows from it.
        searcher: Has the candidates.
        rule: Stops trials.
        objectives: What is looked for.
        cut: Where trials end.
        watch: Is told of every trial.
        concurrent: How many trials play at once; a paused one does not play.
    """

    def __init__(
        self,
        ledger: Ledger,
        searcher: Searcher,
        rule: StoppingRule,
        objectives: Sequence[Objective],
        cut: Cut,
        watch: SearchWatch,
        concurrent: int,
    ) -> None:
        self._ledger = ledger
        self._searcher = searcher
        self._rule = rule
        self._first = objectives[0]
        self._cut = cut
        self._watch = watch
        self._concurrent = concurrent
        self._records: dict[int, TrialRecord] = {}
        self._again: deque[int] = deque()  # of earlier commands
        self._playing: set[int] = set()
        self._earlier: dict[int, float] = {}  # seconds of a trial in earlier commands
        self._exhausted = False
        self.refused: str | None = None  # why the baseline makes no run: nothing follows then

    def replay(self) -> None:
        """Take in what earlier commands wrote; call it first."""
        self._ledger.mend()
        for line in self._ledger.lines():
            record = after(self._records.get(line["trial"]), line)
            self._records[record.trial] = record
            if "settings" in line:
                self._searcher.again(record.trial, record.settings)
                self._watch.trial_started(record)
            elif "status" in line:
                self._left(record)
            else:
                self._seen(record)
        self._suggest_again(self._left_over())

    @property
    def records(self) -> list[TrialRecord]:
        """All trials, by number."""
        return [self._records[trial] for trial in sorted(self._records)]

    @property
    def over(self) -> bool:
        """Whether all trials have ended and none will come; a failed one may be tried again."""
        if self._again or not all(record.ended for record in self._records.values()):
            return False
        return self._exhausted or len(self._records) > self._searcher.most

    def next(self) -> Suggestion:
        """Return the trial that begins now; ``wait`` when none may, ``end`` when none will."""
        if len(self._playing) >= self._concurrent:
            return "wait"
        if self._again:
            return self._try_again(self._again.popleft())
        trial = len(self._records)
        settings = {} if trial == BASELINE else self._suggested(trial)
        if isinstance(settings, str):
            self._exhausted = settings == "end"  # for good: what was played stays played
            # Not before the last trial ended: then Ray would start new processes for the paused.
            return "end" if self.over else "wait"
        self._begin(TrialRecord(trial, settings))
        return trial, settings

    def report(self, trial: int, report: TrialReport) -> Action:
        """Take what a trial has; return whether it goes on, waits for others, or ends here."""
        record = self._records[trial]
        if report.windows > record.windows:
            earlier = self._earlier.get(trial, 0.0)
            report = replace(report, seconds=earlier + report.seconds)
            self._ledger.report(trial, report)
            self._records[trial] = record = record.reported(report)
            self._seen(record)
        action = self._action(trial)
        if action == "pause":
            self._playing.discard(trial)
        return action

    def resume(self, trial: int) -> Action:
        """Return what becomes of a paused trial; ``go on``: it plays from now on."""
        action = self._action(trial)
        if action == "go on":
            if len(self._playing) >= self._concurrent:
                return "pause"
            self._playing.add(trial)
        return action

    def end(self, trial: int) -> None:
        """Take that a trial ended after its last report: at the cut, or stopped before it."""
        record = self._records[trial]
        finished = record.windows >= self._cut.windows
        self._end(replace(record, status="finished" if finished else "stopped"))

    def fail(self, trial: int, error: str) -> None:
        """Take that a trial failed."""
        self._end(replace(self._records[trial], status="failed", error=error))

    def break_off(self, error: str) -> bool:
        """Take that a trial broke the search, by ``error``; return whether it can go on.

        Was it the only one that played it has failed. Else one trial plays at a time from now
        on, all those that have not ended once more from their folders: so it is found.
        """
        if not self._playing:
            return False
        alone, *others = self._playing
        if not others:
            self.fail(alone, error)
        self._concurrent = 1
        self._playing.clear()
        self._suggest_again([r.trial for r in self.records if not r.ended])
        return True

    def _suggest_again(self, trials: list[int]) -> None:
        waiting = [trial for trial in self._again if trial not in trials]
        self._again = deque([*trials, *waiting])
        for trial in trials:
            self._earlier[trial] = self._records[trial].seconds

    def _left_over(self) -> list[int]:
        """Return the unended and the failed, and the baseline first: all hangs on it."""
        found = [r for r in self.records if r.status not in ("finished", "stopped")]
        order = sorted(found, key=lambda r: (r.trial != BASELINE, r.ended, r.trial))
        return [record.trial for record in order]

    def _try_again(self, trial: int) -> Suggestion:
        record = self._records[trial]
        if record.status == "failed":
            self._begin(replace(record, status="running", error=None))
        else:
            self._playing.add(trial)
        return trial, record.settings

    def _suggested(self, trial: int) -> Settings | Literal["wait", "end"]:
        if self._exhausted or trial > self._searcher.most:
            return "end"
        return self._searcher.suggest(trial)

    def _begin(self, record: TrialRecord) -> None:
        again = record.trial in self._records
        self._ledger.begin(record.trial, record.settings)
        self._records[record.trial] = record
        self._playing.add(record.trial)
        if again:
            self._searcher.again(record.trial, record.settings)
        self._watch.trial_started(record)

    def _seen(self, record: TrialRecord) -> None:
        """Tell a new report to whom it concerns."""
        trial, report = record.trial, record.reports[-1]
        self._searcher.reported(trial, report)
        if trial != BASELINE:
            value = report.objective[self._first.name]
            higher = value if self._first.mode == "max" else -value
            self._rule.report(trial, report.windows - self._cut.warmup, higher)
        self._watch.trial_reported(record)

    def _action(self, trial: int) -> Action:
        return "go on" if trial == BASELINE else self._rule.decision(trial)

    def _end(self, record: TrialRecord) -> None:
        if self._records[record.trial].status in ENDED:
            return
        self._ledger.end(record)
        self._records[record.trial] = record
        self._playing.discard(record.trial)
        self._left(record)

    def _left(self, record: TrialRecord) -> None:
        self._searcher.ended(record)
        if record.trial != BASELINE:
            self._rule.left(record.trial)
        self._watch.trial_ended(record)
