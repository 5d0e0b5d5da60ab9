"""What lost workers are told to be lost by, and whether they are started again."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.errors import RunError
from lis_sim.preference.builder import Shown
from lis_sim.training.cluster.losses import loss_of
from lis_sim.training.cluster.watchdog import Watchdog, stood_at
from lis_sim.training.cluster.worker_events import WorkerEvents
from lis_sim.training.folder import WINDOWS
from lis_sim.training.loop import PrequentialLoop, WindowResult
from lis_sim.training.memory import is_memory, memory_told
from tests.unit.training.worlds import history, run

GLOO = RuntimeError("[/pytorch/gloo/transport/tcp/pair.cc:547] Connection closed by peer")


class ActorDiedError(Exception):
    """As Ray's, by name: what it says of the process."""


class WorkerHealthCheckFailedError(Exception):
    """As Ray Train's: it wraps what became of the process."""

    def __init__(self, failure: Exception) -> None:
        super().__init__("a worker health check failed")
        self.health_check_failure = failure


KILLED = WorkerHealthCheckFailedError(
    ActorDiedError(
        "The actor is dead because its worker process has died. Worker exit detail: Worker "
        "unexpectedly exits with a connection error code 2. Some common causes include: (1) the "
        "process was killed by the OOM killer due to high memory usage: out of memory"
    )
)
LOST_NODE = WorkerHealthCheckFailedError(ActorDiedError("The actor died: its node has died."))
MONITOR = WorkerHealthCheckFailedError(
    ActorDiedError(
        "The actor is dead: 2 worker(s) were killed due to the node running low on memory."
    )
)


class WorkerHealthCheckTimeoutError(Exception):
    """As Ray Train's, of a process that does not answer."""


class OutOfMemoryError(RuntimeError):
    """As torch.cuda's and Ray's, by name."""


@pytest.mark.parametrize(
    ("errors", "stood", "cause", "words"),
    [
        ({0: GLOO}, {}, "peer", "worker 0 lost its connection"),
        ({0: GLOO, 1: KILLED}, {}, "killed", "the process of worker 1"),
        ({0: GLOO, 1: LOST_NODE}, {}, "node", "the machine of worker 1 is gone"),
        ({0: MONITOR, 1: GLOO}, {}, "memory", "worker 0 ran out of memory"),
        ({0: GLOO, 1: MemoryError()}, {}, "memory", "worker 1 ran out of memory (MemoryError)"),
        ({0: OutOfMemoryError("CUDA out of memory")}, {}, "memory", "(OutOfMemoryError)"),
        ({0: GLOO, 1: KILLED}, {"worker 1": "line 3"}, "still", "worker 1 stood still, at line 3"),
        ({0: KILLED}, {"the builder": "line 9"}, "still", "the builder stood still, at line 9"),
        ({0: GLOO, 1: WorkerHealthCheckTimeoutError()}, {}, "still", "worker 1 did not answer"),
        ({1: ValueError("a\nshape (3,)")}, {}, "error", "worker 1 failed (ValueError: shape (3,))"),
    ],
)
def test_of_all_errors_the_one_that_explains_the_others_is_told(
    errors: dict[int, BaseException], stood: dict[str, str], cause: str, words: str
) -> None:
    loss = loss_of(errors, stood)
    assert loss.cause == cause
    assert words in loss.text


def test_memory_is_told_from_other_errors(tmp_path: Path) -> None:
    (tmp_path / WINDOWS).write_text("{}\n{}\n")
    told = r"in window 2 \(MemoryError.*fewer training\.workers"
    with pytest.raises(RunError, match=told), memory_told(tmp_path / WINDOWS):
        raise MemoryError
    with pytest.raises(RunError, match="can't allocate memory"), memory_told(tmp_path / WINDOWS):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 B")
    with pytest.raises(RuntimeError, match="shapes"), memory_told(tmp_path / WINDOWS):
        raise RuntimeError("shapes cannot be multiplied")
    assert not is_memory(ValueError("memory"))


def test_a_local_run_without_memory_says_so_and_goes_on_later(
    world: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(PrequentialLoop, "run_window", short_of_memory)
        with pytest.raises(RunError, match=r"memory ran out in window 3 .*what was committed is"):
            run(world, tmp_path / "run")
    assert history(run(world, tmp_path / "run")) == history(run(world, tmp_path / "other"))


RUN_WINDOW = PrequentialLoop.run_window


def short_of_memory(self: PrequentialLoop, window: int, shown: Shown) -> WindowResult:
    if window == 3:
        raise MemoryError("Unable to allocate 9 GiB")
    return RUN_WINDOW(self, window, shown)


def test_a_process_that_stands_still_ends_and_says_where(tmp_path: Path) -> None:
    """Also in a loop that never lets another thread in; waiting for others does not count."""
    script = """
import sys, time
from pathlib import Path
from lis_sim.training.cluster.watchdog import Watchdog

def stuck():
    sys.setswitchinterval(1e9)
    while True:
        pass

watchdog = Watchdog(0.2, Path(sys.argv[1]))
watchdog.alive()
with watchdog.waiting():
    time.sleep(0.4)
for _ in range(8):
    time.sleep(0.05)
    watchdog.alive()
with watchdog.working():
    pass
time.sleep(0.4)
print("alive", flush=True)
watchdog.alive()
stuck()
"""
    file = tmp_path / "stood.txt"
    done = subprocess.run(
        [sys.executable, "-c", script, str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "alive\n"), done.stderr
    assert "in stuck" in (stood_at(file) or "")


def test_without_seconds_there_is_no_watchdog(tmp_path: Path) -> None:
    watchdog = Watchdog(0.0, tmp_path / "none")
    watchdog.alive()
    with watchdog.waiting(), watchdog.working():
        time.sleep(0.01)
    assert list(tmp_path.iterdir()) == []
    assert stood_at(tmp_path / "none") is None


def reported(window: int) -> list[dict[str, str]]:
    return [{"window": str(window)}, {}]


def test_workers_start_again_so_often_without_a_further_window(tmp_path: Path) -> None:
    from lis_sim.training.cluster.loss_callback import LossCallback

    callback = LossCallback(tmp_path, restarts=2)
    events = WorkerEvents(tmp_path)
    for window in range(3):
        callback.after_report(None, reported(window), None)
        callback.after_exception(None, {0: GLOO})
        callback.after_exception(None, {0: GLOO})
        callback.after_report(None, reported(max(0, window - 1)), None)  # played again
    assert len(list(events.news())) == 6
    events.watched("worker 1").write_text('Thread 1\n  File "lis_sim/a.py", line 3 in f\n')
    told = (
        r"worker 1 stood still, at File \"lis_sim/a\.py\", line 3 in f, and was ended, after "
        r"window 2, the last of 3 times without a further window \(training\.restarts is 2\)"
    )
    with pytest.raises(RunError, match=told):
        callback.after_exception(None, {0: GLOO})
    assert list(events.news()) == []  # the error says it


def test_without_restarts_the_first_loss_is_the_end(tmp_path: Path) -> None:
    from lis_sim.training.cluster.loss_callback import LossCallback

    with pytest.raises(RunError, match=r"ran out of memory .*before a first window.*fewer train"):
        LossCallback(tmp_path, restarts=0).after_exception(None, {0: MemoryError()})
