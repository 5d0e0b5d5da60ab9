"""An address on this machine that Prometheus can scrape: ports, life and end."""

from __future__ import annotations

import errno
import logging
import os
import socket
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from prometheus_client.registry import Collector

from lis_sim.data.storing import storage_error
from lis_sim.errors import RunError
from lis_sim.monitoring.address import ADDRESS_FILE, Address, remove_address
from lis_sim.monitoring.server import MetricsServer, Tls
from lis_sim.monitoring.text import exposition

DEFAULT_PORT = 9400
PORTS_TRIED = 101  # the asked one and a hundred after it
_ANY = ("0.0.0.0", "::", "")  # not an address that anybody could open
_POLL_S = 0.05  # how soon close() is heard


class Endpoint:
    """Serves one collector for as long as a block runs, as a context manager.

    Nothing of the process, of Ray or of another endpoint gets in. Leaving the block normally
    keeps the endpoint for ``linger_seconds``, and, where somebody has scraped before, until they
    do so again (``last_scrape_seconds`` at most): what a scraper has not seen finished looks lost
    to it. Leaving the block by an exception closes at once.

    Parameters:
        collector: what is served; asked anew at every scrape.
        port: the port asked for; a taken one gives the next free one, 0 any free one.
        linger_seconds: how long the endpoint outlives the block.
        last_scrape_seconds: how long it waits for one more scrape then, if there were any.
        address: the interface to listen on; the default is reachable from this machine only.
        tls: certificate and key; None: plain HTTP.
        folder: where ``metrics.json`` tells the address while the endpoint is open.

    >>> from urllib.request import urlopen
    >>> from prometheus_client import CollectorRegistry, Gauge
    >>> registry = CollectorRegistry()
    >>> Gauge("demo_temperature_celsius", "A demo.", registry=registry).set(21.5)
    >>> with Endpoint(registry, port=0) as endpoint:
    ...     print(urlopen(endpoint.url).read().decode().splitlines()[-1])
    demo_temperature_celsius 21.5
    """

    def __init__(
        self,
        collector: Collector,
        *,
        port: int = DEFAULT_PORT,
        linger_seconds: float = 0.0,
        last_scrape_seconds: float = 0.0,
        address: str = "127.0.0.1",
        tls: Tls | None = None,
        folder: Path | None = None,
    ) -> None:
        self.collector = collector
        self._asked_port = port
        self._linger_seconds = linger_seconds
        self._last_scrape_seconds = last_scrape_seconds
        self._scraped = threading.Event()
        self.was_scraped = False
        self._address = address
        self._tls = tls
        self._folder = folder
        self._server: MetricsServer | None = None
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()

    @property
    def port(self) -> int:
        """The port really listened on."""
        if self._server is None:
            raise RunError("the exporter has no port before start(); use it as a context manager")
        return self._server.port

    @property
    def url(self) -> str:
        """The address to scrape."""
        host = socket.gethostname() if self._address in _ANY else self._address
        host = f"[{host}]" if ":" in host else host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}/metrics"

    def render(self) -> bytes:
        """Return what a scrape returns now."""
        return exposition(self.collector)

    def _scrape(self) -> bytes:
        page = self.render()
        self.was_scraped = True
        self._scraped.set()
        return page

    def start(self) -> Self:
        """Listen on the port asked for, or on the next free one.

        Raises:
            RunError: no port in the range is free, the address is not one of this machine, or
                the TLS files cannot be used.
        """
        self._server = self._listening()
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_S,), name="lis-sim-metrics", daemon=True
        )
        self._thread.start()
        if self._folder is not None:
            self._tell(self._folder)
        return self

    def linger(self, linger_seconds: float | None = None) -> None:
        """Wait, still answering, as the class says; :meth:`close` or Ctrl-C ends the wait.

        ``linger_seconds`` stands in for the class's.
        """
        self._scraped.clear()
        try:
            self._closed.wait(self._linger_seconds if linger_seconds is None else linger_seconds)
            if self.was_scraped and not self._closed.is_set():
                self._scraped.wait(self._last_scrape_seconds)
        except KeyboardInterrupt:
            self._closed.set()

    def close(self) -> None:
        """Stop answering, at once. Closing twice is fine."""
        self._closed.set()
        self._scraped.set()
        if self._server is not None and self._thread is not None and self._thread.is_alive():
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            if self._folder is not None:  # where another process may serve by now
                with suppress(OSError):  # whatever ended the block is what is told
                    remove_address(self._folder, self._told)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.linger()
        self.close()

    @property
    def _told(self) -> Address:
        return Address(self.url, os.getpid())

    def _tell(self, folder: Path) -> None:
        """Say in the folder where this endpoint is; a disk that takes nothing ends nothing."""
        try:
            self._told.write(folder)
        except OSError as error:
            found = storage_error(
                error, folder / ADDRESS_FILE, "the metrics are served all the same"
            )
            logging.getLogger(__name__).warning("%s", found or error)

    def _listening(self) -> MetricsServer:
        context = None if self._tls is None else self._tls.context()
        first = self._asked_port
        tried = [0] if first == 0 else range(first, min(first + PORTS_TRIED, 65536))
        for port in tried:
            try:
                return MetricsServer(self._address, port, self._scrape, context)
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise RunError(
                        f"cannot serve metrics on {self._address}:{port}: {error}; "
                        f"choose an address of this machine, such as 127.0.0.1"
                    ) from error
        raise RunError(
            f"cannot serve metrics: ports {first} to {tried[-1]} on {self._address} are taken or "
            f"reserved; ask for another port, or for 0 to take any free one"
        )
