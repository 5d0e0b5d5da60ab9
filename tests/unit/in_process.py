"""``lis-sim`` as a function: in this process, what it prints captured."""

from __future__ import annotations

import sys

import pytest

from lis_sim.cli import main


class Command:
    """``lis-sim``, or one of its commands, in this process."""

    def __init__(
        self, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch, *begins: str
    ) -> None:
        """``begins``: words that stand before the arguments of every call."""
        self._capture, self._patch, self._begins = capture, patch, begins
        patch.setenv("COLUMNS", "120")

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Return exit code, stdout and stderr."""
        self._patch.setattr(sys, "argv", ["lis-sim", *self._begins, *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self._capture.readouterr()
        assert "Traceback" not in err
        return int(ended.value.code or 0), out, err
