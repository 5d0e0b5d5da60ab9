"""What the command says when something cannot be stored and nobody below it knew where."""

from __future__ import annotations

import errno
import os
from typing import NoReturn

import pytest

from lis_sim import cli
from lis_sim.errors import StorageError

CASES: list[tuple[Exception, str]] = [
    (StorageError("a/b: permission denied; all is safe; choose"), "a/b: permission denied; all"),
    (OSError(errno.ENOSPC, "No space left on device"), "stdout: no space left on the device; "),
    (OSError(errno.EROFS, "Read-only", "a/b"), "a/b: the file system is read-only; "),
    (
        PermissionError(errno.EACCES, "Permission denied", "c.yaml"),  # reading loses nothing
        "c.yaml: permission denied; get the permission to read or write it, or choose another",
    ),
    (FileNotFoundError(errno.ENOENT, "No such file or directory", "a/b"), "a/b: No such file"),
    (StorageError("a\x1b[31mb: permission denied"), "a\N{REPLACEMENT CHARACTER}[31mb: permission"),
]


@pytest.mark.parametrize(("error", "said"), CASES, ids=repr)
def test_it_ends_in_words(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> NoReturn:
        raise error

    monkeypatch.setattr(cli, "app", fails)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert told.startswith(f"error: {said}")
    assert told.count("\n") == 1


def test_what_is_not_of_storage_and_names_no_file_is_no_error_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails() -> NoReturn:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(cli, "app", fails)
    with pytest.raises(OSError, match="temporarily unavailable"):
        cli.main()
