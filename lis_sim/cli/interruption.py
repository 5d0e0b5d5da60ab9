"""Ctrl-C and SIGTERM end a command quietly, and it says what the same command will do next."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import typer


@contextmanager
def interruptible(goes_on: str) -> Iterator[None]:
    """Turn an interruption into a line and the exit code of shells: 128 + the signal's number.

    SIGTERM is one: from ``kubectl delete``, a machine that is taken away, ``kill``.
    """
    asked = threading.Event()
    try:
        with _terminable(asked):
            yield
    except KeyboardInterrupt as error:
        what, number = ("asked to end", 143) if asked.is_set() else ("interrupted", 130)
        typer.echo(f"{what}; the same command goes on {goes_on}", err=True)
        raise typer.Exit(number) from error


@contextmanager
def _terminable(asked: threading.Event) -> Iterator[None]:
    """Let SIGTERM set ``asked`` and interrupt the block; a second one does nothing.

    Only the main thread may; elsewhere, and where somebody ignores the signal, nothing changes.
    """
    before = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or before == signal.SIG_IGN:
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # ending takes seconds: let it
        raise KeyboardInterrupt  # of no kind of our own: Ray hands on a plain one

    signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)  # None: of no Python's making
