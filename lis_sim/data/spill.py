"""Where an import keeps on the disk what does not fit into memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def spilling(beside: Path) -> Iterator[Path]:
    """Yield an empty folder in ``beside``, which is made if need be; removed at the end."""
    beside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix=".lis-sim-import-", dir=beside, ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)
