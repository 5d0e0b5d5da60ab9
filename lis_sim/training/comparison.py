"""``lis_sim.compare``: two finished runs of the same events, as tables of differences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from lis_sim.training.compare import compare_runs
from lis_sim.training.frames.column import table_of
from lis_sim.training.frames.compared import COMPARED
from lis_sim.training.run_result import Run


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far two runs are apart, second less first, user by user and replicate by replicate.

    Attributes:
        summary: What ``lis-sim compare --json`` prints: the runs, what they share, the settings
            they differ in, and every difference.
    """

    summary: Mapping[str, Any] = field(repr=False)

    def arms(self) -> pa.Table:
        """Return one row an arm of both runs and slice: both AUCs, and their difference."""
        return self._table("arms")

    def scores(self) -> pa.Table:
        """Return one row a score of both runs and slice: both values, and their difference."""
        return self._table("scores")

    def outcomes(self) -> pa.Table:
        """Return one row a pair of names: which of the two brings more, and why that is said."""
        return self._table("outcomes")

    def _table(self, frame: str) -> pa.Table:
        return table_of(COMPARED[frame].columns, self.summary[frame], "the comparison")


def compare(
    first: Run | Path | str,
    second: Run | Path | str,
    *,
    renamed: Mapping[str, str] | None = None,
) -> Comparison:
    """Compare two finished runs of the same log, as ``lis-sim compare`` does.

    The logs are not read: the last checkpoint of a run holds its sums over users, items and
    replicates, and differences are taken there, so that what both runs share cancels.

    Parameters:
        first: A run, or its folder.
        second: Another one of the same log, windows, replicates and seed; or the same again.
        renamed: A name of the first run: the one of the second that it is compared with. Of two
            preference data sets in one run give that run twice, and both names here.

    Raises:
        RunError: The runs cannot be compared, with every reason; or a folder holds none.
        ConfigError: ``renamed`` names what a run lacks.

    >>> import tempfile
    >>> import lis_sim
    >>> settings = {
    ...     "name": "tiny",
    ...     "data": {"synthetic": {"events": 2400, "users": 60, "items": 50}},
    ...     "stream": {"window": {"count": 6}, "step_events": 200},
    ...     "preferences": [
    ...         {"name": "likes"},
    ...         {"name": "dwells", "settings": {"behaviour": "dwell >= 30"}},
    ...     ],
    ...     "replicates": 2,
    ...     "training": {"engine": "local"},
    ... }
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     settings["data"]["cache"] = f"{folder}/cache"
    ...     run = lis_sim.run(settings, out=f"{folder}/run")
    ...     found = compare(run, run, renamed={"likes": "dwells"})
    >>> found.outcomes().select(["first", "second", "score"]).to_pylist()
    [{'first': 'likes', 'second': 'dwells', 'score': 'lis_crossfit_over_placebo'}]
    """
    return Comparison(compare_runs(_folder(first), _folder(second), renamed))


def _folder(run: Run | Path | str) -> Path:
    return run.folder if isinstance(run, Run) else Path(run)
