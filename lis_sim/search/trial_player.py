"""What plays a trial's windows: the loop in this process, or a Ray Train run of its own."""

from __future__ import annotations

from typing import Protocol

from lis_sim.search.nested_share import NestedShare
from lis_sim.training.api import PreparedRun, finish, local_device
from lis_sim.training.local import LocalSession


class Player(Protocol):
    """Commits the windows of a claimed run folder, the next whenever it is asked to."""

    def play(self, window: int) -> None:
        """Return when ``window`` is committed, or may be: asked again until it is.

        All windows before it are committed and none after it was asked for.
        """

    def save(self) -> None:
        """Write a checkpoint after the last committed window, where that can be had."""

    def finish(self) -> None:
        """Write the summary once all windows are committed."""

    def close(self) -> None:
        """Stop; what is committed stays."""


class DirectPlayer:
    """The ``local`` engine, as far as it is asked to.

    Nothing of it is made before the first window is asked for: a trial that is answered from
    the disk needs no recommender.
    """

    def __init__(self, prepared: PreparedRun) -> None:
        self._prepared = prepared
        self._session: LocalSession | None = None
        self._next = 0
        self._saved = True  # there is a checkpoint before the next window, or nothing was played
        self._device = local_device(prepared.plan.config.training.device)

    def play(self, window: int) -> None:
        """Commit ``window``, from the newest checkpoint on if this process has played none."""
        session = self._started()
        while self._next <= window:
            self._saved = session.due(self._next)
            session.play(self._next, self._saved)
            self._next += 1

    def save(self) -> None:
        """Write a checkpoint after the last window played, unless there is one."""
        if self._session is None or self._saved:
            return
        self._session.save(self._next)
        self._saved = True

    def finish(self) -> None:
        """Write the summary; a run killed before its last checkpoint plays on to there."""
        folder = self._prepared.folder
        if folder.finished:
            return
        last = len(self._prepared.plan.windows)
        if folder.checkpoints.newest() != last:
            self.play(last - 1)
        finish(self._prepared)

    def close(self) -> None:
        """Let go of the recommenders."""
        self._session = None

    def _started(self) -> LocalSession:
        if self._session is None:
            folder = self._prepared.folder
            self._next = folder.go_back()
            folder.note_engine({"workers": 1, "device": self._device})
            self._session = LocalSession(self._prepared.plan, folder, self._device)
            self._session.start(self._next)
        return self._session


def make_player(prepared: PreparedRun, share: NestedShare | None) -> Player:
    """Return what plays a run on its own engine; ``share`` is a nested one's part of Ray."""
    if prepared.plan.config.training.engine == "local":
        return DirectPlayer(prepared)
    from lis_sim.search.nested import NestedPlayer

    return NestedPlayer(prepared, share or NestedShare())
