"""Requests as numbers, window after window, and which of them go on from the window before."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lis_sim.types import Bool, Int32


class NumberedRequests(NamedTuple):
    """A number of each event's request (n,), and whether the window before had some of it (n,)."""

    number: Int32
    continued: Bool


class RequestNumbers:
    """Remembers the requests of one window: memory does not grow with the log.

    A request is one of a user: the same id of two users is two requests.

    >>> numbers = RequestNumbers()
    >>> user = np.array([4, 4, 5], np.int32)
    >>> numbers.of(user, np.array(["a", "b", "b"], object)).number.tolist()
    [0, 1, 1]
    >>> numbers.of(user, np.array(["b", "c", "d"], object)).continued.tolist()
    [True, False, False]
    """

    def __init__(self) -> None:
        self._user: Int32 = np.zeros(0, np.int32)
        self._request: NDArray[Any] | None = None

    def of(self, user: Int32, request: NDArray[Any]) -> NumberedRequests:
        """Return the requests of the next window: ``user`` (n,), ``request`` (n,) ids."""
        before = request[:0] if self._request is None else self._request
        ids: Any = pa.array(np.concatenate([before, request])).dictionary_encode()
        number: Int32 = ids.indices.to_numpy().astype(np.int32)
        largest = len(ids.dictionary)
        pair = np.concatenate([self._user, user]).astype(np.int64) * largest + number
        own = pair[len(before) :]
        continued = np.isin(own, pair[: len(before)])
        first = np.unique(own, return_index=True)[1]
        self._user, self._request = user[first], request[first]
        return NumberedRequests(number[len(before) :], continued)
