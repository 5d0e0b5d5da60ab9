"""The commands of one disturbed run, one after the other, and what their exit codes say."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import dataclass, field

from benchmarks.chaos_case import Before, Case
from benchmarks.processes import session_processes

DRIVER = "driver"
# A command may end, with an error, when one of these is lost; the same command then goes on.
MAY_END = ("controller", "raylet", "gcs")
_KILLED = -signal.SIGKILL
_SAID = 500  # characters of what a refusing command said


@dataclass(slots=True)
class Commands:
    """Starts the commands of ``case`` and judges how each of them ended.

    A command ends by itself with 0, or by our SIGKILL. Any other end is a difference, whatever
    the next command makes of it; but where Ray lost what it cannot replace, it is a refusal.

    Attributes:
        began: all commands so far; the last is the one that runs, or ran.
        differing: ends that must not be.
        refusals: ends with an error because of a process in :data:`MAY_END`.
    """

    case: Case
    began: list[subprocess.Popen[str]] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    fresh: bool = False  # nothing was killed since the last command began
    _before: Before | None = None
    _victim: str = ""  # killed last

    @property
    def now(self) -> subprocess.Popen[str]:
        """The last command."""
        return self.began[-1]

    def begin(self) -> subprocess.Popen[str]:
        """Start the command (again); the one before has ended."""
        self.judge()
        alone = not any(session_processes(one.pid) for one in self.began)
        self._before = self.case.before(alone)
        self.began.append(self.case.start())
        self.fresh = True
        return self.now

    def part(self) -> str:
        """Return in which part of its life the last command is."""
        assert self._before is not None, "no command was started"
        return self.case.part(self._before)

    def struck(self, victim: str) -> None:
        """Note that ``victim`` of the last command was killed."""
        self._victim = victim
        self.fresh = False

    def judge(self) -> None:
        """Look at how the last command ended, if there was one."""
        code = self.now.wait() if self.began else 0
        ours = self._victim == DRIVER and not self.fresh
        if code == 0 or (ours and code == _KILLED):
            return
        if self._victim in MAY_END:
            which = "a command after" if self.fresh else "the command that lost"
            self.refusals.append(f"{which} {self._victim}")
            return
        after = f" after {self._victim} was killed" if self._victim else ""
        said = self.case.said()[-_SAID:].strip()
        self.differing.append(f"a command ended with {code}{after}; it said: {said}")
