"""A bad input and what may become of it: success, or one ``LisSimError`` that says where.

``tests/fuzz/data_*.py`` and ``tests/fuzz/settings_*.py`` make cases; the tests beside them judge
a few hundred, ``python -m benchmarks --only fuzz`` thousands.
"""

from __future__ import annotations

import re
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from lis_sim.errors import LisSimError

ACCEPTED, REFUSED, FAILED = "accepted", "refused", "failed"
LONGEST_MESSAGE = 4_000  # characters: a message is read by a person


@dataclass(frozen=True)
class Case:
    """One input. ``run`` reads it and returns, or raises a :class:`LisSimError`.

    Whatever else it raises is a failure; an ``AssertionError`` of its own says that a number came
    out wrong or rows went missing. ``says``: a pattern that the message of a refusal must hold,
    the name of the file in the least. ``refused``: whether the input must be refused (True),
    accepted (False) or either (None).
    """

    kind: str  # what was damaged: "csv", "parquet", "config", ...
    name: str  # unique within the kind, enough to make the case again
    run: Callable[[], None]
    says: str = ""
    refused: bool | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a case: ``status`` is accepted, refused or failed."""

    case: Case
    status: str
    message: str
    seconds: float


class TooSlow(BaseException):
    """A case took longer than its limit; no ``except Exception`` on the way catches it."""


def judge(case: Case, seconds: float = 20.0) -> Outcome:
    """Run ``case`` for at most ``seconds`` and say what became of it.

    The limit ends Python code; code that never returns to Python needs a process of its own.
    """
    start = time.perf_counter()
    status, message = ACCEPTED, ""
    try:
        with _limited(seconds):
            case.run()
    except LisSimError as error:
        status, message = _told(case, error)
    except TooSlow:
        status, message = FAILED, f"no answer after {seconds:g} s"
    except Exception:
        status, message = FAILED, traceback.format_exc()
    if status == ACCEPTED and case.refused:
        status, message = FAILED, "was accepted; it must be refused"
    return Outcome(case, status, message, time.perf_counter() - start)


def require(case: Case, seconds: float = 20.0) -> Outcome:
    """Judge ``case`` and fail, as a test does, when it failed."""
    outcome = judge(case, seconds)
    assert outcome.status != FAILED, f"{case.kind}: {case.name}: {outcome.message}"
    return outcome


def _told(case: Case, error: LisSimError) -> tuple[str, str]:
    message = str(error)
    if case.refused is False:
        return FAILED, f"was refused, it must be accepted: {message}"
    if not message.strip() or len(message) > LONGEST_MESSAGE:
        return FAILED, f"a message of {len(message):,} characters: {message[:200]}"
    if not re.search(case.says, message):
        return FAILED, f"the message does not say {case.says!r}: {message}"
    try:
        message.encode("utf-8")
    except UnicodeEncodeError:
        return FAILED, f"the message cannot be printed: {message!r}"
    return REFUSED, message


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
