"""Serve a run's metrics on this machine for as long as it goes, and a set time after."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, start_http_server

from lis_sim.errors import RunError
from lis_sim.monitoring.collector import RunCollector

DEFAULT_PORT = 9400
PORTS_TRIED = 101  # the asked one and a hundred after it


class Exporter:
    """A Prometheus endpoint over the committed records of one run, as a context manager.

    Leaving the block normally keeps the endpoint for ``linger_seconds``, so that a scraper sees
    the last window; leaving it by an exception closes at once.

    Parameters:
        run, latest, stage_seconds, info: see :class:`~lis_sim.monitoring.collector.RunCollector`.
        port: the port asked for; a taken one gives the next free one, 0 any free one.
        linger_seconds: how long the endpoint outlives the run.
        address: the interface to listen on; the default is reachable from this machine only.

    >>> from urllib.request import urlopen
    >>> record = {
    ...     "window": 3,
    ...     "clock_us": 0,
    ...     "events_total": 4096,
    ...     "windows_undefined": 0,
    ...     "arms": [],
    ...     "scores": [],
    ... }
    >>> with Exporter("demo", lambda: record, port=0) as exporter:
    ...     lines = urlopen(exporter.url).read().decode().splitlines()
    >>> [line for line in lines if line.startswith("lis_sim_events_total")]
    ['lis_sim_events_total{run="demo"} 4096.0']
    """

    def __init__(
        self,
        run: str,
        latest: Callable[[], Mapping[str, Any] | None],
        stage_seconds: Callable[[], Mapping[str, float]] | None = None,
        info: Mapping[str, object] | None = None,
        *,
        port: int = DEFAULT_PORT,
        linger_seconds: float = 0.0,
        address: str = "127.0.0.1",
    ) -> None:
        # A registry of its own: nothing of the process or of Ray gets in, and two runs of one
        # process do not collide.
        self._registry = CollectorRegistry()
        self._registry.register(RunCollector(run, latest, stage_seconds, info))
        self._asked_port = port
        self._linger_seconds = linger_seconds
        self._address = address
        self._server: WSGIServer | None = None
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()

    @property
    def port(self) -> int:
        """The port really listened on."""
        if self._server is None:
            raise RunError("the exporter has no port before start(); use it as a context manager")
        return self._server.server_port

    @property
    def url(self) -> str:
        """The address to scrape."""
        host = f"[{self._address}]" if ":" in self._address else self._address
        return f"http://{host}:{self.port}/metrics"

    def start(self) -> Exporter:
        """Listen on the port asked for, or on the next free one.

        Raises:
            RunError: no port in the range is free, or the address is not one of this machine.
        """
        first = self._asked_port
        tried = [0] if first == 0 else range(first, min(first + PORTS_TRIED, 65536))
        for port in tried:
            try:
                self._server, self._thread = start_http_server(
                    port, addr=self._address, registry=self._registry
                )
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise RunError(
                        f"cannot serve metrics on {self._address}:{port}: {error}; "
                        f"choose an address of this machine, such as 127.0.0.1"
                    ) from error
            else:
                return self
        raise RunError(
            f"cannot serve metrics: ports {first} to {tried[-1]} on {self._address} are taken or "
            f"reserved; ask for another port, or for 0 to take any free one"
        )

    def linger(self) -> None:
        """Wait ``linger_seconds``, still answering; :meth:`close` or Ctrl-C ends the wait."""
        try:
            self._closed.wait(self._linger_seconds)
        except KeyboardInterrupt:
            self._closed.set()

    def close(self) -> None:
        """Stop answering, at once. Closing twice is fine."""
        self._closed.set()
        if self._server is not None and self._thread is not None and self._thread.is_alive():
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def __enter__(self) -> Exporter:
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
