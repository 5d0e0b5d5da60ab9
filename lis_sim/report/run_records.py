"""Everything a report shows of one run, finished or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lis_sim.report.series import Series
from lis_sim.report.words import score_group


@dataclass(frozen=True)
class RunRecords:
    """One run as its folder holds it.

    ``summary`` is the object of ``summary.json``, or :func:`~lis_sim.report.unfinished.so_far`
    while ``finished`` is False; ``profiles`` describe its preference data.
    """

    summary: Mapping[str, Any]
    series: Series
    config_text: str | None = None
    profiles: Sequence[Mapping[str, Any]] = ()
    finished: bool = True

    @property
    def name(self) -> str:
        return str(self.summary["run"])

    @property
    def live(self) -> bool:
        """Whether the run follows a log that grows, and so has no end."""
        return bool(self.summary.get("live"))

    @property
    def preferences(self) -> list[str]:
        """Names of the preference data sets that have scores."""
        return self._groups("preference")

    @property
    def representations(self) -> list[str]:
        """Names of the representations that have an arm."""
        return self._groups("representation")

    def entry(
        self, score: str, group: str, part: str = "all", representation: str | None = None
    ) -> Mapping[str, Any] | None:
        """Return the score of ``group`` in slice ``part``, None where the run has none."""
        for entry in self.summary["scores"]:
            if (entry["score"], entry["slice"]) == (score, part) and score_group(entry) == group:
                both = entry.get("preference") and entry.get("representation")
                if representation is None or not both or both == representation:
                    return dict(entry)
        return None

    def _groups(self, field: str) -> list[str]:
        names = (entry.get(field) for entry in self.summary["scores"])
        return list(dict.fromkeys(str(name) for name in names if name))
