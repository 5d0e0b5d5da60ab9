"""Where a run is being served: ``metrics.json`` in its folder, for as long as the endpoint is."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

ADDRESS_FILE = "metrics.json"


@dataclass(frozen=True, slots=True)
class Address:
    """The address of an endpoint and the process that owns it."""

    url: str
    pid: int

    def write(self, folder: Path) -> None:
        """Write ``metrics.json`` in ``folder``, at once as a whole."""
        partial = folder / f"{ADDRESS_FILE}.partial"
        try:
            partial.write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")
            partial.replace(folder / ADDRESS_FILE)
        except OSError:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise


def read_address(folder: Path) -> Address | None:
    """Return where the run in ``folder`` is served; None when it is not.

    A file that a killed process left behind does not count.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     before = read_address(Path(folder))
    ...     Address("http://127.0.0.1:9400/metrics", os.getpid()).write(Path(folder))
    ...     read_address(Path(folder)).url
    'http://127.0.0.1:9400/metrics'
    >>> before is None
    True
    """
    try:
        content = json.loads((folder / ADDRESS_FILE).read_text(encoding="utf-8"))
        address = Address(str(content["url"]), int(content["pid"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return address if _lives(address.pid) else None


def remove_address(folder: Path, only: Address | None = None) -> None:
    """Remove ``metrics.json`` from ``folder`` if it is there, and tells of ``only`` if given."""
    if only is None or read_address(folder) == only:
        (folder / ADDRESS_FILE).unlink(missing_ok=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)  # signal 0 only asks
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # another user's
    return True
