"""Ctrl-C and SIGTERM end a command with a line and the exit code of shells."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
import typer

from lis_sim.cli.interruption import interruptible


@pytest.mark.parametrize(
    ("number", "code", "what"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "asked to end")],
)
def test_a_signal_ends_the_block(
    number: signal.Signals, code: int, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGTERM)

    def interrupted() -> None:
        with interruptible("from here"):
            os.kill(os.getpid(), number)
            time.sleep(5.0)
            raise AssertionError("was not interrupted")

    with pytest.raises(typer.Exit) as raised:
        interrupted()
    assert raised.value.exit_code == code
    assert capsys.readouterr().err == f"{what}; the same command goes on from here\n"
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_second_sigterm_does_not_disturb_the_end() -> None:
    ended = []

    def asked_twice() -> None:
        with interruptible("from here"):
            try:
                os.kill(os.getpid(), signal.SIGTERM)
            finally:
                os.kill(os.getpid(), signal.SIGTERM)
                ended.append("in order")

    with pytest.raises(typer.Exit) as raised:
        asked_twice()
    assert raised.value.exit_code == 143
    assert ended == ["in order"]


def test_who_ignores_sigterm_goes_on_doing_so() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with interruptible("from here"):
            os.kill(os.getpid(), signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_other_threads_are_let_alone() -> None:
    done = []

    def work() -> None:
        with interruptible("from here"):
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]
