"""lis-sim: what better item representations could bring a ranker, by replaying its log.

Importing this package loads nothing heavy; the public names load what they need when used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lis_sim.scoring.api import score_file
    from lis_sim.search.api import Search, tune
    from lis_sim.training.api import Run, run

__version__ = "0.1.0"

_HOMES = {
    "Run": "lis_sim.training.api",
    "Search": "lis_sim.search.api",
    "run": "lis_sim.training.api",
    "score_file": "lis_sim.scoring.api",
    "tune": "lis_sim.search.api",
}
__all__ = ["Run", "Search", "__version__", "run", "score_file", "tune"]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'lis_sim' has no attribute {name!r}; it has {', '.join(__all__)}")
