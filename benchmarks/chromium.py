"""A headless Chromium, spoken to through two pipes: no port, no driver, nothing downloaded."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--remote-debugging-pipe", "--no-first-run", "--disable-extensions", "--hide-scrollbars"),
)


def chromium() -> str | None:
    """Return the program, None where this machine has none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Browser:
    """One page of a headless Chromium; ``complaints`` are what its console and its log said.

    Source: the Chrome DevTools Protocol over ``--remote-debugging-pipe``.
    """

    def __init__(self, program: str, patience: float = 60.0) -> None:
        self._program = program
        self._patience = patience
        self.complaints: list[str] = []
        self._seen: list[str] = []
        self._number = 0
        self._buffer = b""

    def __enter__(self) -> Browser:
        self._home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        arguments = [self._program, *_OPTIONS, f"--user-data-dir={self._home.name}", "about:blank"]
        # Chromium reads from descriptor 3 and writes to 4, whatever numbers ours have.
        command = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self._process = subprocess.Popen(
            ["bash", "-c", command, "chromium", *arguments],
            pass_fds=(theirs_in, theirs_out),
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._session: str | None = None
        targets = self.ask("Target.getTargets")["targetInfos"]
        page = next(one["targetId"] for one in targets if one["type"] == "page")
        attached = self.ask("Target.attachToTarget", targetId=page, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait(self._patience)
        os.close(self._out)
        os.close(self._in)
        self._home.cleanup()

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command and return its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return dict(answer["result"])

    def open(self, path: Path) -> float:
        """Open a file and return the seconds until it was loaded, laid out and painted."""
        self._seen.clear()
        began = time.perf_counter()
        self.ask("Page.navigate", url=path.resolve().as_uri())
        self.wait_for("Page.loadEventFired")
        # Two frames: the second is asked for only after the first was painted.
        frames = "new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))"
        self.ask("Runtime.evaluate", expression=frames, awaitPromise=True)
        return time.perf_counter() - began

    def wait_for(self, event: str) -> None:
        """Wait for an event that has not come since the page was opened or waited for."""
        while event not in self._seen:
            self._read()
        self._seen.clear()

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression on the page."""
        found = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        return found["result"].get("value")

    def look(self, *, dark: bool = False, width: int = 1200, height: int = 900) -> None:
        """Set what the page is seen with."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def screenshot(self, *, whole: bool = True) -> bytes:
        """Return the page as PNG."""
        found = self.ask("Page.captureScreenshot", captureBeyondViewport=whole)
        return base64.b64decode(found["data"])

    def pdf(self) -> bytes:
        """Return the page as it prints."""
        return base64.b64decode(self.ask("Page.printToPDF")["data"])

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], self._patience)
            if not ready:
                raise TimeoutError(f"Chromium said nothing for {self._patience:g} s")
            more = os.read(self._in, 1 << 20)
            if not more:
                raise RuntimeError(f"Chromium ended with {self._process.wait(self._patience)}")
            self._buffer += more
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        self._note(message)
        return message

    def _note(self, message: dict[str, Any]) -> None:
        method, found = message.get("method", ""), message.get("params", {})
        self._seen.append(method)
        if method == "Log.entryAdded":
            self.complaints.append(str(found["entry"]["text"]))
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(found["exceptionDetails"]["text"]))
        elif method == "Runtime.consoleAPICalled":
            self.complaints.append(str([one.get("value") for one in found["args"]]))
        elif method == "Network.requestWillBeSent":
            url = str(found["request"]["url"])
            if not url.startswith(("file:", "data:")):
                self.complaints.append(f"asked for {url}")
