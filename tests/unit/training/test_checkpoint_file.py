"""One file of a checkpoint: what it holds, what it refuses, how damage shows."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from lis_sim.errors import RunError
from lis_sim.training.checkpoints.file import damage_of, read_arrays, settle, write_arrays
from tests.unit.training.worlds import same_arrays

DTYPES = ["?", "f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">f4", ">i8"]
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(
    lambda name: name != "__metadata__"
)
ARRAYS = st.dictionaries(
    NAMES,
    st.sampled_from(DTYPES).flatmap(
        lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0, max_side=4))
    ),
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(arrays=ARRAYS)
def test_what_is_written_is_what_safetensors_reads(
    tmp_path_factory: pytest.TempPathFactory, arrays: dict[str, NDArray[Any]]
) -> None:
    path = tmp_path_factory.mktemp("file") / "a.safetensors"
    size = write_arrays(path, arrays)
    native = {k: np.asarray(v, v.dtype.newbyteorder("=")) for k, v in arrays.items()}
    assert same_arrays(dict(load_file(path)), native)
    assert same_arrays(read_arrays(path), native)
    assert all(one.shape == arrays[key].shape for key, one in read_arrays(path).items())
    content = path.read_bytes()
    assert (size, settle(path)) == (len(content), hashlib.sha256(content).hexdigest())
    assert [p.name for p in path.parent.iterdir()] == ["a.safetensors"]


def test_views_are_written_as_they_look(tmp_path: Path) -> None:
    whole = np.arange(12).reshape(3, 4)
    write_arrays(tmp_path / "a.safetensors", {"t": whole.T, "every": whole[::2, ::-1]})
    found = read_arrays(tmp_path / "a.safetensors")
    assert found["t"].tolist() == whole.T.tolist()
    assert found["every"].tolist() == [[3, 2, 1, 0], [11, 10, 9, 8]]


@pytest.mark.parametrize(
    "array",
    [np.array(["a"]), np.array([None]), np.zeros(2, complex), np.zeros(1, "M8[us]")],
    ids=["text", "object", "complex", "time"],
)
def test_a_type_that_the_format_lacks_is_refused(tmp_path: Path, array: NDArray[Any]) -> None:
    with pytest.raises(RunError, match=r"the state 'x' for cell-a holds .*; accepted: arrays of"):
        write_arrays(tmp_path / "cell-a.safetensors", {"x": array})
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true, calls = os.write, iter(range(100))

    def failing(handle: int, content: Any) -> int:
        if next(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return true(handle, content[:7])  # the system may take less than it is given

    write_arrays(tmp_path / "a.safetensors", {"x": np.arange(3)})
    before = (tmp_path / "a.safetensors").read_bytes()
    monkeypatch.setattr(os, "write", failing)
    with pytest.raises(OSError, match="No space left"):
        write_arrays(tmp_path / "a.safetensors", {"x": np.arange(9)})
    assert [p.name for p in tmp_path.iterdir()] == ["a.safetensors"]
    assert (tmp_path / "a.safetensors").read_bytes() == before


def header(text: bytes, rest: bytes = b"") -> bytes:
    return struct.pack("<Q", len(text)) + text + rest


NO_FILES = {
    "empty": b"",
    "short": b"\x01\0",
    "huge header": struct.pack("<Q", 2**63) + b"{}",
    "no JSON": header(b"pickle"),
    "pickle": b"\x80\x04\x95\x10\0\0\0\0\0\0\0cos\nsystem\n",
    "unknown type": header(b'{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}', b"\0"),
    "lengths": header(b'{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,4]}}'),
    "past the end": header(b'{"a":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}}', b"\0" * 4),
    "overlapping": header(
        b'{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},'
        b'"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}',
        b"\0\0\0",
    ),
}


@pytest.mark.parametrize("content", NO_FILES.values(), ids=NO_FILES)
def test_what_is_no_such_file_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "window-000001" / "stream.safetensors"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(RunError, match=r"stream\.safetensors cannot be read .*; accepted: a part"):
        read_arrays(path)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_no_byte_can_change_unnoticed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("file") / "a.safetensors"
    expected = {"bytes": write_arrays(path, {"x": np.arange(5.0)}), "sha256": settle(path)}
    assert damage_of(path, expected) is None
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[place] ^= data.draw(st.integers(1, 255))
        path.write_bytes(content)
        assert damage_of(path, expected) == "does not have the content it was written with"
    else:
        path.write_bytes(content[:place])
        assert damage_of(path, expected) == f"has {place} bytes instead of {len(content)}"
    with contextlib.suppress(RunError):  # whatever it is, or one error of ours
        read_arrays(path)


def test_links_and_folders_are_no_files(tmp_path: Path) -> None:
    save_file({"x": np.zeros(1)}, tmp_path / "true.safetensors")
    (tmp_path / "link").symlink_to("true.safetensors")
    (tmp_path / "folder").mkdir()
    expected = {"bytes": 1, "sha256": ""}
    assert damage_of(tmp_path / "link", expected) == "is no file"
    assert damage_of(tmp_path / "folder", expected) == "is no file"
    assert damage_of(tmp_path / "nothing", expected) == "is missing"
