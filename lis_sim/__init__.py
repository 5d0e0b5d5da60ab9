"""lis-sim: what better item representations could bring a ranker, by replaying its log.

Importing this package loads nothing heavy; the public names load what they need when used:

========================  ======================================================
:func:`run`               replay a log through its arms and score them
:func:`score`             score a ranker trained elsewhere
:func:`compare`           how far two runs are apart, paired
:func:`tune`              search for settings
:class:`Run`              a run folder, and what it found as tables
:class:`Comparison`       two runs' differences as tables
:class:`Search`           a search folder, its trials as a table and its reported runs
:class:`RunConfig`        the checked settings of a run
:class:`LisSimError`      what every error that a user can cause is one of
========================  ======================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lis_sim.config import RunConfig
    from lis_sim.errors import LisSimError
    from lis_sim.scoring.api import score, score_file
    from lis_sim.search.api import Search, tune
    from lis_sim.training.api import run
    from lis_sim.training.comparison import Comparison, compare
    from lis_sim.training.run_result import Run

__version__ = "0.1.0"

# Public name -> where it is, and what it is called there.
_HOMES = {
    "Comparison": ("lis_sim.training.comparison", "Comparison"),
    "LisSimError": ("lis_sim.errors", "LisSimError"),
    "Run": ("lis_sim.training.run_result", "Run"),
    "RunConfig": ("lis_sim.config", "RunConfig"),
    "Search": ("lis_sim.search.api", "Search"),
    "compare": ("lis_sim.training.comparison", "compare"),
    "run": ("lis_sim.training.api", "run"),
    "score": ("lis_sim.scoring.api", "score"),
    "score_file": ("lis_sim.scoring.api", "score_file"),  # as `score` was called first
    "tune": ("lis_sim.search.api", "tune"),
}
__all__ = [
    "Comparison",
    "LisSimError",
    "Run",
    "RunConfig",
    "Search",
    "__version__",
    "compare",
    "run",
    "score",
    "score_file",
    "tune",
]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        from importlib import import_module

        home, own = _HOMES[name]
        return getattr(import_module(home), own)
    raise AttributeError(f"module 'lis_sim' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
