"""Push a run's metrics to a Prometheus pushgateway, for batch runs that nobody scrapes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPException
from types import TracebackType

from prometheus_client import delete_from_gateway, push_to_gateway
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from lis_sim.errors import LisSimError
from lis_sim.monitoring.families import counter
from lis_sim.plain.secrets import without_secrets

JOB = "lis_sim"
_TIMEOUT_S = 5.0  # a gateway that says nothing must not hold the end of a run
_LOOK_S = 2.0  # between two looks for something new
_RETRY_S = 30.0  # before a gateway that did not answer is asked again
_FAILURES = (OSError, HTTPException, ValueError, LisSimError)  # ValueError: no URL at all


class Pusher(Collector):
    """Pushes ``collector`` whenever ``changed`` returns something new.

    As a collector it counts its pushes; a registry that holds it can be what it pushes.

    A gateway that does not answer ends nothing: it is said once and counted, and asked again.
    What was pushed stays at the gateway for good, unless ``delete``: a gateway forgets nothing
    by itself, and Prometheus would go on seeing a run that ended long ago.

    Parameters:
        collector: what is pushed.
        gateway: its address, such as ``http://127.0.0.1:9091``.
        run: the grouping key is ``job="lis_sim"`` and ``run``.
        changed: returns a token that differs when there is something new to push.
        delete: whether :meth:`close` deletes the group.
        say: tells a person; default: a warning in the log.
    """

    def __init__(
        self,
        collector: Collector,
        gateway: str,
        run: str,
        changed: Callable[[], object],
        *,
        delete: bool = False,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self._collector = collector
        self._gateway = gateway
        self._run = run
        self._changed = changed
        self._delete = delete
        self._say = say or logging.getLogger(__name__).warning
        self._counts = {"pushes": 0, "push_failures": 0}
        self._pushed: object = self  # equal to no token
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="lis-sim-push", daemon=True)

    def collect(self) -> Iterator[Metric]:
        """Yield how many pushes the gateway took, and did not take."""
        texts = {
            "pushes": "Pushes the pushgateway took.",
            "push_failures": "Pushes the pushgateway did not take.",
        }
        for name, count in self._counts.items():
            yield from counter(name, texts[name], ("run",), [((self._run,), float(count))])

    def start(self) -> Pusher:
        """Begin to watch for something new, in a thread."""
        self._thread.start()
        return self

    def push(self) -> None:
        """Push now if there is something new; a failure is counted."""
        if self._try(self._push_new):
            self._counts["pushes"] += 1

    def close(self) -> None:
        """Push what is new, delete the group if asked to, and stop. Closing twice is fine."""
        if self._over.is_set():
            return
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        self.push()
        if self._delete:
            self._try(self._delete_group)

    def __enter__(self) -> Pusher:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_S):
            before = self._counts["push_failures"]
            self.push()
            if self._counts["push_failures"] > before:
                self._over.wait(_RETRY_S)

    def _push_new(self) -> bool:
        token = self._changed()
        if token == self._pushed:
            return False
        push_to_gateway(self._gateway, JOB, self._collector, self._key, _TIMEOUT_S)
        self._pushed = token
        return True

    def _delete_group(self) -> bool:
        delete_from_gateway(self._gateway, JOB, self._key, _TIMEOUT_S)
        return True

    @property
    def _key(self) -> dict[str, str]:
        return {"run": self._run}

    def _try(self, do: Callable[[], bool]) -> bool:
        try:
            return do()
        except _FAILURES as error:
            if not self._counts["push_failures"]:
                self._say(
                    without_secrets(
                        f"the pushgateway {self._gateway} did not take the metrics ({error}); the "
                        "run goes on, and so do the attempts"
                    )
                )
            self._counts["push_failures"] += 1
            return False
