"""A small HTTP server of one page, with TLS when asked: a text rendered anew at every request."""

from __future__ import annotations

import socket
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import BaseServer, TCPServer, ThreadingMixIn

from lis_sim.errors import LisSimError, RunError
from lis_sim.monitoring.text import CONTENT_TYPE

_PATIENCE_S = 30.0  # for a client that connects and then says nothing


@dataclass(frozen=True, slots=True)
class Tls:
    """The PEM files of a certificate (with its chain) and of its private key."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """Return what a server needs of them.

        Raises:
            RunError: a file is missing, is not PEM, needs a passphrase, or they are no pair.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            # Nobody may be there to type a passphrase.
            context.load_cert_chain(self.certificate, self.key, password="")
        except (OSError, ValueError) as error:
            raise RunError(
                f"TLS certificate {self.certificate} with key {self.key} cannot be used: {error}; "
                "accepted: two PEM files of one pair, the key without a passphrase"
            ) from error
        return context


class MetricsServer(ThreadingMixIn, TCPServer):
    """Answers every path with what ``render`` returns, each request in a thread of its own.

    Parameters:
        address: the interface to listen on, IPv4 or IPv6.
        port: the port; 0 takes any free one.
        render: returns the page, UTF-8.
        context: TLS, or None for plain HTTP.

    Raises:
        OSError: the port is taken, or the address is not one of this machine.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(
        self,
        address: str,
        port: int,
        render: Callable[[], bytes],
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.render = render
        family, where = _resolved(address, port)
        self.address_family = family
        super().__init__(where, _Handler)
        if context is not None:
            # Hands are shaken by a request's own thread: one silent client must not stop all.
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    @property
    def port(self) -> int:
        """The port really listened on; known after the end too."""
        return int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet about clients that went away or speak no TLS; show errors of ours."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    timeout = _PATIENCE_S

    def do_GET(self) -> None:
        if self.path == "/favicon.ico":
            self._answer(404, b"")
            return
        try:
            page = _render(self.server)
        except LisSimError as error:
            self._answer(500, f"{error}\n".encode())
        else:
            self._answer(200, page)

    def _answer(self, status: int, page: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing: a scrape every few seconds is no news."""


def _render(server: BaseServer) -> bytes:
    assert isinstance(server, MetricsServer)
    return server.render()


def _resolved(address: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, where = found[0]
    return family, (str(where[0]), int(where[1]))
