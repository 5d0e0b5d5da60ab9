"""A finished run, as its folder keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lis_sim.training.folder import RunFolder


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run: its folder and what it found."""

    folder: Path
    summary: Mapping[str, Any]

    @classmethod
    def open(cls, folder: Path | str) -> Run:
        """Open the folder of a finished run; :class:`RunError` when it is not one."""
        return cls(Path(folder), RunFolder(Path(folder)).summary())

    def windows(self) -> list[dict[str, Any]]:
        """Return the committed record of every window, oldest first."""
        return list(RunFolder(self.folder).windows())
