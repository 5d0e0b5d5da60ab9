"""lis-sim: what better item representations could bring a ranker, by replaying its log.

Importing this package loads nothing heavy; the public names load what they need when used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lis_sim.training.api import Run, run

__version__ = "0.1.0"

__all__ = ["Run", "__version__", "run"]


def __getattr__(name: str) -> object:
    if name in ("run", "Run"):
        from importlib import import_module

        return getattr(import_module("lis_sim.training.api"), name)
    raise AttributeError(f"module 'lis_sim' has no attribute {name!r}; it has {', '.join(__all__)}")
