"""Dense indices by first appearance, without a Python step per event."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from lis_sim.errors import DataError
from lis_sim.types import Int32, Int64


class Vocabulary:
    """Numbers values in the order in which they first appear.

    >>> seen = Vocabulary()
    >>> seen.encode(pa.array(["b", "a", "b"])).tolist()
    [0, 1, 0]
    >>> seen.encode(pa.array(["c", "a"])).tolist()
    [2, 1]
    >>> seen.ids().to_pylist()
    ['b', 'a', 'c']
    """

    def __init__(self) -> None:
        self._index: _Index | None = None
        self._type: pa.DataType = pa.string()

    def __len__(self) -> int:
        return 0 if self._index is None else len(self._index)

    def encode(self, values: pa.Array[Any]) -> Int32:
        """Return the index of every value, int32 ``(n,)``, numbering new ones in order."""
        encoded: Any = values.dictionary_encode()
        if self._index is None:
            self._type = encoded.dictionary.type
            small = pa.types.is_integer(self._type) and self._type != pa.uint64()
            self._index = IntegerIndex() if small else ObjectIndex()
        elif encoded.dictionary.type != self._type:
            raise DataError(
                f"new rows have ids of type {encoded.dictionary.type}; accepted: {self._type}, as "
                "in the vocabulary of the dataset"
            )
        indices: Int32 = encoded.indices.to_numpy()
        return self._index.number(encoded.dictionary)[indices]

    def find(self, values: pa.Array[Any]) -> Int32:
        """Return the index of every value, -1 for values never seen; numbers nothing."""
        if self._index is None:
            return np.full(len(values), -1, dtype=np.int32)
        encoded: Any = values.dictionary_encode()
        indices: Int32 = encoded.indices.to_numpy()
        return self._index.find(encoded.dictionary)[indices]

    def ids(self) -> pa.Array[Any]:
        """Return the values in index order."""
        kind: Any = self._type
        ids: pa.Array[Any] = pa.array([] if self._index is None else self._index.ids(), kind)
        return ids


class _Index(Protocol):
    """Distinct values to dense indices; Arrow has folded the repeats of a batch already."""

    def __len__(self) -> int: ...
    def number(self, uniques: pa.Array[Any]) -> Int32: ...
    def find(self, uniques: pa.Array[Any]) -> Int32: ...
    def ids(self) -> Any: ...


class IntegerIndex:
    """Integers: sorted keys beside their indices, 12 bytes a value.

    An order of magnitude faster than a ``dict`` on random ids, and smaller.
    """

    def __init__(self) -> None:
        self._keys: Int64 = np.empty(0, dtype=np.int64)  # sorted
        self._dense: Int32 = np.empty(0, dtype=np.int32)

    def __len__(self) -> int:
        return len(self._keys)

    def number(self, uniques: pa.Array[Any]) -> Int32:
        values = uniques.to_numpy().astype(np.int64, copy=False)
        order = np.argsort(values)
        dense = np.empty(len(values), dtype=np.int32)
        dense[order] = self._look_up(values[order])
        new = dense < 0
        dense[new] = len(self) + np.arange(int(new.sum()), dtype=np.int32)
        fresh = order[new[order]]
        places = np.searchsorted(self._keys, values[fresh])
        self._keys = np.insert(self._keys, places, values[fresh])
        self._dense = np.insert(self._dense, places, dense[fresh])
        return dense

    def find(self, uniques: pa.Array[Any]) -> Int32:
        return self._look_up(uniques.to_numpy().astype(np.int64, copy=False))

    def ids(self) -> Int64:
        return self._keys[np.argsort(self._dense)]

    def _look_up(self, values: Int64) -> Int32:
        if not len(self):
            return np.full(len(values), -1, dtype=np.int32)
        places = np.minimum(np.searchsorted(self._keys, values), len(self) - 1)
        return np.where(self._keys[places] == values, self._dense[places], np.int32(-1))


class _Numbered(dict[Any, int]):
    """Numbers what it is asked for and does not have; no Python is run for what it has."""

    def __missing__(self, value: Any) -> int:
        self[value] = number = len(self)
        return number


class ObjectIndex:
    """Anything else, such as strings or numbers beyond int64: a dictionary."""

    def __init__(self) -> None:
        self._index = _Numbered()

    def __len__(self) -> int:
        return len(self._index)

    def number(self, uniques: pa.Array[Any]) -> Int32:
        dense = map(self._index.__getitem__, uniques.to_pylist())
        return np.fromiter(dense, np.int32, len(uniques))

    def find(self, uniques: pa.Array[Any]) -> Int32:
        dense = (self._index.get(value, -1) for value in uniques.to_pylist())
        return np.fromiter(dense, np.int32, len(uniques))

    def ids(self) -> list[Any]:
        return list(self._index)
