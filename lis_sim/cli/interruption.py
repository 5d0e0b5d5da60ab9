"""Ctrl-C ends a command quietly, and says what the same command will do next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer


@contextmanager
def interruptible(goes_on: str) -> Iterator[None]:
    """Turn an interruption into a line and the exit code of shells, 128 + SIGINT."""
    try:
        yield
    except KeyboardInterrupt as error:
        typer.echo(f"interrupted; the same command goes on {goes_on}", err=True)
        raise typer.Exit(130) from error
