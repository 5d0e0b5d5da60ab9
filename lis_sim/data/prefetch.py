"""Compute the next element of an iterator in a background thread while this one is used."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable
from typing import TypeVar

T = TypeVar("T")

_POLL_SECONDS = 0.1


class _Failure:
    """The exception with which the source ended, on its way to the consumer."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class _End:
    """The source ended normally."""


def prefetch(source: Iterable[T], depth: int = 1) -> Generator[T, None, None]:
    """Yield the elements of ``source`` in order, with up to ``depth`` computed ahead.

    An exception of the source is raised here, after the elements before it. Leaving the
    loop early stops the thread.

    >>> list(prefetch(iter("abc")))
    ['a', 'b', 'c']
    """
    ready: queue.Queue[T | _Failure | _End] = queue.Queue(maxsize=depth)
    stop = threading.Event()
    thread = threading.Thread(
        target=_fill, args=(source, ready, stop), name="lis-sim-prefetch", daemon=True
    )
    thread.start()
    try:
        while True:
            element = ready.get()
            if isinstance(element, _End):
                return
            if isinstance(element, _Failure):
                raise element.error
            yield element
    finally:
        stop.set()
        thread.join()


def _fill(
    source: Iterable[T], ready: queue.Queue[T | _Failure | _End], stop: threading.Event
) -> None:
    try:
        for element in source:
            if not _offer(element, ready, stop):
                return
        _offer(_End(), ready, stop)
    except BaseException as error:  # the consumer raises it; a thread has nowhere to
        _offer(_Failure(error), ready, stop)
    finally:
        if isinstance(source, Generator):
            source.close()  # in the thread that ran it, before the consumer goes on


def _offer(
    element: T | _Failure | _End,
    ready: queue.Queue[T | _Failure | _End],
    stop: threading.Event,
) -> bool:
    # A plain put would wait for ever when the consumer left while the queue was full.
    while not stop.is_set():
        try:
            ready.put(element, timeout=_POLL_SECONDS)
        except queue.Full:
            continue
        return True
    return False
