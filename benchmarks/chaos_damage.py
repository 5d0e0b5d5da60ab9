"""What a crash of the machine, or a bad disk, may do to a run folder on top of a kill."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from lis_sim.errors import LisSimError
from lis_sim.training.checkpoints.manifest import MANIFEST, read_manifest

Damage = Callable[[Path, np.random.Generator], bool]  # returns whether there was anything to damage


def truncate_part(folder: Path, generator: np.random.Generator) -> bool:
    """Cut off the end of a file of the newest checkpoint."""
    file = _of_newest(folder, generator)
    if file is None:
        return False
    content = file.read_bytes()
    file.write_bytes(content[: int(generator.integers(0, len(content)))])
    return True


def flip_byte(folder: Path, generator: np.random.Generator) -> bool:
    """Change one byte of a file of the newest checkpoint."""
    file = _of_newest(folder, generator)
    if file is None:
        return False
    content = bytearray(file.read_bytes())
    content[int(generator.integers(0, len(content)))] ^= 1 << int(generator.integers(0, 8))
    file.write_bytes(content)
    return True


def lose_file(folder: Path, generator: np.random.Generator) -> bool:
    """Remove a file of the newest checkpoint, its manifest or a part."""
    file = _of_newest(folder, generator)
    if file is None:
        return False
    file.unlink()
    return True


def leave_partial(folder: Path, generator: np.random.Generator) -> bool:
    """Leave a checkpoint that was begun and never became one."""
    if not (folder / "checkpoints").is_dir():
        return False
    begun = folder / "checkpoints" / "window-000099"
    begun.mkdir(exist_ok=True)
    (begun / "family.partial").write_bytes(generator.bytes(100))
    return True


def half_a_line(folder: Path, generator: np.random.Generator) -> bool:
    """Leave the first bytes of a line after the last whole one."""
    path = folder / ("windows.jsonl" if generator.random() < 0.5 else "timings.jsonl")
    if not path.is_file():
        return False
    with path.open("ab") as file:
        file.write(b'{"window": 9, "arms": [{"arm": "cle'[: int(generator.integers(1, 34))])
    return True


DAMAGES: tuple[Damage, ...] = (truncate_part, flip_byte, lose_file, leave_partial, half_a_line)


def _of_newest(folder: Path, generator: np.random.Generator) -> Path | None:
    whole = sorted((folder / "checkpoints").glob(f"*/{MANIFEST}"))
    if not whole:
        return None
    try:
        named = read_manifest(whole[-1]).files  # what it builds on lies in the folders before it
    except LisSimError:  # damaged already
        named = {}
    files = [whole[-1], *(folder / "checkpoints" / name for name in sorted(named))]
    there = [path for path in files if path.is_file() and path.stat().st_size]
    return there[int(generator.integers(0, len(there)))] if there else None
