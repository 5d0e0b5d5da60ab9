"""What goes to stdout when only JSON may."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TextIO


@contextmanager
def json_stdout(asked: bool) -> Iterator[TextIO]:
    """Yield where results are printed.

    When ``asked``, whatever else is printed to stdout, by libraries and the processes below
    too, goes to stderr while the block runs.
    """
    if not asked:
        yield sys.stdout
        return
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with os.fdopen(os.dup(kept), "w", encoding="utf-8") as stdout, redirect_stdout(sys.stderr):
            yield stdout
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
