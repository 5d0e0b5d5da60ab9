"""Machine code where nothing can be kept on the disk."""

from __future__ import annotations

from typing import Any

import numba
import pytest

from lis_sim.plain.compiled import compiled


def _twice(value: float) -> float:
    return 2 * value


def test_without_a_folder_to_keep_it_in_it_is_compiled_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    njit = numba.njit

    def read_only(*given: Any, cache: bool = False) -> Any:
        if cache:  # as Numba in a container whose file systems are all read-only
            raise RuntimeError("cannot cache function '_twice': no locator available for file")
        return njit(*given)

    monkeypatch.setattr(numba, "njit", read_only)
    assert compiled(_twice)(1.5) == 3.0
