"""One file of a checkpoint: arrays in the safetensors format, and a checksum."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from lis_sim.errors import RunError
from lis_sim.training.whole_text import PARTIAL

_LENGTHS = (ValueError, OverflowError, MemoryError)
_NAMES = {
    "bool": "BOOL",
    **{f"float{bits}": f"F{bits}" for bits in (16, 32, 64)},
    **{f"int{bits}": f"I{bits}" for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": f"U{bits}" for bits in (8, 16, 32, 64)},
}

Arrays = Mapping[str, NDArray[np.generic]]


def write_arrays(path: Path, arrays: Arrays) -> int:
    """Write ``arrays`` as ``path``, whole or not at all; return its bytes.

    The system has them then, the disk not yet: :func:`settle` waits for that. Written here, as the
    safetensors package copies all arrays first. Raises :class:`RunError` for an array that the
    format cannot hold.

    Source: the safetensors format, https://github.com/huggingface/safetensors.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.safetensors"
    ...     size = write_arrays(path, {"x": np.arange(3, dtype=np.int32)})
    ...     size == path.stat().st_size, read_arrays(path)["x"].tolist()
    (True, [0, 1, 2])
    """
    pieces = _pieces(path, arrays)
    partial = path.with_suffix(PARTIAL)
    try:
        with partial.open("wb", buffering=0) as file:
            size = sum(_write_all(file.fileno(), piece) for piece in pieces)
    except BaseException:
        partial.unlink(missing_ok=True)  # half a file of gigabytes is of no use on a full disk
        raise
    partial.replace(path)
    return size


def settle(path: Path) -> str:
    """Wait until the disk has what was written as ``path``; return its SHA-256.

    What was just written is read from memory.
    """
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of ``path``; :class:`RunError` when it holds none that can be read."""
    try:
        return dict(load_file(path))
    # Types that NumPy lacks come as AttributeError or KeyError, lengths nobody has as the others.
    except (OSError, SafetensorError, AttributeError, LookupError, TypeError, *_LENGTHS) as error:
        raise RunError(
            f"{path} cannot be read ({type(error).__name__}: {str(error)[:200]}); accepted: a part "
            f"of a checkpoint as lis-sim writes it; delete {path.parent} to go back to the "
            "checkpoint before"
        ) from error


def damage_of(path: Path, expected: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a file that should have ``sha256`` and ``bytes``; None: nothing."""
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            return "is no file"  # a link may lead out of the run folder
        if found.st_size != expected["bytes"]:
            return f"has {found.st_size:,} bytes instead of {expected['bytes']:,}"
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != expected["sha256"]:
                return "does not have the content it was written with"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None


def _pieces(path: Path, arrays: Arrays) -> Iterator[memoryview]:
    """Yield the bytes of the file; refuses what cannot be written before the first."""
    header: dict[str, Any] = {}
    own: list[NDArray[np.generic]] = []
    end = 0
    # Wide numbers first: all of them are aligned then.
    for name in sorted(arrays, key=lambda one: (-arrays[one].dtype.itemsize, one)):
        array = np.asarray(arrays[name])
        if array.dtype.name not in _NAMES:
            raise RunError(
                f"the state '{name}' for {path.stem} holds {array.dtype}; accepted: arrays of "
                f"{', '.join(_NAMES)}; let state_dict return one of them"
            )
        # Little-endian, as the format has it.
        own.append(np.asarray(array, array.dtype.newbyteorder("<"), order="C"))
        header[name] = {
            "dtype": _NAMES[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [end, end + array.nbytes],
        }
        end += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    views = (one.reshape(-1).view(np.uint8).data for one in own)
    return iter([memoryview(len(text).to_bytes(8, "little") + text), *views])


def _write_all(handle: int, content: memoryview) -> int:
    size = len(content)
    while content:
        content = content[os.write(handle, content) :]
    return size
