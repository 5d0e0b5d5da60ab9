"""A distribution with entry points, as an installed package leaves it."""

from __future__ import annotations

from pathlib import Path


def install(folder: Path, distribution: str, **declared: dict[str, str]) -> None:
    """Declare names and import paths, by group of ``lis_sim``, in a folder of ``sys.path``."""
    info = folder / f"{distribution}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {distribution}\nVersion: 1.0\n")
    lines = []
    for group, points in declared.items():
        lines += [f"[lis_sim.{group}]", *(f"{name} = {path}" for name, path in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
