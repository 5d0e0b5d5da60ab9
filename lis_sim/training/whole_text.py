"""Files of text and JSON that hold the old or the new content, never a part."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lis_sim.data.sync import sync

PARTIAL = ".partial"  # of files that are still being written


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write ``path`` so that it holds the old or the new content, never a part."""
    write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write ``path`` so that it holds the old or the new text, never a part."""
    partial = path.with_suffix(PARTIAL)
    try:
        partial.write_text(text, encoding="utf-8")
        sync(partial)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    partial.replace(path)
    sync(path.parent)
