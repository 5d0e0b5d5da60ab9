"""Messages between processes of one machine, over sockets in a folder nobody else can enter."""

from __future__ import annotations

import select
import socket
import struct
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lis_sim.training.cluster.channel import Message

_HEAD = struct.Struct("=BQ")  # word, bytes that follow
_SECONDS = 60.0  # to connect: all processes are there already
_LONGEST = 100  # characters of a socket's path, for every system


class SocketChannel:
    """One of ``size`` processes that are all connected with each other.

    A message takes a few ten microseconds, where gloo takes milliseconds: it is written by one
    process straight into the other. The end of a process ends its sockets: waiting for it raises.
    """

    def __init__(self, index: int, peers: Sequence[socket.socket | None]) -> None:
        """``peers`` by index; None in this one's place."""
        self._index = index
        self._peers = {at: peer for at, peer in enumerate(peers) if peer is not None}
        self._held = {at: bytearray() for at in self._peers}  # read again by the next message
        for peer in self._peers.values():
            peer.setblocking(False)

    def swap(self, word: int, data: memoryview) -> list[Message]:
        """Send ``word`` (0 to 255) and ``data`` to all; return everybody's, in order.

        What is returned is good until the next call. Raises :class:`RuntimeError` where another
        process has ended.
        """
        poll = select.poll()
        links: dict[int, _Link] = {}
        head = memoryview(_HEAD.pack(word, data.nbytes))
        for at, peer in self._peers.items():
            link = _Link(at, peer, [head, data] if data.nbytes else [head], self._held[at])
            links[peer.fileno()] = link
            poll.register(peer, select.POLLIN | select.POLLOUT)
        found: list[Message] = [(word, data)] * (len(links) + 1)
        while links:
            for number, _ in poll.poll():
                link = links[number]
                wants = link.go_on()
                if wants:
                    poll.modify(number, wants)
                    continue
                poll.unregister(number)
                found[link.index] = link.message()
                del links[number]
        return found


@dataclass(slots=True)
class _Link:
    """One message each way."""

    index: int
    peer: socket.socket
    out: list[memoryview]  # what is still to be sent
    held: bytearray
    head: bytes = b""
    word: int = 0
    size: int = -1
    read: int = 0

    def go_on(self) -> int:
        """Send and read what can be without waiting; return what to wait for: 0: all is done."""
        try:
            self._send()
            self._read()
        except ConnectionError as error:
            raise _gone(self.index) from error
        waits = select.POLLOUT if self.out else 0
        return waits | (select.POLLIN if self.read != self.size else 0)

    def _send(self) -> None:
        with suppress(BlockingIOError):  # no room
            while self.out:
                sent = self.peer.sendmsg(self.out)
                while self.out and sent >= self.out[0].nbytes:
                    sent -= self.out.pop(0).nbytes
                if sent:
                    self.out[0] = self.out[0][sent:]

    def _read(self) -> None:
        with suppress(BlockingIOError):  # no more yet
            while self.size < 0:
                self._read_head()
            while self.read < self.size:
                into = memoryview(self.held)[self.read : self.size]
                self.read += self._some(self.peer.recv_into(into))

    def _read_head(self) -> None:
        part = self.peer.recv(_HEAD.size - len(self.head))
        self._some(len(part))
        self.head += part
        if len(self.head) == _HEAD.size:
            self.word, self.size = _HEAD.unpack(self.head)
            missing = self.size - len(self.held)
            self.held.extend(bytes(max(missing, 0)))

    def _some(self, count: int) -> int:
        """Return how many bytes came; none: the other process has closed."""
        if not count:
            raise _gone(self.index)
        return count

    def message(self) -> Message:
        return self.word, memoryview(self.held)[: self.size]


def _gone(index: int) -> RuntimeError:
    return RuntimeError(f"the process of user shard {index} has ended")


@dataclass(slots=True)
class Door:
    """A socket that waits for the processes after this one, while all get to know each other."""

    folder: tempfile.TemporaryDirectory[str] = field(
        default_factory=lambda: tempfile.TemporaryDirectory(prefix="lis-shard-")
    )
    listening: socket.socket = field(
        default_factory=lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    )

    @property
    def path(self) -> str:
        """Where others find it."""
        return str(Path(self.folder.name) / "s")

    def open(self, size: int) -> str | None:
        """Listen; return :attr:`path`, or None where this system cannot."""
        if len(self.path) > _LONGEST:
            return None
        try:
            self.listening.bind(self.path)
        except OSError:
            return None
        self.listening.listen(size)
        self.listening.settimeout(_SECONDS)
        return self.path

    def meet(self, index: int, paths: Sequence[str]) -> list[socket.socket | None] | None:
        """Return sockets to all others by index; None if one cannot be reached: another machine."""
        peers: list[socket.socket | None] = [None] * len(paths)
        try:
            for at in range(index):
                peer = peers[at] = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                peer.settimeout(_SECONDS)
                peer.connect(paths[at])
                peer.sendall(struct.pack("=I", index))
        except OSError:
            return None
        return peers

    def admit(self, peers: list[socket.socket | None], count: int) -> None:
        """Put the ``count`` processes that connect in their places."""
        for _ in range(count):
            peer, _address = self.listening.accept()
            peer.settimeout(_SECONDS)
            (at,) = struct.unpack("=I", peer.recv(4, socket.MSG_WAITALL))
            peers[at] = peer

    def close(self) -> None:
        """Let nobody else in; what is connected stays."""
        self.listening.close()
        self.folder.cleanup()
