"""An endpoint that is opened where it is needed, and that travels to other processes unopened."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from prometheus_client.registry import Collector

from lis_sim.monitoring.endpoint import Endpoint

_LOG = logging.getLogger("lis_sim.monitoring")


class TravellingEndpoint:
    """Opens one :class:`Endpoint` in the process that calls :meth:`open`, and in no other.

    Ray copies callbacks into other processes; a copy knows the settings and is closed.

    Parameters:
        settings: of :class:`~lis_sim.monitoring.endpoint.Endpoint`, checked now.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        Endpoint(_Nothing(), **settings)  # a misspelt setting is told here, not in another process
        self._settings = dict(settings)
        self._endpoint: Endpoint | None = None

    @property
    def url(self) -> str | None:
        """The address to scrape; None while closed."""
        return None if self._endpoint is None else self._endpoint.url

    def open(self, collector: Collector) -> None:
        """Serve ``collector``, and nothing that was served before."""
        self.close()
        self._endpoint = Endpoint(collector, **self._settings).start()
        _LOG.info("metrics: %s", self._endpoint.url)

    def close(self, *, linger: bool = False) -> None:
        """Stop answering, after ``linger_seconds`` if asked. Closing twice is fine."""
        if self._endpoint is not None:
            if linger:
                self._endpoint.linger()
            self._endpoint.close()
            self._endpoint = None

    def __getstate__(self) -> dict[str, Any]:
        return {"_settings": self._settings, "_endpoint": None}


class _Nothing(Collector):
    """Serves no metric."""

    def collect(self) -> list[Any]:
        return []
